package registry

import (
	"fmt"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// mark raises revisions. What was due already keeps its place and the greater
// urgency. A push in flight is waited for, but no longer than its lease; a
// change ends a backoff; whoever is parked or off stays so.
const mark = `UPDATE outbox SET rev = $1,
       urgency = CASE WHEN settled < rev THEN least(urgency, $2) ELSE $2 END,
       next_at = CASE state
                 WHEN 'idle' THEN CASE WHEN settled < rev AND next_at < $3 THEN next_at ELSE $3 END
                 WHEN 'backoff' THEN $3
                 WHEN 'in_flight' THEN least(next_at, sent_at + $4)
                 ELSE next_at END
 WHERE topic = 'events' AND `

func (t *tx) MarkEvent(eventNo, rev int64, u core.Urgency, now time.Time) error {
	if _, err := t.exec(mark+`ven_no IN (SELECT ven_no FROM targeted WHERE event_no = $5)`,
		rev, u, now.UnixMilli(), core.Lease.Milliseconds(), eventNo); err != nil {
		return fmt.Errorf("mark the VENs of event number %d: %w", eventNo, err)
	}
	return nil
}

func (t *tx) MarkVEN(venNo, rev int64, u core.Urgency, now time.Time) error {
	n, err := t.exec(mark+`ven_no = $5`, rev, u, now.UnixMilli(), core.Lease.Milliseconds(), venNo)
	return touched(n, err, "outbox of VEN number %d", venNo)
}
