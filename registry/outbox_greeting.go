package registry

import (
	"fmt"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/registry/database"
)

// A greeting is an outbox that exists until the VEN has been greeted: see
// [core.OutboxWriter.Greet]. The outboxes that wait for it are in the state held, and their
// next_at is the time until which they are held. So claims need not look for
// greetings.

// heldFor is how long outboxes are held while the greeting is not claimed. It is
// longer than any wait of a greeting, so that the greeting goes first.
const heldFor = longestWait

// heldUntil is the time until which a new outbox is held, NULL if it is not. %s is
// the VEN's number.
var heldUntil = fmt.Sprintf(`(SELECT CASE WHEN m.state IN ('parked', 'idle') THEN m.next_at + %d
         WHEN m.state = 'in_flight' AND m.attempts = 0 THEN m.sent_at + %d END
    FROM outbox m WHERE m.box = %%s`+metadataOutbox+`)`, heldFor.Milliseconds(), core.Lease.Milliseconds())

// Greet is [core.OutboxWriter.Greet]. The answer to an earlier greeting does not count.
func (t outboxTx) Greet(venNo, rev int64, now time.Time) error {
	if _, err := t.exec(`INSERT INTO outbox (box, ven_no, topic, rev, sent, settled, state, urgency, place, next_at, attempts, result, code, error)
  VALUES ($1, $2, $3, $4, 0, 0, 'parked', CAST($5 AS INTEGER) + `+fmt.Sprintf(polledAsVEN, "CAST($2 AS BIGINT)")+`, $6, $7, 0, '', 0, '')
  ON CONFLICT (box) DO UPDATE SET rev = excluded.rev, sent = 0, state = 'parked', place = excluded.place, next_at = excluded.next_at, attempts = 0`,
		outboxNo(core.TopicMetadata, venNo), venNo, core.TopicMetadata, rev, core.UrgencyFirst, now.UnixMilli(), now.Add(jitter(core.ParkProbe)).UnixMilli()); err != nil {
		return fmt.Errorf("greet VEN number %d: %w", venNo, err)
	}
	if _, err := t.exec(`UPDATE outbox SET state = 'held', next_at = $3, attempts = 0 WHERE ven_no = $1 AND topic <> $2 AND state <> 'off'`,
		venNo, core.TopicMetadata, now.Add(heldFor).UnixMilli()); err != nil {
		return fmt.Errorf("hold the outboxes of VEN number %d: %w", venNo, err)
	}
	return nil
}

// Ungreet is [core.OutboxWriter.Ungreet].
func (t outboxTx) Ungreet(venNo int64) error {
	if _, err := t.exec(`DELETE FROM outbox WHERE box = $1`, outboxNo(core.TopicMetadata, venNo)); err != nil {
		return fmt.Errorf("end the greeting of VEN number %d: %w", venNo, err)
	}
	if _, err := t.exec(`UPDATE outbox SET state = 'idle', attempts = 0, next_at = CASE WHEN settled < rev THEN place END WHERE ven_no = $1 AND state = 'held'`, venNo); err != nil {
		return fmt.Errorf("release the outboxes of VEN number %d: %w", venNo, err)
	}
	return nil
}

// Greeted is [core.OutboxReader.Greeted].
func (t outboxTx) Greeted(venNos []int64) (map[int64]int64, error) {
	greeted := make(map[int64]int64, len(venNos))
	err := t.rows(`SELECT m.ven_no, m.rev FROM outbox m WHERE m.box IN (SELECT CAST(value AS BIGINT)`+metadataOutbox+` FROM `+t.Elements(1)+`)`,
		[]any{numbers(venNos)}, func(scan func(...any) error) error {
			var venNo, rev int64
			err := scan(&venNo, &rev)
			greeted[venNo] = rev
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("look which of %d VENs are being greeted: %w", len(venNos), err)
	}
	return greeted, nil
}

// Claiming a greeting holds the other outboxes for a lease, and makes the greeting
// due again at the end of the lease, the first time without a backoff: so it goes
// before what it holds.
func holdForALease(d *database.Dialect) string {
	return `UPDATE outbox SET next_at = $2 WHERE state = 'held' AND ven_no IN (
  SELECT m.ven_no FROM outbox m WHERE m.state IN ('parked', 'idle') AND ` + d.InList("m.box", 1) + `)`
}

func claimFirst(d *database.Dialect) string {
	return `UPDATE outbox SET sent = rev, state = 'in_flight', sent_at = $2,
       attempts = CASE WHEN state IN ('parked', 'idle') THEN 0 ELSE attempts + 1 END,
       next_at = CAST($3 AS BIGINT) + CASE WHEN state IN ('parked', 'idle') THEN 0 ELSE ` + backedOff(d) + ` END
 WHERE ` + d.InList("box", 1)
}

// claimGreetings claims greetings, as claim does other outboxes.
func (s claimTx) claimGreetings(outboxes []int64, now time.Time) error {
	if len(outboxes) == 0 {
		return nil
	}
	these, lease := numbers(outboxes), now.Add(core.Lease).UnixMilli()
	if _, err := s.exec(holdForALease(s.Dialect), these, lease); err != nil {
		return err
	}
	_, err := s.exec(claimFirst(s.Dialect), these, now.UnixMilli(), lease, int64(jitter(1000)))
	return err
}

// venOutboxes are outboxes by number.
type venOutboxes map[int64]*outbox

// heed applies the outcome for one outbox of a VEN, b, to its others, while the VEN
// is greeted. It returns the outboxes that changed, and whether the greeting is
// over.
func (all venOutboxes) heed(b *outbox, o core.Outcome, now time.Time) (changed []*outbox, over bool) {
	m := all[outboxNo(core.TopicMetadata, b.venNo)]
	if m == nil || b != m && o.Result != core.Unreachable {
		return nil, false
	}
	away := o.Result == core.Unreachable
	if away {
		m.state, m.attempts, m.nextAt = core.OutboxParked, 0, now.Add(jitter(core.ParkProbe)) // not silent: otherwise others would go first
		changed = append(changed, m)
	}
	for _, topic := range core.Topics {
		other := all[outboxNo(topic, b.venNo)]
		switch {
		case other == nil, other == m, other.state == core.OutboxOff:
			continue
		case away, o.Result == core.Requeue:
			other.hold(now)
		default:
			other.release()
		}
		changed = append(changed, other)
	}
	return changed, o.Lasts()
}

// hold keeps the outbox from being claimed before the VEN is greeted.
func (b *outbox) hold(now time.Time) {
	b.state, b.attempts, b.nextAt = core.OutboxHeld, 0, now.Add(heldFor)
}

// release makes a held outbox due. A push that was handed out meanwhile is waited
// for as usual.
func (b *outbox) release() {
	switch {
	case b.state != core.OutboxHeld:
	case b.attempts > 0 && b.sent == b.rev && b.settled < b.rev:
		b.state, b.nextAt = core.OutboxHandedOut, b.sentAt.Add(core.Lease+backoff(b.attempts))
	default:
		b.state, b.attempts, b.nextAt = core.OutboxIdle, 0, time.Time{}
		if b.settled < b.rev {
			b.nextAt = b.queueTime
		}
	}
}
