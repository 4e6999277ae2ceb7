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
       v.ven_id, v.profile, v.payload_root, v.stanza, v.route_transport, v.route_identity, v.route_address, v.route_form, v.route_stanza, v.seen_at,
       v.signatures, EXISTS (SELECT 1 FROM registration r WHERE r.ven_no = v.no AND r.ended_at IS NULL AND r.xml_signature)
  FROM outbox o JOIN ven v ON v.no = o.ven_no
 WHERE `

// There is one index of outboxes for each of these conditions.
const (
	answeredLast = `o.attempts = 0`
	silentLast   = `o.attempts > 0`
)

// dueOrder selects up to $3 outboxes of urgency $1 that are due at $2, in the order
// of their index.
func dueOrder(d *database.Dialect, last string) string {
	return `o.urgency = $1 AND o.settled < o.rev AND o.next_at IS NOT NULL AND o.next_at <= $2 AND ` + last + `
 ORDER BY o.next_at LIMIT $3` + d.ForUpdateSkipLocked("o")
}

// claimOutboxes counts one more push for each outbox of a list, and makes it due
// again after the lease and the backoff, in case no answer comes. It clears the code
// and error of an earlier push. Outboxes held for a greeting are not due, so claims
// need not look for greetings.
//
// claimOutboxes and settleAlike are the cost of every push of a fan-out. So neither
// takes a parameter for each row, and neither brings a row to Go to be written back.
// One jitter serves the whole batch: writing rows next to each other at the end of
// the due index costs half as much as spreading them over it.
func claimOutboxes(d *database.Dialect) string { return claimAs(d, `$5`, nextAttempt(d)) }

// handOut is claimOutboxes for a reply. It leaves held outboxes held.
func handOut(d *database.Dialect) string {
	return claimAs(d, `CASE WHEN `+isHeld+` THEN state ELSE $5 END`, `CASE WHEN `+isHeld+` THEN next_at ELSE `+nextAttempt(d)+` END`)
}

const isHeld = `state = 'held' AND next_at > $2`

func claimAs(d *database.Dialect, state, nextAt string) string {
	return `UPDATE outbox SET sent = rev, state = ` + state + `, attempts = attempts + 1, sent_at = $2, next_at = ` + nextAt + `,
       code = CASE attempts WHEN 0 THEN 0 ELSE code END, error = CASE attempts WHEN 0 THEN '' ELSE error END
 WHERE state <> 'off' AND settled < rev AND ` + d.InList("box", 1)
}

// nextAttempt is the end of the lease, $3, plus the backoff.
func nextAttempt(d *database.Dialect) string { return `CAST($3 AS BIGINT) + ` + backedOff(d) }

// backedOff is the backoff in milliseconds after the attempts so far. $4 is its
// jitter in thousandths.
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

// Claim is [core.Outboxes.Claim]. A loss of power may undo it.
func (r outboxes) Claim(ctx context.Context, kind core.ClaimKind, now time.Time, limit int) (claims []core.Claim, err error) {
	last := answeredLast
	if kind.Silent {
		last = silentLast
	}
	err = r.lightly(ctx, "claim", func(s *session) error {
		if kind.Urgency == core.UrgencyFirst { // no outbox is created meanwhile
			if err := s.alone(); err != nil {
				return err
			}
		}
		var outboxes []int64
		outboxes, claims, err = claimTx{s}.claimable(selectClaim+dueOrder(s.Dialect, last), kind.Urgency, now.UnixMilli(), limit)
		if err != nil {
			return err
		}
		for i := range claims {
			claims[i].Attempts++
		}
		if kind.Urgency == core.UrgencyFirst {
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

// ClaimVEN is [core.Outboxes.ClaimVEN]. It also claims if the VEN is parked or waits
// for its lease or its backoff: the VEN is there, so it does not count as silent any
// more, however often it asks.
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

// claimable locks and reads outboxes, with what a push from each needs.
func (s claimTx) claimable(query string, args ...any) (outboxes []int64, claims []core.Claim, err error) {
	var (
		c                                                     core.Claim
		outbox, venNo, topic, rev, settled, attempts, urgency integer
		form                                                  string
		into                                                  = []any{&outbox, &venNo, &topic, &rev, &settled, &attempts, &urgency,
			&c.VENID, &c.Profile, &c.PayloadRoot, &c.Stanza, &c.Route.Transport, &c.Route.Identity, &c.Route.Address, &form, &c.Route.Stanza, at(&c.Route.SeenAt),
			&c.Signatures, &c.XMLSignature}
	)
	err = s.rows(query, args, func(scan func(...any) error) error {
		if err := scan(into...); err != nil {
			return err
		}
		var err error
		c.Route.Form, err = oadr.ParseForm(form)
		c.VENNo, c.Topic, c.Rev, c.Settled, c.Attempts, c.Urgency = int64(venNo), core.Topic(topic), int64(rev), int64(settled), int(attempts), core.Urgency(urgency%polled)
		outboxes, claims = append(outboxes, int64(outbox)), append(claims, c)
		return err
	})
	return outboxes, claims, err
}

// nextDue reads only the first entry of each part of the two due indexes.
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

// NextDue is [core.Outboxes.NextDue].
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

// countDue reads the two due indexes, but no row. It leaves out what waits for a poll.
var countDue = func() string {
	of := `(SELECT count(*) FROM outbox o WHERE o.settled < o.rev AND o.next_at IS NOT NULL AND o.next_at <= $1 AND o.urgency < ` + fmt.Sprint(polled) + ` AND `
	return `SELECT ` + of + answeredLast + `) + ` + of + silentLast + `)`
}()

// CountDue is [core.Outboxes.CountDue].
func (r outboxes) CountDue(ctx context.Context, now time.Time) (n int, err error) {
	err = r.view(ctx, "count due", func(s *session) error {
		return s.row(countDue, []any{now.UnixMilli()}, &n)
	})
	if err != nil {
		return 0, fmt.Errorf("count what is due: %w", err)
	}
	return n, nil
}
