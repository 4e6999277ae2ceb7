package registry

import (
	"context"
	"fmt"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/registry/database"
)

func unpark(d *database.Dialect) string {
	return `UPDATE outbox SET state = 'idle', attempts = 0, next_at = place
 WHERE ` + d.InList("box", 1) + ` AND `
}

// hurry makes pushes in flight due again soon. sent stays.
func hurry(d *database.Dialect) string {
	return fmt.Sprintf(`UPDATE outbox SET next_at = sent_at + %d
 WHERE `+d.InList("box", 1)+` AND settled < rev
   AND state IN ('in_flight', 'handed_out') AND next_at > sent_at + %[1]d`, core.Young.Milliseconds())
}

// Unpark is [core.Whereabouts.Unpark]. The VENs do not count as silent any more, and
// keep their queue time: they have waited long enough. A loss of power may undo it.
func (r whereabouts) Unpark(ctx context.Context, _ time.Time, venNos []int64, sign core.Sign) (int, error) {
	outboxes := numbers(outboxesOf(venNos))
	var n int64
	err := r.lightly(ctx, "unpark", func(s *session) (err error) {
		if sign == core.SignHeard {
			n, err = s.exec(unpark(s.Dialect)+`state = 'parked'`, outboxes)
			return err
		}
		if n, err = s.exec(unpark(s.Dialect)+`state IN ('parked', 'backoff')`, outboxes); err != nil {
			return err
		}
		hurried, err := s.exec(hurry(s.Dialect), outboxes)
		n += hurried
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("unpark: %w", err)
	}
	return int(n), nil
}

const parked = `SELECT i.identity FROM outbox o CROSS JOIN identity i
 WHERE o.state = 'parked' AND i.ven_no = o.ven_no AND i.transport = $1 ORDER BY o.next_at, i.identity LIMIT $2`

// Parked is [core.Whereabouts.Parked]. Those that are due first come first.
func (r whereabouts) Parked(ctx context.Context, transport string, limit int) (names []string, err error) {
	err = r.view(ctx, "parked", func(s *session) error {
		return s.rows(parked, []any{transport, limit}, func(scan func(...any) error) error {
			var name string
			err := scan(&name)
			names = append(names, name)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("list the parked VENs: %w", err)
	}
	return names, nil
}
