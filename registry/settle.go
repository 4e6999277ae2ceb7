package registry

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// push is the record of one push that settled.
type push = [9]any

// Settle is [core.Registry.Settle]: four statements, however long the batch.
func (r *Registry) Settle(ctx context.Context, now time.Time, batch []core.Settlement) (applied []bool, err error) {
	if len(batch) == 0 {
		return nil, nil
	}
	err = r.write(ctx, r.durable, func(s *session) error {
		applied = make([]bool, len(batch))
		senders, err := s.identities(batch)
		if err != nil {
			return err
		}
		boxes, err := s.boxes(batch)
		if err != nil {
			return err
		}
		changed := map[*box]bool{}
		var pushes []push
		for i, one := range batch {
			b := boxes[boxKey{one.Token.VENNo, topics[one.Token.Topic]}]
			if b == nil || senders[one.By] != one.Token.VENNo {
				continue
			}
			sentAt, attempts := b.sentAt, b.attempts
			if applied[i] = b.settle(one.Token.Rev, one.Outcome, now); !applied[i] {
				continue
			}
			changed[b] = true
			if b.settled == one.Token.Rev {
				pushes = append(pushes, push{b.venNo, b.topic, b.settled, millis(sentAt), now.UnixMilli(), attempts, writeResult(b.result), b.code, b.err})
			}
		}
		if err := s.storeBoxes(slices.Collect(maps.Keys(changed))); err != nil {
			return err
		}
		return s.recordPushes(pushes)
	})
	if err != nil {
		return nil, fmt.Errorf("settle: %w", err)
	}
	return applied, nil
}

// settle records the outcome of the push of a revision and says whether it counts.
func (b *box) settle(rev int64, o core.Outcome, now time.Time) bool {
	if b.settled >= rev || b.sent < rev {
		return false
	}
	flying := b.state == core.OutboxInFlight
	switch o.Result {
	case core.Acknowledged, core.Refused:
		b.settled, b.settledAt, b.result = rev, now, o.Result
		switch {
		case b.state == core.OutboxOff:
		case flying && b.sent > rev:
			// A late answer: a newer push is in flight, and its own answer is
			// waited for. The VEN has spoken, so the count starts again.
			b.attempts = 1
		default:
			b.state, b.attempts, b.nextAt = core.OutboxIdle, 0, time.Time{}
			if b.rev > rev {
				b.nextAt = now
			}
		}
	case core.Unreachable, core.Retry, core.Requeue:
		if !flying || b.sent != rev {
			return false
		}
		switch o.Result {
		case core.Unreachable:
			b.state, b.nextAt = core.OutboxParked, now.Add(jitter(core.ParkProbe))
		case core.Requeue: // says nothing of the VEN
			b.state, b.nextAt, b.attempts = core.OutboxIdle, now, b.attempts-1
		default:
			b.state, b.nextAt = core.OutboxBackoff, now.Add(backoff(b.attempts))
		}
	default:
		return false
	}
	b.code, b.err = o.Code, plain(o.Error)
	return true
}

// plain is a VEN's text made fit for either database: no text of one VEN may
// keep the others' outcomes from being stored.
func plain(text string) string {
	const most = 500
	if len(text) > most {
		text = text[:most]
	}
	return strings.ReplaceAll(strings.ToValidUTF8(text, ""), "\x00", "")
}

type boxKey struct {
	venNo int64
	topic string
}

// boxes reads, locked, the boxes a batch is about.
func (s *session) boxes(batch []core.Settlement) (map[boxKey]*box, error) {
	boxes := make(map[boxKey]*box, len(batch))
	// One order for all: two batches never wait for each other.
	err := s.rows(`SELECT `+boxColumns+` FROM outbox o
 WHERE o.ven_no IN (SELECT CAST(value AS BIGINT) FROM jsonb_array_elements($1)) ORDER BY o.ven_no, o.topic FOR UPDATE OF o`,
		[]any{venNos(batch)}, func(scan func(...any) error) error {
			b := new(box)
			var result string
			err := scan(b.into(&result)...)
			b.result = readResult(result)
			boxes[boxKey{b.venNo, b.topic}] = b
			return err
		})
	return boxes, err
}

// identities reads whose VEN's identities those of the batch's VENs are.
func (s *session) identities(batch []core.Settlement) (map[core.Identity]int64, error) {
	senders := make(map[core.Identity]int64, len(batch))
	err := s.rows(`SELECT transport, identity, ven_no FROM identity
 WHERE ven_no IN (SELECT CAST(value AS BIGINT) FROM jsonb_array_elements($1))`,
		[]any{venNos(batch)}, func(scan func(...any) error) error {
			var id core.Identity
			var venNo int64
			err := scan(&id.Transport, &id.Name, &venNo)
			senders[id] = venNo
			return err
		})
	return senders, err
}

func venNos(batch []core.Settlement) string {
	nos := make([]int64, len(batch))
	for i, one := range batch {
		nos[i] = one.Token.VENNo
	}
	return numbers(nos)
}

func (s *session) recordPushes(pushes []push) error {
	if len(pushes) == 0 {
		return nil
	}
	rows, err := list(pushes)
	if err != nil {
		return err
	}
	_, err = s.exec(`WITH n AS MATERIALIZED (SELECT value FROM jsonb_array_elements($1))
INSERT INTO push (ven_no, topic, rev, sent_at, settled_at, attempts, result, code, error)
  SELECT CAST(n.value ->> 0 AS BIGINT), n.value ->> 1, CAST(n.value ->> 2 AS BIGINT), CAST(n.value ->> 3 AS BIGINT), CAST(n.value ->> 4 AS BIGINT),
         CAST(n.value ->> 5 AS BIGINT), n.value ->> 6, CAST(n.value ->> 7 AS BIGINT), n.value ->> 8
    FROM n WHERE TRUE
  ON CONFLICT (ven_no, topic, rev) DO NOTHING`, rows)
	return err
}
