package registry

import (
	"fmt"
	"time"
)

// RetireEvents counts events only. Other records that ended before the time go
// as well: registrations ended, opts cancelled, schedules whose last period is
// over, notices that are over or told, pushes settled. Of these each VEN's last acknowledged and last refused
// one stay, because an event that is kept may have been told by them. So the
// disk holds what comes in a retention time, and what lasts longer.
func (t *tx) RetireEvents(before time.Time) (int, error) {
	n, err := t.exec(`DELETE FROM event WHERE end_at < $1 OR cancelled_at < $1`, before.UnixMilli())
	if err != nil {
		return 0, fmt.Errorf("retire events: %w", err)
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
		`DELETE FROM report_point WHERE gone_at < $1`,
	} {
		if _, err := t.exec(ended, before.UnixMilli()); err != nil {
			return 0, fmt.Errorf("retire what ended: %w", err)
		}
	}
	return int(n), nil
}
