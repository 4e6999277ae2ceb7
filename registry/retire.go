package registry

import (
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
	n, err := t.exec(`DELETE FROM event WHERE end_at < $1 OR cancelled_at < $1`, before.UnixMilli())
	if err != nil {
		return 0, fmt.Errorf("retire events: %w", err)
	}
	if err := t.retireCompleted(before); err != nil {
		return 0, err
	}
	for _, ended := range []string{
		`DELETE FROM push WHERE settled_at < $1
   AND EXISTS (SELECT 1 FROM push later WHERE later.box = push.box AND later.rev > push.rev
                AND later.result = push.result AND later.settled_at < $1)`,
		`DELETE FROM registration WHERE ended_at < $1`,
		`DELETE FROM notice WHERE coalesce(ended_at, told_at) < $1`,
		`DELETE FROM opt WHERE cancelled_at < $1`,
		`DELETE FROM opt WHERE event_no IS NULL
   AND (SELECT max(p.end_at) FROM opt_period p WHERE p.ven_no = opt.ven_no AND p.opt_id = opt.opt_id) < $1
   AND NOT EXISTS (SELECT 1 FROM opt_period p WHERE p.ven_no = opt.ven_no AND p.opt_id = opt.opt_id AND p.end_at IS NULL)`,
		`DELETE FROM report_request WHERE ended_at < $1 AND coalesce(data_at, 0) < $1 AND NOT EXISTS (SELECT 1 FROM report_value x WHERE x.request_no = report_request.no)`,
		`DELETE FROM report_order WHERE (NOT standing AND created_at < $1 OR ended_at < $1)
   AND NOT EXISTS (SELECT 1 FROM report_request q WHERE q.order_id = report_order.order_id)`,
		`DELETE FROM report_point WHERE gone_at < $1
   AND NOT EXISTS (SELECT 1 FROM report_request q WHERE q.ven_no = report_point.ven_no AND q.specifier_id = report_point.specifier_id AND q.created_at < report_point.gone_at)`,
		`DELETE FROM ven WHERE deleted_at < $1 AND ` + nothingKept,
	} {
		if _, err := t.exec(ended, before.UnixMilli()); err != nil {
			return 0, fmt.Errorf("retire what ended: %w", err)
		}
	}
	return int(n), nil
}

// nothingKept holds for a VEN of which nothing is kept that has an end of its own.
const nothingKept = `NOT EXISTS (SELECT 1 FROM event_left x WHERE x.ven_no = ven.no) AND NOT EXISTS (SELECT 1 FROM event_withdrawn x WHERE x.ven_no = ven.no)
   AND NOT EXISTS (SELECT 1 FROM event_answer x WHERE x.ven_no = ven.no) AND NOT EXISTS (SELECT 1 FROM history x WHERE x.ven_no = ven.no)
   AND NOT EXISTS (SELECT 1 FROM opt x WHERE x.ven_no = ven.no AND x.event_no IS NOT NULL) AND NOT EXISTS (SELECT 1 FROM report_request x WHERE x.ven_no = ven.no)`

// retirePart is how many report requests are looked at together.
const retirePart = 1000

// retireCompleted deletes report requests that were completed before the time:
// nobody ended them.
func (t *tx) retireCompleted(before time.Time) error {
	var over []int64
	for after, more := int64(0), true; more; {
		requests, err := t.requests(selectRequest+`WHERE q.no > $1 AND q.state = 'active' AND coalesce(q.data_at, q.created_at) < $2
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
	if _, err := t.exec(`DELETE FROM report_request WHERE no IN (SELECT CAST(value AS BIGINT) FROM jsonb_array_elements($1))`, numbers(over)); err != nil {
		return fmt.Errorf("retire report requests: %w", err)
	}
	return nil
}
