package registry

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// polled is added to the urgency of each outbox of a VEN that polls. The dispatcher
// claims by urgency and never asks for these numbers. So it passes over such VENs, as
// do earlier programs on the same store, and neither the due indexes nor the claims of
// a fan-out know of them. The VEN's outbox for events, which always exists, says for
// its other outboxes whether the VEN polls.
const polled = 8

// polledBit is polled or 0, unpolled the urgency without it.
func polledBit(urgency string) string { return fmt.Sprintf(`(%s & %d)`, urgency, polled) }
func unpolled(urgency string) string  { return fmt.Sprintf(`(%s & %d)`, urgency, polled-1) }

// polledAsVEN is polledBit for a new outbox. %s is the VEN's number.
var polledAsVEN = `coalesce((SELECT ` + polledBit("x.urgency") + ` FROM outbox x WHERE x.box = %s` + eventsOutbox + `), 0)`

// duePoll selects the outbox that a poll takes, the most urgent and then the earliest.
// It finds four numbers and needs no index. What is parked is due: the VEN is there.
var duePoll = selectClaim + fmt.Sprintf(`o.box IN ($1, $2, $3, $4) AND o.urgency >= %d AND o.settled < o.rev AND o.state <> 'off' AND (o.next_at <= $5 OR o.state = 'parked')
 ORDER BY (%s + 1) %% %d, o.next_at, o.box LIMIT 1`, polled, unpolled("o.urgency"), core.Urgencies)

// nextPoll finds when something is due to a VEN that polls.
var nextPoll = fmt.Sprintf(`SELECT min(o.next_at) FROM outbox o WHERE o.box IN ($1, $2, $3, $4) AND o.urgency >= %d AND o.settled < o.rev AND o.state <> 'off'`, polled)

// boxesOf are $1 to $4: the outboxes that a VEN can have.
func boxesOf(venNo int64) (boxes []any) {
	for _, no := range outboxesOf([]int64{venNo}) {
		boxes = append(boxes, no)
	}
	return boxes
}

// ClaimPoll is [core.Outboxes.ClaimPoll]. A loss of power may undo it.
func (r outboxes) ClaimPoll(ctx context.Context, venNo int64, now time.Time) (claim *core.Claim, next time.Time, err error) {
	boxes := boxesOf(venNo)
	args := append(slices.Clone(boxes), now.UnixMilli())
	var claims []core.Claim
	err = r.view(ctx, "look for poll", func(s *session) error {
		_, claims, err = claimTx{s}.claimable(duePoll, args...)
		if err != nil || len(claims) > 0 {
			return err
		}
		return s.row(nextPoll, boxes, at(&next))
	})
	if err == nil && len(claims) > 0 {
		next = now
		claims, err = r.claimPolled(ctx, args, claims[0].Topic == core.TopicMetadata, now)
	}
	if err != nil {
		return nil, next, fmt.Errorf("claim for a poll: %w", err)
	}
	if len(claims) == 0 {
		return nil, next, nil
	}
	return &claims[0], next, nil
}

// claimPolled claims what duePoll finds. first says that a greeting is expected.
func (r outboxes) claimPolled(ctx context.Context, args []any, first bool, now time.Time) (claims []core.Claim, err error) {
	err = r.lightly(ctx, "claim for poll", func(s *session) error {
		if first {
			if err := s.alone(); err != nil {
				return err
			}
		}
		var outboxes []int64
		outboxes, claims, err = claimTx{s}.claimable(duePoll+s.ForUpdate("o"), args...)
		switch {
		case err != nil || len(claims) == 0:
			return err
		case claims[0].Topic == core.TopicMetadata && !first: // it is greeted since; the next poll takes it
			claims = nil
			return nil
		case claims[0].Topic == core.TopicMetadata:
			return claimTx{s}.claimGreetings(outboxes, now)
		}
		claims[0].Attempts++
		_, err = claimTx{s}.claim(outboxes, core.OutboxHandedOut, now)
		return err
	})
	return claims, err
}

// Revision is [core.OutboxReader.Revision].
func (t outboxTx) Revision() (rev int64, err error) {
	if err := t.row(`SELECT rev FROM change WHERE one = 1`, nil, &rev); err != nil {
		return 0, fmt.Errorf("read the revision: %w", err)
	}
	return rev, nil
}

// HandedOut is [core.OutboxReader.HandedOut].
func (t outboxTx) HandedOut(venNo int64) ([]core.Claim, error) {
	_, claims, err := claimTx(t).claimable(handedOut, boxesOf(venNo)...)
	if err != nil {
		return nil, fmt.Errorf("list what VEN number %d was told and did not answer: %w", venNo, err)
	}
	return claims, nil
}

// handedOut selects what a VEN was told and did not answer, up to the revision sent.
var handedOut = strings.Replace(selectClaim, "o.rev", "o.sent", 1) + `o.box IN ($1, $2, $3, $4) AND o.sent > o.settled AND o.state <> 'off' ORDER BY o.sent_at, o.box`
