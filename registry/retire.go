package registry

import (
	"errors"
	"fmt"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// RetireEvents counts events only. Other records that ended before the time go
// as well: registrations ended, opts cancelled, schedules whose last period is
// over, notices that are over or told, pushes settled. Of pushes each VEN's last
// acknowledged and last refused one stay, because an event that is kept may have
// been told by them. Of reports requests go whose data is gone, and then what
// explains them: orders and data points. So the disk holds what comes in a
// retention time, and what lasts longer.
func (t *tx) RetireEvents(before time.Time) (int, error) {
	n, err := t.dropEvents(`end_at < $1 OR cancelled_at < $1`, before.UnixMilli())
	if err != nil {
		return 0, fmt.Errorf("retire events: %w", err)
	}
	if err := t.retireCompleted(before); err != nil {
		return 0, err
	}
	at := before.UnixMilli()
	if err := errors.Join( // of several that fail the first does: see [session.exec]
		t.dropPushes(`settled_at < $1
   AND EXISTS (SELECT 1 FROM push later WHERE later.box = push.box AND later.rev > push.rev
                AND later.result = push.result AND later.settled_at < $1)`, at),
		t.drop(countRegistrations, `registration`, `ended_at < $1`, at),
		t.deleteFrom(`notice WHERE coalesce(ended_at, told_at) < $1`, at),
		t.dropOpts(`cancelled_at < $1`, at),
		t.dropOpts(`(ven_no, opt_id) IN (SELECT o.ven_no, o.opt_id FROM opt o WHERE o.event_no IS NULL
   AND (SELECT max(p.end_at) FROM opt_period p WHERE p.ven_no = o.ven_no AND p.opt_id = o.opt_id) < $1
   AND NOT EXISTS (SELECT 1 FROM opt_period p WHERE p.ven_no = o.ven_no AND p.opt_id = o.opt_id AND p.end_at IS NULL))`, at),
		t.drop(countRequests, `report_request`, `no IN (SELECT q.no FROM report_request q WHERE q.ended_at < $1 AND coalesce(q.data_at, 0) < $1
   AND NOT EXISTS (SELECT 1 FROM report_value x WHERE x.request_no = q.no))`, at),
		t.deleteFrom(`report_order WHERE (NOT standing AND created_at < $1 OR ended_at < $1)
   AND NOT EXISTS (SELECT 1 FROM report_request q WHERE q.order_id = report_order.order_id)`, at),
		t.drop(countPoints, `report_point`, `no IN (SELECT p.no FROM report_point p WHERE p.gone_at < $1
   AND NOT EXISTS (SELECT 1 FROM report_request q WHERE q.ven_no = p.ven_no AND q.specifier_id = p.specifier_id AND q.created_at < p.gone_at))`, at),
		t.deleteFrom(`ven WHERE deleted_at < $1 AND `+nothingKept, at),
	); err != nil {
		return 0, fmt.Errorf("retire what ended: %w", err)
	}
	return int(n), nil
}

func (s *session) deleteFrom(what string, args ...any) error {
	_, err := s.exec(`DELETE FROM `+what, args...)
	return err
}

// nothingKept holds for a VEN of which nothing is kept that has an end of its own.
const nothingKept = `NOT EXISTS (SELECT 1 FROM event_left x WHERE x.ven_no = ven.no) AND NOT EXISTS (SELECT 1 FROM event_own x WHERE x.ven_no = ven.no)
   AND NOT EXISTS (SELECT 1 FROM event_answer x WHERE x.ven_no = ven.no) AND NOT EXISTS (SELECT 1 FROM history x WHERE x.ven_no = ven.no)
   AND NOT EXISTS (SELECT 1 FROM opt x WHERE x.ven_no = ven.no AND x.event_no IS NOT NULL) AND NOT EXISTS (SELECT 1 FROM report_request x WHERE x.ven_no = ven.no)`

// retirePart is how many report requests are looked at together.
const retirePart = 1000

// retireCompleted deletes report requests that were completed before the time:
// nobody ended them.
func (t *tx) retireCompleted(before time.Time) error {
	var over []int64
	for after, more := int64(0), true; more; {
		requests, err := t.requests(nil, selectRequest+`WHERE q.no > $1 AND q.state = 'active' AND coalesce(q.data_at, q.created_at) < $2
   AND NOT EXISTS (SELECT 1 FROM report_value x WHERE x.request_no = q.no) ORDER BY q.no LIMIT $3`, after, before.UnixMilli(), retirePart)
		if err != nil {
			return fmt.Errorf("look which report requests are over: %w", err)
		}
		for _, r := range requests {
			if after = r.No; r.Status(before) == core.ReportCompleted {
				over = append(over, r.No)
			}
		}
		more = len(requests) == retirePart
	}
	if len(over) == 0 {
		return nil
	}
	if err := t.drop(countRequests, `report_request`, `no IN (SELECT CAST(value AS BIGINT) FROM jsonb_array_elements($1))`, numbers(over)); err != nil {
		return fmt.Errorf("retire report requests: %w", err)
	}
	return nil
}
