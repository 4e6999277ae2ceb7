package registry_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// Rules N11, 301, 309: all pushes to a VEN wait for the outcome of its greeting, whatever
// that is, but no longer than a lease.
func TestN11Spec309GreetingGoesFirst(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		for name, c := range map[string]struct {
			becomes func(v *core.VEN, greeting core.Claim)
			want    string
		}{
			"acknowledged": {func(_ *core.VEN, g core.Claim) { w.ends(g, core.Acknowledged) }, "egr"},
			"refused":      {func(_ *core.VEN, g core.Claim) { w.ends(g, core.Refused) }, "egr"},
			"wait":         {func(_ *core.VEN, g core.Claim) { w.ends(g, core.Retry) }, "egr"},
			"unanswered":   {func(*core.VEN, core.Claim) { w.pass(core.Lease) }, "megr"},
			"not yet":      {func(*core.VEN, core.Claim) { w.pass(core.Lease - time.Millisecond) }, ""},
			"requeued":     {func(_ *core.VEN, g core.Claim) { w.ends(g, core.Requeue) }, "m"},
			"nobody there": {func(_ *core.VEN, g core.Claim) { w.ends(g, core.Unreachable) }, ""},
			"is back":      {func(v *core.VEN, g core.Claim) { w.ends(g, core.Unreachable); w.unpark(v, core.SignHeard) }, "m"},
			"comes back":   {func(v *core.VEN, g core.Claim) { w.ends(g, core.Unreachable); w.unpark(v, core.SignCame) }, "m"},
			"came meanwhile": {func(v *core.VEN, _ core.Claim) {
				w.pass(core.Young)
				w.unpark(v, core.SignCame)
			}, "m"},
			"greeted anew":        {func(v *core.VEN, _ core.Claim) { w.greet(v) }, "m"},
			"registration ends":   {func(v *core.VEN, _ core.Claim) { w.ungreet(v) }, "egr"},
			"opened again":        {func(v *core.VEN, _ core.Claim) { w.open(v) }, ""},
			"opened, and outcome": {func(v *core.VEN, g core.Claim) { w.open(v); w.ends(g, core.Refused) }, "gre"},
			"a clock goes back":   {func(*core.VEN, core.Claim) { w.pass(-time.Hour); w.must(w.Rewind(ctx, w.now)) }, "megr"},
		} {
			v := w.ven("ven-" + name)
			w.markTopics(v, core.TopicReports) // this outbox exists, that of the registration does not
			w.greet(v)
			g := w.wantDue(name+", greeted", "m")[0]
			if !strings.HasPrefix(g.Token().String(), "m") || g.Attempts != 1 || g.Urgency != core.UrgencyFirst {
				t.Errorf("%s: the greeting is %+v", name, g)
			}
			w.markTopics(v, core.TopicEvents, core.TopicRegistration, core.TopicReports)
			w.wantDue(name+", due", "")
			c.becomes(v, g)
			for _, c := range w.wantDue(name, c.want) {
				w.ends(c, core.Acknowledged)
			}
			w.remove(v.No)
		}
	})
}

// Rules N11, 309: a VTN that starts while a VEN registers, or is away, greets it first.
func TestN11Spec309GreetingGoesFirstAfterARestart(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v := w.ven("ven")
		w.change(func(tx core.Tx, rev int64) error {
			return errors.Join(tx.Greet(v.No, rev, w.now), tx.OpenOutbox(v.No, rev, core.OutboxParked, w.now))
		})
		w.markTopics(v, core.TopicEvents, core.TopicRegistration, core.TopicReports)
		w.must(w.Rewind(ctx, w.now))
		w.wantDue("before it is known where the VEN is", "")
		w.pass(-24 * time.Hour)
		w.must(w.Rewind(ctx, w.now))
		g := w.wantDue("when the clock went back", "m")[0]
		w.ends(g, core.Acknowledged)
		w.wantDue("greeted", "egr")
	})
}

