package registry_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

func TestMarkClaimSettle(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v := w.ven("ven-1", "g")
		w.ven("ven-2")
		w.claimNone()
		if _, ok := w.nextDue(); ok {
			t.Error("something is due, want nothing")
		}
		w.must(w.SetRoutes(ctx, map[int64]core.Route{v.No: {Transport: "xmpp", Identity: "ven-1@example.org", Address: "ven-1@example.org/a", Stanza: "body", SeenAt: w.now}}))
		v.Stanza = "message"
		w.change(func(tx core.Tx, rev int64) error { return tx.PutVEN(v) })
		e := w.event("e", group("g"))
		if due, ok := w.nextDue(); !ok || !due.Equal(w.now) {
			t.Errorf("next due %v %v, want now", due, ok)
		}
		w.countDue(1)
		c := w.claimOne()
		w.countDue(0)
		if c.VENNo != v.No || c.VENID != "ven-1" || c.Rev != e.Rev || c.Attempts != 1 || c.Settled >= c.Rev ||
			c.Stanza != "message" || c.Route.Stanza != "body" || c.Urgency != core.UrgencyNormal || c.Route.Address != "ven-1@example.org/a" || !c.Route.SeenAt.Equal(w.now) {
			t.Errorf("claim %+v", c)
		}
		w.claimNone()
		if got := w.stand(e, v); got.State != core.OutboxInFlight || got.Sent != e.Rev || got.Held != orNone(-1) || !got.SentAt.Equal(w.now) {
			t.Errorf("in flight: %+v", got)
		}
		w.pass(time.Second)
		if !w.settle(c, core.Outcome{Result: core.Acknowledged, Code: 200}) {
			t.Fatal("acknowledgement did not count")
		}
		got := w.stand(e, v)
		if got.State != core.OutboxIdle || got.Settled != e.Rev || got.Attempts != 0 || got.Held != orNone(0) || got.Push == nil ||
			*got.Push != (core.SettledPush{Result: core.Acknowledged, Attempts: 1, SentAt: w.now.Add(-time.Second), SettledAt: w.now, Code: 200}) {
			t.Errorf("settled: %+v", got)
		}
		if w.settle(c, core.Outcome{Result: core.Refused}) {
			t.Error("settled twice")
		}
		if _, ok := w.nextDue(); ok {
			t.Error("something is due after settling, want nothing")
		}
		if n := w.count(`SELECT count(*) FROM push WHERE box = $1 * 256 + 101 AND rev = $2 AND attempts = 1 AND result = 'acknowledged'`, v.No, e.Rev); n != 1 {
			t.Errorf("%d records of the push, want 1", n)
		}
	})
}

func TestRefusedSettlesUntilTheNextChange(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v := w.ven("ven-1")
		e := w.event("e", all)
		if !w.settle(w.claimOne(), core.Outcome{Result: core.Refused, Code: 454, Error: "bad\x00\xff " + strings.Repeat("x", 1000)}) {
			t.Fatal("refusal did not count")
		}
		got := w.stand(e, v)
		if p := got.Push; p == nil || p.Result != core.Refused || p.Code != 454 || !strings.HasPrefix(p.Error, "bad x") || len(p.Error) > 500 || got.State != core.OutboxIdle || got.Held != orNone(-1) {
			t.Errorf("refused: %+v", got)
		}
		w.pass(time.Hour)
		w.claimNone()
		w.mark(v, core.UrgencyNormal)
		w.claimOne()
	})
}

