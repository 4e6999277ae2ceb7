package registry

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// selectClaim gives no address where the identity that was there is not the
// VEN's any more: what concerns it is not for whoever has it now.
const selectClaim = `SELECT ` + boxColumns + `, v.ven_id, v.payload_root, v.route_transport, v.route_identity,
       CASE WHEN i.ven_no IS NULL THEN '' ELSE v.route_address END, v.route_form, v.seen_at
  FROM outbox o JOIN ven v ON v.no = o.ven_no
  LEFT JOIN identity i ON i.transport = v.route_transport AND i.identity = v.route_identity AND i.ven_no = v.no
 WHERE o.topic = $1 AND `

// Each has an index of its own.
const (
	answeredLast = `o.attempts = 0`
	silentLast   = `o.attempts > 0`
)

// claim counts one more push. Unanswered, it is due again after the lease and
// the backoff.
func (b *box) claim(now time.Time) {
	if b.attempts == 0 { // what was said of an earlier push is not said of this one
		b.code, b.err = 0, ""
	}
	b.attempts++
	b.sent = b.rev
	b.sentAt = now
	b.state = core.OutboxInFlight
	b.nextAt = now.Add(core.Lease + backoff(b.attempts))
}

// Claim is [core.Registry.Claim]. It may be lost with the power.
func (r *Registry) Claim(ctx context.Context, topic core.Topic, urgency core.Urgency, silent bool, now time.Time, limit int) ([]core.Claim, error) {
	word, err := topicWord(topic)
	if err != nil {
		return nil, err
	}
	last := answeredLast
	if silent {
		last = silentLast
	}
	var claims []core.Claim
	err = r.write(ctx, r.light, func(s *session) error {
		boxes, found, err := s.claimable(selectClaim+`o.urgency = $2 AND o.settled < o.rev AND o.next_at IS NOT NULL AND o.next_at <= $3 AND `+last+`
 ORDER BY o.next_at LIMIT $4 FOR UPDATE OF o SKIP LOCKED`, word, urgency, now.UnixMilli(), limit)
		if err != nil {
			return err
		}
		for i, b := range boxes {
			b.claim(now)
			found[i].Attempts = b.attempts
		}
		claims = found
		return s.storeBoxes(boxes)
	})
	if err != nil {
		return nil, fmt.Errorf("claim: %w", err)
	}
	return claims, nil
}

// ClaimVEN is [core.Registry.ClaimVEN]. It claims from a VEN that is waiting for
// its lease or its backoff, or is parked: it is there and asks.
func (r *Registry) ClaimVEN(ctx context.Context, topic core.Topic, venNo int64, now time.Time) (claim core.Claim, err error) {
	word, err := topicWord(topic)
	if err != nil {
		return core.Claim{}, err
	}
	err = r.write(ctx, r.light, func(s *session) error {
		boxes, found, err := s.claimable(selectClaim+`o.ven_no = $2 FOR UPDATE OF o`, word, venNo)
		if err == nil && len(boxes) == 0 {
			err = sql.ErrNoRows
		}
		if err != nil {
			return notFound(err, "outbox of VEN number %d", venNo)
		}
		claim = found[0]
		b := boxes[0]
		if b.state == core.OutboxOff || b.settled >= b.rev {
			return nil
		}
		b.claim(now)
		claim.Attempts = b.attempts
		return s.storeBoxes(boxes)
	})
	return claim, err
}

// claimable reads boxes, locked, and what a push from each would need.
func (s *session) claimable(query string, args ...any) (boxes []*box, claims []core.Claim, err error) {
	var topic core.Topic
	for t, word := range topics {
		if word == args[0] {
			topic = t
		}
	}
	err = s.rows(query, args, func(scan func(...any) error) error {
		var (
			b            = new(box)
			c            = core.Claim{Topic: topic}
			result, form string
		)
		if err := scan(append(b.into(&result), &c.VENID, &c.PayloadRoot,
			&c.Route.Transport, &c.Route.Identity, &c.Route.Address, &form, at(&c.Route.SeenAt))...); err != nil {
			return err
		}
		b.result = readResult(result)
		var err error
		c.Route.Form, err = oadr.ParseForm(form)
		c.VENNo, c.Rev, c.Settled, c.Attempts, c.Urgency = b.venNo, b.rev, b.settled, b.attempts, b.urgency
		boxes, claims = append(boxes, b), append(claims, c)
		return err
	})
	return boxes, claims, err
}

// nextDue asks each of the ends of the two due indexes.
var nextDue = func() string {
	var ends []string
	for silent, last := range []string{answeredLast, silentLast} {
		for u := range core.Urgencies {
			ends = append(ends, fmt.Sprintf(`SELECT %d AS silent, %d AS urgency, due FROM (SELECT o.next_at AS due FROM outbox o
 WHERE o.topic = $1 AND o.urgency = %d AND o.settled < o.rev AND o.next_at IS NOT NULL AND %s ORDER BY o.next_at LIMIT 1) AS first`, silent, u, u, last))
		}
	}
	return strings.Join(ends, "\nUNION ALL ") + "\nORDER BY silent, urgency"
}()

// NextDue is [core.Registry.NextDue].
func (r *Registry) NextDue(ctx context.Context, topic core.Topic) ([]core.Due, error) {
	word, err := topicWord(topic)
	if err != nil {
		return nil, err
	}
	rows, err := r.read.QueryContext(ctx, nextDue, word)
	if err != nil {
		return nil, fmt.Errorf("look for what is due next: %w", err)
	}
	defer rows.Close()
	var due []core.Due
	for rows.Next() {
		var d core.Due
		if err := rows.Scan(&d.Silent, &d.Urgency, at(&d.At)); err != nil {
			return nil, fmt.Errorf("look for what is due next: %w", err)
		}
		due = append(due, d)
	}
	return due, rows.Err()
}
