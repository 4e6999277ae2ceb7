package registry_test

import (
	"slices"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

func (w outboxSteps) claimAll() (claims []core.Claim) {
	for {
		some, err := w.Claim(ctx, core.ClaimKind{Urgency: core.UrgencyNormal}, w.now, benchBatch)
		w.must(err)
		if len(some) == 0 {
			return claims
		}
		claims = append(claims, some...)
	}
}

func (w outboxSteps) settleAll(claims []core.Claim) {
	batch := make([]core.Settlement, 0, benchBatch)
	for i, c := range claims {
		batch = append(batch, core.Settlement{Token: c.Token(), By: jid(c.VENID), Outcome: core.Outcome{Result: core.Acknowledged}})
		if len(batch) == benchBatch || i == len(claims)-1 {
			_, err := w.Settle(ctx, w.now, batch, nil)
			w.must(err)
			batch = batch[:0]
		}
	}
}

// pushAll pushes all that is due and has it acknowledged.
func (w outboxSteps) pushAll() []core.Claim {
	w.Helper()
	claims := w.claimAll()
	w.settleAll(claims)
	return claims
}

// push pushes what is due to the only VEN and settles it.
func (w outboxSteps) push(o core.Outcome) core.Claim {
	w.Helper()
	c := w.claimOne()
	w.pass(time.Second)
	if !w.settle(c, o) {
		w.Fatal("the outcome did not count")
	}
	return c
}

// greet greets a VEN that has been heard.
func (w outboxSteps) greet(v *core.VEN) {
	w.Helper()
	w.change(func(tx core.Tx, rev int64) error { return tx.Greet(v.No, rev, w.now) })
	w.unpark(v, core.SignHeard)
}

func (w outboxSteps) unpark(v *core.VEN, sign core.Sign) {
	w.Helper()
	_, err := w.Unpark(ctx, w.now, []int64{v.No}, sign)
	w.must(err)
}

// due claims all that can be claimed, as the dispatcher does, and returns the letters of
// the topics, too.
func (w outboxSteps) due() (claims []core.Claim, topics string) {
	w.Helper()
	due, err := w.NextDue(ctx)
	w.must(err)
	for _, d := range due {
		if d.At.After(w.now) {
			continue
		}
		some := w.claimKind(d.ClaimKind)
		slices.SortFunc(some, func(a, b core.Claim) int { return int(a.Topic) - int(b.Topic) })
		for _, c := range some {
			claims, topics = append(claims, c), topics+string(c.Topic)
		}
	}
	return claims, topics
}

// wantDue claims all that can be claimed, which must be of these topics.
func (w outboxSteps) wantDue(when, want string) []core.Claim {
	w.Helper()
	claims, got := w.due()
	if got != want {
		w.Fatalf("%s: claimed %q, want %q", when, got, want)
	}
	return claims
}

func (w outboxSteps) ends(c core.Claim, r core.Result) core.Verdict {
	w.Helper()
	verdicts, err := w.Settle(ctx, w.now, []core.Settlement{{Token: c.Token(), By: jid(c.VENID), Outcome: core.Outcome{Result: r}}},
		func(core.Tx, core.Settlement) error { return nil })
	w.must(err)
	return verdicts[0]
}

// markTopics makes a VEN due for topics.
func (w outboxSteps) markTopics(v *core.VEN, topics ...core.Topic) {
	w.Helper()
	for _, topic := range topics {
		w.change(func(tx core.Tx, rev int64) error { return tx.MarkVEN(topic, v.No, rev, core.UrgencyCancel, w.now) })
	}
}

func (w outboxSteps) ungreet(v *core.VEN) {
	w.Helper()
	w.change(func(tx core.Tx, rev int64) error { return tx.Ungreet(v.No) })
}

// open opens a VEN's outbox as a repeated registration does.
func (w outboxSteps) open(v *core.VEN) {
	w.Helper()
	w.change(func(tx core.Tx, rev int64) error { return tx.OpenOutbox(v.No, rev, core.OutboxParked, w.now) })
	w.unpark(v, core.SignHeard)
}

// markAt makes one VEN due at a queue time.
func (w outboxSteps) markAt(v *core.VEN, u core.Urgency, queueTime time.Time) {
	w.Helper()
	w.change(func(tx core.Tx, rev int64) error { return tx.MarkVEN(core.TopicEvents, v.No, rev, u, queueTime) })
}

func (w outboxSteps) sent(v *core.VEN) int64 {
	return w.count(`SELECT sent FROM outbox WHERE ven_no = $1`, v.No)
}

// mark makes one VEN due.
func (w outboxSteps) mark(v *core.VEN, u core.Urgency) int64 {
	w.Helper()
	return w.change(func(tx core.Tx, rev int64) error { return tx.MarkVEN(core.TopicEvents, v.No, rev, u, w.now) })
}

func (w outboxSteps) claimKind(kind core.ClaimKind) []core.Claim {
	w.Helper()
	claims, err := w.Claim(ctx, kind, w.now, 100)
	w.must(err)
	return claims
}

// claim claims from VENs that are not silent.
func (w outboxSteps) claim(u core.Urgency) []core.Claim {
	w.Helper()
	return w.claimKind(core.ClaimKind{Urgency: u})
}

// claimOneOf claims the only VEN due.
func (w outboxSteps) claimOneOf(kind core.ClaimKind) core.Claim {
	w.Helper()
	claims := w.claimKind(kind)
	if len(claims) != 1 {
		w.Fatalf("claimed %d VENs, want 1: %+v", len(claims), claims)
	}
	return claims[0]
}

func (w outboxSteps) claimOne() core.Claim {
	w.Helper()
	return w.claimOneOf(normal)
}

func (w outboxSteps) claimOneSilent() core.Claim {
	w.Helper()
	return w.claimOneOf(silent)
}

// The kinds of claim that most tests make.
var (
	normal = core.ClaimKind{Urgency: core.UrgencyNormal}
	silent = core.ClaimKind{Urgency: core.UrgencyNormal, Silent: true}
)

func (w outboxSteps) claimNone() {
	w.Helper()
	for u := range core.Urgencies {
		for _, silent := range []bool{false, true} {
			if claims := w.claimKind(core.ClaimKind{Urgency: u, Silent: silent}); len(claims) != 0 {
				w.Fatalf("claimed %+v, want nothing", claims)
			}
		}
	}
}

func (w outboxSteps) settle(c core.Claim, o core.Outcome) bool {
	w.Helper()
	applied, err := w.Settle(ctx, w.now, []core.Settlement{{Token: c.Token(), By: jid(c.VENID), Outcome: o}}, nil)
	w.must(err)
	return applied[0] == core.Counted
}

func (w outboxSteps) nextDue() (time.Time, bool) {
	w.Helper()
	due, err := w.NextDue(ctx)
	w.must(err)
	var first time.Time
	for _, d := range due {
		if first.IsZero() || d.At.Before(first) {
			first = d.At
		}
	}
	return first, len(due) > 0
}

func (w outboxSteps) countDue(want int) {
	w.Helper()
	n, err := w.CountDue(ctx, w.now)
	w.must(err)
	if n != want {
		w.Errorf("%d VENs are due, want %d", n, want)
	}
}

// within checks that a wait is d, plus or minus a quarter.
func (w outboxSteps) within(d time.Duration, from, until time.Time) {
	w.Helper()
	if got := until.Sub(from); got < d*3/4-time.Millisecond || got > d*5/4+time.Millisecond {
		w.Errorf("waits %s, want %s plus or minus a quarter", got, d)
	}
}
