package registry

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/registry/database"
)

const selectClaim = `SELECT o.box, o.ven_no, o.topic, o.rev, o.settled, o.attempts, o.urgency,
       v.ven_id, v.payload_root, v.stanza, v.route_transport, v.route_identity, v.route_address, v.route_form, v.route_stanza, v.seen_at
  FROM outbox o JOIN ven v ON v.no = o.ven_no
 WHERE `

// Each has an index of its own.
const (
	answeredLast = `o.attempts = 0`
	silentLast   = `o.attempts > 0`
)

// dueOrder chooses what is due, in the order of its index.
func dueOrder(d *database.Dialect, last string) string {
	return `o.urgency = $1 AND o.settled < o.rev AND o.next_at IS NOT NULL AND o.next_at <= $2 AND ` + last + `
 ORDER BY o.next_at LIMIT $3` + d.ForUpdateSkipLocked("o")
}

// claimOutboxes counts one more push for each outbox of a list. Unanswered, it is due
// again after the lease and the backoff. What was said of an earlier push is not
// said of this one. What is held for a greeting is not due, so claims do not look
// for greetings.
//
// This and settleAlike are what every push of a fan-out costs, so neither takes
// a parameter per row or brings a row to Go to be written back. The jitter is
// the batch's: rows that go to the end of the due index together cost half of
// those that go all over it.
func claimOutboxes(d *database.Dialect) string { return claimAs(d, `$5`, nextAttempt(d)) }

// handOut is claimOutboxes for a reply: what is held stays so.
func handOut(d *database.Dialect) string {
	return claimAs(d, `CASE WHEN `+isHeld+` THEN state ELSE $5 END`, `CASE WHEN `+isHeld+` THEN next_at ELSE `+nextAttempt(d)+` END`)
}

const isHeld = `state = 'held' AND next_at > $2`

func claimAs(d *database.Dialect, state, nextAt string) string {
	return `UPDATE outbox SET sent = rev, state = ` + state + `, attempts = attempts + 1, sent_at = $2, next_at = ` + nextAt + `,
       code = CASE attempts WHEN 0 THEN 0 ELSE code END, error = CASE attempts WHEN 0 THEN '' ELSE error END
 WHERE state <> 'off' AND settled < rev AND ` + d.InList("box", 1)
}

// nextAttempt adds the backoff to the end of the lease, $3.
func nextAttempt(d *database.Dialect) string { return `CAST($3 AS BIGINT) + ` + backedOff(d) }

// backedOff is the backoff after the attempts so far, in milliseconds; $4 is its
// jitter, in thousandths.
func backedOff(d *database.Dialect) string {
	most, doubled := fmt.Sprint(core.BackoffMax.Milliseconds()), fmt.Sprint(core.BackoffFirst.Milliseconds())+` << CAST(`+d.Least(`attempts`, `16`)+` AS INTEGER)`
	return d.Least(most, doubled) + ` * $4 / 1000`
}

func (s claimTx) claim(outboxes []int64, as core.OutboxState, now time.Time) (int64, error) {
	if len(outboxes) == 0 {
		return 0, nil
	}
	return s.exec(claimOutboxes(s.Dialect), numbers(outboxes), now.UnixMilli(), now.Add(core.Lease).UnixMilli(), int64(jitter(1000)), as)
}

