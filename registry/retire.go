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
	} {
		if _, err := t.exec(ended, before.UnixMilli()); err != nil {
			return 0, fmt.Errorf("retire what ended: %w", err)
		}
	}
	return int(n), nil
}
