package registry

import (
	"fmt"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/registry/database"
)

// mark sets the revision of outboxes to $1. If an outbox was due already, it keeps
// the earlier queue time and the greater urgency. A push in flight is waited for,
// but no longer than its lease. A reply is not waited for: the VEN is there and may
// have nothing to answer. A change ends a backoff. Outboxes that are parked, held or
// off stay so.
func mark(d *database.Dialect) string {
	earlier := d.Least("place", "$3")
	return `UPDATE outbox SET rev = $1,
       urgency = CASE WHEN settled < rev THEN ` + d.Least(unpolled("urgency"), "$2") + ` ELSE $2 END + ` + polledBit("urgency") + `,
       attempts = CASE state WHEN 'handed_out' THEN 0 WHEN 'held' THEN 0 ELSE attempts END,
       place = CASE WHEN settled < rev THEN ` + earlier + ` ELSE $3 END,
       next_at = CASE state
                 WHEN 'idle' THEN CASE WHEN settled < rev THEN ` + earlier + ` ELSE $3 END
                 WHEN 'backoff' THEN ` + earlier + `
                 WHEN 'handed_out' THEN ` + earlier + `
                 WHEN 'in_flight' THEN ` + d.Least("next_at", "sent_at + $4") + `
                 ELSE next_at END
 WHERE `
}

func (t markTx) MarkEvent(eventNo, rev int64, u core.Urgency, queueTime time.Time) error {
	if _, err := t.exec(mark(t.Dialect)+`box IN (SELECT ven_no`+eventsOutbox+` FROM targeted WHERE event_no = $5)`,
		rev, u, queueTime.UnixMilli(), core.Lease.Milliseconds(), eventNo); err != nil {
		return fmt.Errorf("mark the VENs of event number %d: %w", eventNo, err)
	}
	return nil
}

func (t markTx) MarkVEN(topic core.Topic, venNo, rev int64, u core.Urgency, queueTime time.Time) error {
	outbox := outboxNo(topic, venNo)
	if topic != core.TopicEvents {
		if _, err := t.exec(makeOutboxes+`SELECT CAST($1 AS BIGINT) AS box, CAST($2 AS BIGINT) AS ven_no, CAST($3 AS INTEGER) AS topic, CAST($4 AS INTEGER) AS urgency`+makeOutboxesOnce,
			outbox, venNo, topic, u); err != nil {
			return fmt.Errorf("make the outbox of VEN number %d: %w", venNo, err)
		}
	}
	n, err := t.exec(mark(t.Dialect)+`box = $5`, rev, u, queueTime.UnixMilli(), core.Lease.Milliseconds(), outbox)
	return touched(n, err, "outbox of VEN number %d", venNo)
}

// makeOutboxes and makeOutboxesOnce enclose a SELECT of outboxes, and create those
// that do not exist: held if the VEN is being greeted.
var makeOutboxes = `INSERT INTO outbox (box, ven_no, topic, rev, sent, settled, state, urgency, place, next_at, attempts, result, code, error)
  SELECT b.box, b.ven_no, b.topic, 0, 0, 0, CASE WHEN b.until IS NULL THEN 'idle' ELSE 'held' END, b.urgency + ` + fmt.Sprintf(polledAsVEN, "b.ven_no") + `, 0, b.until, 0, '', 0, ''
    FROM (SELECT n.*, ` + fmt.Sprintf(heldUntil, "n.ven_no") + ` AS until FROM (`

const makeOutboxesOnce = `) AS n) AS b WHERE TRUE
  ON CONFLICT (box) DO NOTHING`

// Reach is [core.Marker.Reach]. It does not count beyond most.
func (t markTx) Reach(eventNo int64, most int) (n int, err error) {
	if err := t.row(`SELECT count(*) FROM (SELECT DISTINCT ven_no FROM targeted WHERE event_no = $1 LIMIT $2) AS reached`, []any{eventNo, most}, &n); err != nil {
		return 0, fmt.Errorf("count the VENs of event number %d: %w", eventNo, err)
	}
	return n, nil
}