// Claim is [core.Registry.Claim]. It may be lost with the power.
func (r outboxes) Claim(ctx context.Context, urgency core.Urgency, silent bool, now time.Time, limit int) (claims []core.Claim, err error) {
	last := answeredLast
	if silent {
		last = silentLast
	}
	err = r.lightly(ctx, "claim", func(s *session) error {
		if urgency == core.UrgencyFirst { // beside it no outbox is made
			if err := s.alone(); err != nil {
				return err
			}
		}
		var outboxes []int64
		outboxes, claims, err = claimTx{s}.claimable(selectClaim+dueOrder(s.Dialect, last), urgency, now.UnixMilli(), limit)
		if err != nil {
			return err
		}
		for i := range claims {
			claims[i].Attempts++
		}
		if urgency == core.UrgencyFirst {
			return claimTx{s}.claimGreetings(outboxes, now)
		}
		_, err = claimTx{s}.claim(outboxes, core.OutboxInFlight, now)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("claim: %w", err)
	}
	return claims, nil
}

// ClaimVEN is [core.Registry.ClaimVEN]. It claims from a VEN that is waiting for
// its lease or its backoff, or is parked: it is there and asks, so it does not
// count as silent any more, however often it asks.
func (r outboxes) ClaimVEN(ctx context.Context, topic core.Topic, venNo int64, now time.Time) (claim core.Claim, err error) {
	err = r.lightly(ctx, "claim", func(s *session) error {
		outboxes, claims, err := claimTx{s}.claimable(selectClaim+`o.box = $1`+s.ForUpdate("o"), outboxNo(topic, venNo))
		if err == nil && len(outboxes) == 0 {
			err = sql.ErrNoRows
		}
		if err != nil {
			return notFound(err, "outbox of VEN number %d", venNo)
		}
		claim = claims[0]
		if claim.Attempts > 0 {
			claim.Attempts = 0
			if _, err := s.exec(`UPDATE outbox SET attempts = 0 WHERE box = $1`, outboxes[0]); err != nil {
				return err
			}
		}
		n, err := s.exec(handOut(s.Dialect), numbers(outboxes), now.UnixMilli(), now.Add(core.Lease).UnixMilli(), int64(jitter(1000)), core.OutboxHandedOut)
		claim.Attempts += int(n)
		return err
	})
	return claim, err
}

// claimable reads outboxes, locked, and what a push from each would need.
func (s claimTx) claimable(query string, args ...any) (outboxes []int64, claims []core.Claim, err error) {
	var (
		c                                                     core.Claim
		outbox, venNo, topic, rev, settled, attempts, urgency integer
		form                                                  string
		into                                                  = []any{&outbox, &venNo, &topic, &rev, &settled, &attempts, &urgency,
			&c.VENID, &c.PayloadRoot, &c.Stanza, &c.Route.Transport, &c.Route.Identity, &c.Route.Address, &form, &c.Route.Stanza, at(&c.Route.SeenAt)}
	)
	err = s.rows(query, args, func(scan func(...any) error) error {
		if err := scan(into...); err != nil {
			return err
		}
		var err error
		c.Route.Form, err = oadr.ParseForm(form)
		c.VENNo, c.Topic, c.Rev, c.Settled, c.Attempts, c.Urgency = int64(venNo), core.Topic(topic), int64(rev), int64(settled), int(attempts), core.Urgency(urgency)
		outboxes, claims = append(outboxes, int64(outbox)), append(claims, c)
		return err
	})
	return outboxes, claims, err
}

// nextDue asks each of the ends of the two due indexes.
var nextDue = func() string {
	var ends []string
	for silent, last := range []string{answeredLast, silentLast} {
		for u := range core.Urgencies {
			ends = append(ends, fmt.Sprintf(`SELECT %d AS silent, %d AS urgency, due FROM (SELECT o.next_at AS due FROM outbox o
 WHERE o.urgency = %d AND o.settled < o.rev AND o.next_at IS NOT NULL AND %s ORDER BY o.next_at LIMIT 1) AS first`, silent, u, u, last))
		}
	}
	return strings.Join(ends, "\nUNION ALL ")
}()

// NextDue is [core.Registry.NextDue].
func (r outboxes) NextDue(ctx context.Context) (due []core.Due, err error) {
	err = r.view(ctx, "next due", func(s *session) error {
		due = due[:0]
		return s.rows(nextDue, nil, func(scan func(...any) error) error {
			var d core.Due
			err := scan(&d.Silent, &d.Urgency, at(&d.At))
			due = append(due, d)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("look for what is due next: %w", err)
	}
	slices.SortFunc(due, func(a, b core.Due) int {
		if a.Silent == b.Silent {
			return a.Urgency.Compare(b.Urgency)
		}
		if b.Silent {
			return -1
		}
		return 1
	})
	return due, nil
}

// countDue reads the two due indexes and no row.
var countDue = `SELECT (SELECT count(*) FROM outbox o WHERE o.settled < o.rev AND o.next_at IS NOT NULL AND ` + answeredLast + ` AND o.next_at <= $1)
     + (SELECT count(*) FROM outbox o WHERE o.settled < o.rev AND o.next_at IS NOT NULL AND ` + silentLast + ` AND o.next_at <= $1)`

// CountDue is [core.Registry.CountDue].
func (r outboxes) CountDue(ctx context.Context, now time.Time) (n int, err error) {
	err = r.view(ctx, "count due", func(s *session) error {
		return s.row(countDue, []any{now.UnixMilli()}, &n)
	})
	if err != nil {
		return 0, fmt.Errorf("count what is due: %w", err)
	}
	return n, nil
}