// A VEN that polls while it is greeted is handed out its events, and the VTN waits for the
// answer as after any other reply. Later changes are pushed once the greeting has an outcome.
func TestN11HandedOutWhileGreeted(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		hand := func(v *core.VEN) core.Claim {
			c, err := w.ClaimVEN(ctx, core.TopicEvents, v.No, w.now)
			w.must(err)
			return c
		}
		for name, c := range map[string]struct {
			meanwhile func(v *core.VEN)
			want      string
		}{
			"answered":           {func(v *core.VEN) { w.ends(hand(v), core.Acknowledged) }, ""},
			"not answered":       {func(v *core.VEN) { hand(v) }, ""},
			"changed":            {func(v *core.VEN) { hand(v); w.markTopics(v, core.TopicEvents) }, "e"},
			"answered, changed":  {func(v *core.VEN) { w.ends(hand(v), core.Acknowledged); w.markTopics(v, core.TopicEvents) }, "e"},
			"changed, answered":  {func(v *core.VEN) { h := hand(v); w.markTopics(v, core.TopicEvents); w.ends(h, core.Acknowledged) }, "e"},
			"went, and was back": {func(v *core.VEN) { hand(v); w.greet(v) }, "e"},
		} {
			v := w.ven("ven-" + name)
			e := w.event("event-"+name, only(v.VENID))
			w.greet(v)
			g := w.wantDue(name, "m")[0]
			c.meanwhile(v)
			for _, again := range w.wantDue(name+", meanwhile", map[bool]string{true: "m"}[name == "went, and was back"]) {
				g = again
			}
			if s := w.stand(e, v); s.State != core.OutboxHeld {
				t.Errorf("%s: the VEN stands %+v", name, s)
			}
			w.ends(g, core.Acknowledged)
			w.wantDue(name+", then", c.want)
			if s := w.stand(e, v); name == "not answered" {
				if s.State != core.OutboxHandedOut {
					t.Errorf("%s: the VEN stands %+v", name, s)
				}
				w.within(core.BackoffFirst, w.now.Add(core.Lease), s.NextAt)
			}
			w.remove(v.No)
		}
	})
}

// A VEN that does not answer its greeting and is away when the lease ends is greeted first
// when it comes back. Until then it is shown as parked.
func TestN11AwayVENIsGreetedWhenItIsBack(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v := w.ven("ven-1")
		e := w.event("e", all)
		w.greet(v)
		w.wantDue("greeted", "m")
		w.pass(core.Lease)
		events := w.wantDue("unanswered", "me")[1]
		if got := w.ends(events, core.Unreachable); got != core.Counted {
			t.Errorf("the bounce is %v", got)
		}
		if s := w.stand(e, v); s.State != core.OutboxParked {
			t.Errorf("the VEN stands %+v", s)
		}
		w.markTopics(v, core.TopicEvents, core.TopicReports)
		w.wantDue("away", "")
		if parked, err := w.Parked(ctx, "xmpp", 10); err != nil || len(parked) != 1 {
			t.Errorf("parked are %v, %v", parked, err)
		}
		w.unpark(v, core.SignCame)
		g := w.wantDue("back", "m")[0]
		if s := w.stand(e, v); s.State != core.OutboxHeld {
			t.Errorf("the VEN stands %+v", s)
		}
		w.ends(g, core.Acknowledged)
		w.wantDue("greeted at last", "er")
		if got := w.ends(g, core.Acknowledged); got != core.Spent {
			t.Errorf("the second answer is %v", got)
		}
		if n := w.count(`SELECT count(*) FROM outbox WHERE topic = 109`); n != 0 {
			t.Errorf("%d greetings are left", n)
		}
		// No sign of the VEN arrives: it is probed with the greeting first.
		w.greet(v)
		w.ends(w.wantDue("greeted anew", "m")[0], core.Unreachable)
		w.pass(core.ParkProbe * 5 / 4)
		w.wantDue("tried", "m")
		w.pass(core.Lease)
		w.wantDue("unanswered", "mer")
	})
}

// In whatever order a VEN's outboxes are marked, claimed, settled, handed out and parked:
// while a VEN is greeted, nothing else is claimed before the greeting has an outcome or its
// lease has ended, and in the end all outboxes are settled.
func TestN11Spec309NothingGoesBeforeTheGreeting(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		for seed := range uint64(20) {
			walkGreetings(w, rand.New(rand.NewPCG(seed, 19)), fmt.Sprintf("seed %d", seed))
		}
	})
}

// gate is what a walk knows of one VEN's greeting.
type gate struct {
	greeted bool      // there is a greeting
	closed  bool      // nothing else may be claimed before until
	until   time.Time // the zero time: the greeting has not been claimed
}

func (g *gate) close() { g.closed, g.until = true, time.Time{} }

