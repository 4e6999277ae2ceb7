package registry

import (
	"fmt"
	"time"
)

// RetireEvents counts events only. Other records that ended before the time go
// as well: pushes settled, registrations ended, opts cancelled. Without that a
// VEN that registers or opts over and over would fill the disk.
func (t *tx) RetireEvents(before time.Time) (int, error) {
	n, err := t.exec(`DELETE FROM event WHERE end_at < $1 OR cancelled_at < $1`, before.UnixMilli())
	if err != nil {
		return 0, fmt.Errorf("retire events: %w", err)
	}
	for _, ended := range []string{
		`DELETE FROM push WHERE settled_at < $1`,
		`DELETE FROM registration WHERE ended_at < $1`,
		`DELETE FROM opt WHERE cancelled_at < $1`,
	} {
		if _, err := t.exec(ended, before.UnixMilli()); err != nil {
			return 0, fmt.Errorf("retire what ended: %w", err)
		}
	}
	return int(n), nil
}