func TestRetryBacksOff(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v := w.ven("ven-1")
		e := w.event("e", all)
		c := w.claimOne()
		for i, wait := range []time.Duration{5, 10, 20, 40, 80, 160, 300, 300} {
			if !w.settle(c, core.Outcome{Result: core.Retry, Error: "resource-constraint"}) {
				t.Fatal("retry did not count")
			}
			if got := w.stand(e, v); got.State != core.OutboxBackoff || got.Attempts != i+1 || got.Error != "resource-constraint" || got.Push != nil {
				t.Errorf("after %d failures: %+v", i+1, got)
			}
			due, _ := w.nextDue()
			w.within(wait*time.Second, w.now, due)
			w.now = due.Add(-time.Millisecond)
			w.claimNone()
			w.now = due
			if c = w.claimOneSilent(); c.Attempts != i+2 {
				t.Errorf("attempt %d, want %d", c.Attempts, i+2)
			}
		}
		if !w.settle(c, core.Outcome{Result: core.Acknowledged}) {
			t.Fatal("acknowledgement did not count")
		}
		w.mark(v, core.UrgencyNormal)
		if c = w.claimOne(); c.Attempts != 1 {
			t.Errorf("attempt %d after an answer, want 1", c.Attempts)
		}
	})
}

func TestUnansweredIsClaimedAgainAsSilent(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		w.ven("ven-1")
		w.event("e", all)
		for i, wait := range []time.Duration{5, 10, 20, 40} {
			w.claimOneOf(core.ClaimKind{Urgency: core.UrgencyNormal, Silent: i > 0})
			due, ok := w.nextDue()
			if !ok {
				t.Fatal("nothing is due")
			}
			w.within(wait*time.Second, w.now.Add(core.Lease), due)
			w.now = due
		}
	})
}

func TestParkAndUnpark(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v, other := w.ven("ven-1"), w.ven("ven-2")
		e := w.event("e", only("ven-1"))
		if !w.settle(w.claimOne(), core.Outcome{Result: core.Unreachable, Error: "service-unavailable"}) {
			t.Fatal("bounce did not count")
		}
		if got := w.stand(e, v); got.State != core.OutboxParked || got.Attempts != 1 || got.Settled >= e.Rev || got.Error != "service-unavailable" {
			t.Errorf("parked: %+v", got)
		}
		due, _ := w.nextDue()
		w.within(core.ParkProbe, w.now, due)
		w.mark(v, core.UrgencyNormal)
		if again, _ := w.nextDue(); !again.Equal(due) {
			t.Error("a change ended the parking")
		}
		parked, err := w.Parked(ctx, "xmpp", 10)
		w.must(err)
		if len(parked) != 1 || parked[0] != "ven-1@example.org" {
			t.Errorf("parked: %q", parked)
		}
		if parked, _ := w.Parked(ctx, "simpleHttp", 10); len(parked) != 0 {
			t.Errorf("parked on another transport: %q", parked)
		}
		n, err := w.Unpark(ctx, w.now, []int64{v.No, other.No}, core.SignHeard)
		w.must(err)
		if n != 1 {
			t.Errorf("unparked %d, want 1", n)
		}
		c := w.claimOne()
		if !w.settle(c, core.Outcome{Result: core.Unreachable}) {
			t.Fatal("bounce did not count")
		}
		due, _ = w.nextDue()
		w.now = due
		if c = w.claimOneSilent(); c.VENNo != v.No || c.Attempts != 2 {
			t.Errorf("probe: %+v", c)
		}
	})
}

// When a VEN comes, earlier pushes may be lost with its earlier session, so they are sent
// again. The VTN waits for the answer to a push that it has just sent.
func TestVENThatCameIsPushedAgainSoon(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v := w.ven("ven-1")
		w.event("e", all)
		again := func(state string, want time.Time) {
			t.Helper()
			_, err := w.Unpark(ctx, w.now, []int64{v.No}, core.SignCame)
			w.must(err)
			if due, _ := w.nextDue(); !due.Equal(want) {
				t.Errorf("%s: due at %v, want %v", state, due, want)
			}
		}
		queueTime := w.now
		w.claimOne()
		sent := w.now
		again("just sent", sent.Add(core.Young))
		w.pass(3 * time.Second)
		again("sent before", sent.Add(core.Young))
		w.claimOneSilent()
		again("sent again", w.now.Add(core.Young))
		w.pass(time.Minute)
		c := w.claimOneSilent()
		w.settle(c, core.Outcome{Result: core.Retry})
		again("backoff", queueTime)
		c = w.claimOne()
		w.settle(c, core.Outcome{Result: core.Acknowledged})
		again("settled", time.Time{})
	})
}