// walkGreetings takes random steps with three VENs and then acknowledges every push.
func walkGreetings(w *world, rnd *rand.Rand, seed string) {
	w.Helper()
	g := &greetingWalk{world: w, rnd: rnd, seed: seed, gates: map[int64]*gate{}}
	for i := range 3 {
		v := w.ven(fmt.Sprintf("%s, ven %d", seed, i))
		g.vens, g.gates[v.No] = append(g.vens, v), &gate{}
	}
	for range 120 {
		g.step()
	}
	for range 50 {
		for _, v := range g.vens {
			g.unpark(v, core.SignCame)
		}
		g.claimDue()
		for _, c := range g.flights {
			g.settleOne(c, core.Acknowledged)
		}
		g.flights = nil
		g.pass(core.BackoffMax)
	}
	if n := g.count(`SELECT count(*) FROM outbox WHERE settled < rev AND state <> 'off' OR state = 'held' OR topic = 109`); n != 0 {
		g.Errorf("%s: %d outboxes are not settled, after %s", g.seed, n, strings.Join(g.steps, "; "))
	}
	for _, v := range g.vens {
		g.remove(v.No)
	}
}

// greetingWalk is one run of walkGreetings, with the steps taken so far.
type greetingWalk struct {
	*world
	rnd     *rand.Rand
	seed    string
	vens    []*core.VEN
	gates   map[int64]*gate
	flights []core.Claim
	steps   []string
}

// claimDue claims what is due, and fails if that comes before a VEN's greeting.
func (g *greetingWalk) claimDue() {
	g.Helper()
	claims, topics := g.due()
	g.steps = append(g.steps, "claim "+topics)
	for _, c := range claims {
		g.flights = append(g.flights, c)
		its := g.gates[c.VENNo]
		switch {
		case c.Topic != core.TopicMetadata && its.closed && (its.until.IsZero() || g.now.Before(its.until)):
			g.Fatalf("%s: claimed %+v before %s was greeted, after %s", g.seed, c, c.VENID, strings.Join(g.steps, "; "))
		case c.Topic == core.TopicMetadata && its.closed && its.until.IsZero():
			its.until = g.now.Add(core.Lease)
		}
	}
}

func (g *greetingWalk) settleOne(c core.Claim, r core.Result) {
	g.Helper()
	verdict := g.ends(c, r)
	g.steps = append(g.steps, fmt.Sprintf("%s %s %d", c.Token(), r, verdict))
	its := g.gates[c.VENNo]
	if verdict != core.Counted || !its.greeted {
		return
	}
	switch metadata := c.Topic == core.TopicMetadata; {
	case r == core.Unreachable, metadata && r == core.Requeue:
		its.close()
	case metadata:
		its.closed, its.greeted = false, r == core.Retry
	}
}

// step takes one random step.
func (g *greetingWalk) step() {
	g.Helper()
	v := g.vens[g.rnd.IntN(len(g.vens))]
	its := g.gates[v.No]
	switch n := g.rnd.IntN(20); n {
	case 0, 1:
		g.steps = append(g.steps, "greet "+v.VENID)
		g.change(func(tx core.Tx, rev int64) error { return tx.Greet(v.No, rev, g.now) })
		its.greeted = true
		its.close()
	case 2:
		if g.rnd.IntN(3) == 0 {
			g.steps = append(g.steps, "ungreet "+v.VENID)
			g.ungreet(v)
			its.greeted, its.closed = false, false
		}
	case 3:
		g.steps = append(g.steps, "open "+v.VENID)
		g.change(func(tx core.Tx, rev int64) error {
			return tx.OpenOutbox(v.No, rev, []core.OutboxState{core.OutboxParked, core.OutboxIdle}[g.rnd.IntN(2)], g.now)
		})
	case 4, 5, 6:
		topic := []core.Topic{core.TopicEvents, core.TopicReports, core.TopicRegistration}[g.rnd.IntN(3)]
		g.steps = append(g.steps, "mark "+v.VENID+" "+string(topic))
		g.markTopics(v, topic)
	case 7, 8:
		g.steps = append(g.steps, "unpark "+v.VENID)
		g.unpark(v, map[int]core.Sign{7: core.SignCame, 8: core.SignHeard}[n])
	case 9:
		if c, err := g.ClaimVEN(ctx, core.TopicEvents, v.No, g.now); err == nil {
			g.steps = append(g.steps, "hand out "+v.VENID)
			g.flights = append(g.flights, c)
		}
	case 10, 11, 12:
		g.pass([]time.Duration{time.Second, core.Lease, core.Lease + core.BackoffMax}[n-10])
		g.steps = append(g.steps, "later")
	case 13, 14, 15, 16:
		if len(g.flights) > 0 {
			i := g.rnd.IntN(len(g.flights))
			c := g.flights[i]
			g.flights = slices.Delete(g.flights, i, i+1)
			g.settleOne(c, []core.Result{core.Acknowledged, core.Refused, core.Unreachable, core.Retry, core.Requeue}[g.rnd.IntN(5)])
		}
	default:
		g.claimDue()
	}
}