// A change does not wait for the answer to a reply, since a reply may need no answer.
func TestChangeDoesNotWaitForTheAnswerToAReply(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v := w.ven("ven-1")
		w.event("e", all)
		handed, err := w.ClaimVEN(ctx, core.TopicEvents, v.No, w.now)
		w.must(err)
		w.now = w.now.Add(time.Second)
		w.mark(v, core.UrgencyNormal)
		c := w.claimOne() // a claim without the silent VENs
		if c.Rev <= handed.Rev || c.Attempts != 1 {
			t.Errorf("claimed %+v after %+v", c, handed)
		}
		if !w.settle(handed, core.Outcome{Result: core.Acknowledged}) { // late
			t.Error("the answer to the reply did not count")
		}
		if !w.settle(c, core.Outcome{Result: core.Acknowledged}) {
			t.Error("the answer to the push did not count")
		}
	})
}

// A settlement that names an address counts only if that is the address of the VEN's route.
func TestOutcomeFromAnAddressCountsWhereTheRouteLeadsThere(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v := w.ven("ven-1")
		w.event("e", all)
		c := w.claimOne()
		w.must(w.SetRoutes(ctx, map[int64]core.Route{v.No: {Transport: "xmpp", Identity: "ven-1@example.org", Address: "ven-1@example.org/ven"}}))
		for _, from := range []string{"ven-1@example.org/phone", "ven-1@example.org/ven"} {
			applied, err := w.Settle(ctx, w.now, []core.Settlement{
				{Token: c.Token(), By: jid("ven-1"), Outcome: core.Outcome{Result: core.Acknowledged}, From: from},
			}, nil)
			w.must(err)
			if want := from == "ven-1@example.org/ven"; (applied[0] == core.Counted) != want {
				t.Errorf("from %s: counts %v", from, applied[0])
			}
		}
	})
}

func TestRequeueIsAtOnceAndNoAttempt(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		w.ven("ven-1")
		w.event("e", all)
		for range 3 {
			c := w.claimOne()
			if c.Attempts != 1 {
				t.Errorf("claim %+v", c)
			}
			if !w.settle(c, core.Outcome{Result: core.Requeue}) {
				t.Fatal("requeue did not count")
			}
			if due, _ := w.nextDue(); !due.Equal(w.now) {
				t.Fatalf("the push waits until %s", due)
			}
		}
	})
}

func TestStaleTokenAndWrongSender(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v := w.ven("ven-1")
		w.ven("ven-2")
		w.event("e", only("ven-1"))
		old := w.claimOne()
		ok := core.Outcome{Result: core.Acknowledged}
		token := func(venNo, rev int64) core.Token { return core.Token{Topic: core.TopicEvents, VENNo: venNo, Rev: rev} }
		for name, s := range map[string]core.Settlement{
			"another VEN":           {Token: old.Token(), By: jid("ven-2"), Outcome: ok},
			"another transport":     {Token: old.Token(), By: core.Identity{Transport: "http", Name: "ven-1@example.org"}, Outcome: ok},
			"nobody":                {Token: old.Token(), Outcome: ok},
			"not sent yet":          {Token: token(v.No, old.Rev+1), By: jid("ven-1"), Outcome: ok},
			"settled before":        {Token: token(v.No, old.Settled), By: jid("ven-1"), Outcome: ok},
			"no such VEN":           {Token: token(1<<62, old.Rev), By: jid("ven-1"), Outcome: ok},
			"no such topic":         {Token: core.Token{Topic: 'x', VENNo: v.No, Rev: old.Rev}, By: jid("ven-1"), Outcome: ok},
			"no outcome":            {Token: old.Token(), By: jid("ven-1")},
			"an older push bounces": {Token: token(v.No, old.Rev-1), By: jid("ven-1"), Outcome: core.Outcome{Result: core.Unreachable}},
		} {
			applied, err := w.Settle(ctx, w.now, []core.Settlement{s}, nil)
			w.must(err)
			want := core.Foreign
			switch name {
			case "not sent yet", "no such topic":
				want = core.Unsent
			case "settled before", "an older push bounces":
				want = core.Spent
			}
			if applied[0] != want {
				t.Errorf("%s: %s, want %s", name, applied[0], want)
			}
		}
		w.pass(time.Minute)
		w.mark(v, core.UrgencyNormal)
		newer := w.claimOneSilent()
		if w.settle(old, core.Outcome{Result: core.Unreachable}) {
			t.Error("the bounce of an older push parked a newer one")
		}
		if !w.settle(old, ok) {
			t.Error("a late answer did not count")
		}
		w.claimNone() // the newer push is still in flight
		if !w.settle(newer, ok) {
			t.Error("the newer answer did not count")
		}
		w.pass(time.Hour)
		w.claimNone()
	})
}

func TestChangeWhileInFlight(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v := w.ven("ven-1")
		e := w.event("e", all)
		c := w.claimOne()
		w.pass(time.Second)
		rev := w.mark(v, core.UrgencyNormal)
		w.claimNone() // at most one push in flight
		if due, _ := w.nextDue(); !due.Equal(w.now.Add(core.Lease - time.Second)) {
			t.Errorf("due %s, want the end of the lease", due)
		}
		w.pass(time.Second)
		if !w.settle(c, core.Outcome{Result: core.Acknowledged}) {
			t.Fatal("acknowledgement did not count")
		}
		if got := w.stand(e, v); got.Settled != c.Rev || got.Rev != rev {
			t.Errorf("%+v", got)
		}
		if due, ok := w.nextDue(); !ok || due.After(w.now) {
			t.Errorf("due %s, want now", due)
		}
		if c := w.claimOne(); c.Rev != rev {
			t.Errorf("claim %+v, want rev %d", c, rev)
		}
	})
}

func TestBatchKeepsItsOrder(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		w.ven("ven-1")
		w.ven("ven-2")
		w.event("e", all)
		claims := w.claim(core.UrgencyNormal)
		if len(claims) != 2 {
			t.Fatalf("%d claims", len(claims))
		}
		one := func(c core.Claim, r core.Result) core.Settlement {
			return core.Settlement{Token: c.Token(), By: jid(c.VENID), Outcome: core.Outcome{Result: r}}
		}
		applied, err := w.Settle(ctx, w.now, []core.Settlement{
			one(claims[0], core.Refused), one(claims[1], core.Retry), one(claims[0], core.Acknowledged), one(claims[1], core.Acknowledged)}, nil)
		w.must(err)
		if got, want := fmt.Sprint(applied), fmt.Sprint([]core.Verdict{core.Counted, core.Counted, core.Spent, core.Counted}); got != want {
			t.Errorf("applied %s, want %s", got, want)
		}
		if n := w.count(`SELECT count(*) FROM push`); n != 2 {
			t.Errorf("%d pushes recorded, want 2", n)
		}
	})
}

func TestUrgencyOrdersClaims(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		a, b := w.ven("ven-a"), w.ven("ven-b")
		w.mark(a, core.UrgencyNormal)
		w.pass(time.Second)
		w.mark(b, core.UrgencyNormal)
		w.pass(time.Second)
		w.mark(a, core.UrgencyNormal) // keeps its queue time
		if claims := w.claim(core.UrgencyCancel); len(claims) != 0 {
			t.Errorf("cancellations: %+v", claims)
		}
		first, err := w.Claim(ctx, core.ClaimKind{Urgency: core.UrgencyNormal}, w.now, 1)
		w.must(err)
		if len(first) != 1 || first[0].VENNo != a.No {
			t.Errorf("first is %+v, want ven-a", first)
		}
		w.mark(b, core.UrgencyCancel)
		w.mark(b, core.UrgencySoon) // was due as a cancellation and stays one
		if claims := w.claim(core.UrgencyCancel); len(claims) != 1 || claims[0].VENNo != b.No || claims[0].Urgency != core.UrgencyCancel {
			t.Errorf("cancellations: %+v", claims)
		}
	})
}

func TestBackoffEndsWithAChange(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v := w.ven("ven-1")
		w.event("e", all)
		w.settle(w.claimOne(), core.Outcome{Result: core.Retry})
		w.mark(v, core.UrgencyNormal)
		w.claimOneSilent()
	})
}

func TestOutboxOffIsCountedNotPushed(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v := w.ven("ven-1")
		w.event("e", all)
		c := w.claimOne()
		w.change(func(tx core.Tx, rev int64) error { return tx.CloseOutbox(v.No) })
		if !w.settle(c, core.Outcome{Result: core.Acknowledged}) {
			t.Error("the answer to the last push did not count")
		}
		rev := w.mark(v, core.UrgencyCancel)
		w.pass(time.Hour)
		w.claimNone()
		got, err := w.ClaimVEN(ctx, core.TopicEvents, v.No, w.now)
		w.must(err)
		if got.Rev != rev || got.Attempts != 0 {
			t.Errorf("claim of a closed outbox: %+v", got)
		}
		w.change(func(tx core.Tx, rev int64) error { return tx.OpenOutbox(v.No, rev, core.OutboxParked, w.now) })
		w.claimNone() // until its route is known
		if n, err := w.Unpark(ctx, w.now, []int64{v.No}, core.SignHeard); n != 1 || err != nil {
			t.Fatalf("unparked %d, %v", n, err)
		}
		if c := w.claimOne(); c.Attempts != 1 {
			t.Errorf("claim after opening: %+v", c)
		}
	})
}

func TestClaimVEN(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v := w.ven("ven-1")
		idle, err := w.ClaimVEN(ctx, core.TopicEvents, v.No, w.now)
		w.must(err)
		if idle.Rev != idle.Settled || idle.Attempts != 0 || idle.VENID != "ven-1" {
			t.Errorf("nothing due: %+v", idle)
		}
		e := w.event("e", all)
		w.settle(w.claimOne(), core.Outcome{Result: core.Unreachable})
		var c core.Claim
		for range 5 { // frequent polls do not delay a push
			c, err = w.ClaimVEN(ctx, core.TopicEvents, v.No, w.now)
			w.must(err)
			if c.Rev != e.Rev || c.Attempts != 1 {
				t.Errorf("parked: %+v", c)
			}
			due, _ := w.nextDue()
			w.within(core.BackoffFirst, w.now.Add(core.Lease), due)
		}
		if got := w.stand(e, v); got.State != core.OutboxHandedOut {
			t.Errorf("claimed: %+v", got)
		}
		if !w.settle(c, core.Outcome{Result: core.Acknowledged}) {
			t.Error("acknowledgement did not count")
		}
		if _, err := w.ClaimVEN(ctx, core.TopicEvents, v.No+1000, w.now); !errors.Is(err, core.ErrNotFound) {
			t.Errorf("unknown VEN: %v", err)
		}
		if _, err := w.ClaimVEN(ctx, 'x', v.No, w.now); err == nil {
			t.Error("unknown topic: no error")
		}
	})
}

func TestTwoClaimersNeverShareAVEN(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		const vens = 300
		for i := range vens {
			w.ven(fmt.Sprintf("ven-%03d", i))
		}
		w.event("e", all)
		var (
			mu      sync.Mutex
			claimed = map[int64]int{}
			wg      sync.WaitGroup
		)
		for range 4 {
			wg.Go(func() {
				for {
					claims, err := w.Claim(ctx, core.ClaimKind{Urgency: core.UrgencyNormal}, w.now, 7)
					if err != nil {
						t.Error(err)
						return
					}
					if len(claims) == 0 {
						return
					}
					if len(claims) > 7 {
						t.Errorf("claimed %d, over the limit", len(claims))
					}
					mu.Lock()
					for _, c := range claims {
						claimed[c.VENNo]++
					}
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		if len(claimed) != vens {
			t.Errorf("claimed %d VENs, want %d", len(claimed), vens)
		}
		for no, n := range claimed {
			if n != 1 {
				t.Errorf("VEN number %d claimed %d times", no, n)
			}
		}
	})
}
