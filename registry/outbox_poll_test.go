package registry_test

import (
	"slices"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// polls claims what a poll takes and returns the letter of its topic, and when to poll again.
func (w outboxSteps) polls(v *core.VEN) (c core.Claim, topic string, next time.Time) {
	w.Helper()
	claim, next, err := w.ClaimPoll(ctx, v.No, w.now)
	w.must(err)
	if claim == nil {
		return c, "", next
	}
	return *claim, string(claim.Topic), next
}

// wantPolls polls until nothing is due, and checks the topics.
func (w outboxSteps) wantPolls(when string, v *core.VEN, want string) (claims []core.Claim) {
	w.Helper()
	got := ""
	for {
		c, topic, _ := w.polls(v)
		if topic == "" {
			break
		}
		claims, got = append(claims, c), got+topic
	}
	if got != want {
		w.Fatalf("%s: polls took %q, want %q", when, got, want)
	}
	return claims
}

// Rules H7 and H10: the outboxes of a VEN that polls are for its polls alone, also those made
// later; each is handed out once, until its lease is over.
func TestH7H10ClaimPoll(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v, other := w.registered("ven-1"), w.registered("ven-2")
		if _, topic, next := w.polls(v); topic != "" || !next.IsZero() {
			t.Errorf("a VEN that is pushed to got %q; the next at %s", topic, next)
		}
		w.reroute(v, core.Route{Transport: "simpleHttp"}, core.ByPoll)
		w.mark(v, core.UrgencyNormal)
		w.markAt(other, core.UrgencyNormal, w.now)
		w.change(func(tx core.Tx, rev int64) error {
			return tx.MarkVEN(core.TopicRegistration, v.No, rev, core.UrgencyCancel, w.now)
		})
		w.countDue(1)
		if c := w.claimOne(); c.VENID != "ven-2" || !w.settle(c, core.Outcome{Result: core.Acknowledged}) {
			t.Errorf("claimed %s", c.VENID)
		}
		claims := w.wantPolls("due", v, "ge")
		if c := claims[1]; c.VENID != "ven-1" || c.Urgency != core.UrgencyNormal || c.Attempts != 1 || c.Rev == 0 {
			t.Errorf("claimed %+v", c)
		}
		told := view(w, func(r core.Reader) ([]core.Claim, error) { return r.HandedOut(v.No) })
		if len(told) != 2 || told[0].Token() != claims[1].Token() && told[1].Token() != claims[1].Token() {
			t.Errorf("handed out %+v, claimed %+v", told, claims)
		}
		_, _, next := w.polls(v)
		w.within(core.Lease+core.BackoffFirst, w.now, next)
		w.now = next
		w.claimNone()
		if _, topic, _ := w.polls(v); topic == "" {
			t.Error("nothing is offered again")
		}
		w.pass(time.Hour)
		w.mark(v, core.UrgencyFew)
		w.claimNone()
		c := w.wantPolls("marked", v, "ge")[1]
		if !w.settle(c, core.Outcome{Result: core.Acknowledged}) {
			t.Error("the answer does not count")
		}
		if told := view(w, func(r core.Reader) ([]core.Claim, error) { return r.HandedOut(v.No) }); len(told) != 1 || told[0].Topic != core.TopicRegistration {
			t.Errorf("not answered are %+v", told)
		}
	})
}

// Rule H16: a VEN that polls is greeted first.
func TestH16PollIsGreetedFirst(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v := w.registered("ven-1")
		w.reroute(v, core.Route{Transport: "simpleHttp"}, core.ByPoll)
		w.change(func(tx core.Tx, rev int64) error { return tx.Greet(v.No, rev, w.now) })
		w.markTopics(v, core.TopicEvents, core.TopicReports)
		g := w.wantPolls("greeted", v, "m")[0]
		w.pass(core.Lease)
		w.wantPolls("unanswered", v, "mer")
		w.ends(g, core.Acknowledged)
		w.wantPolls("answered", v, "")
		w.pass(time.Hour)
		_, first, _ := w.polls(v) // their waits vary
		if _, second, _ := w.polls(v); first == second || first+second != "er" && first+second != "re" {
			t.Errorf("later, polls took %q and %q", first, second)
		}
	})
}

// Rules H21 and T8: a route by registration serves any certificate of the VEN, and none.
func TestH21T8RouteOutlivesARenewal(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v := w.registered("ven-1")
		named := func(names ...string) {
			t.Helper()
			v.Identities = []core.Identity{jid("ven-1")}
			for _, name := range names {
				v.Identities = append(v.Identities, core.Identity{Transport: "simpleHttp", Name: name})
			}
			w.change(func(tx core.Tx, _ int64) error { return tx.PutVEN(v) })
			got := view(w, func(r core.Reader) (map[int64][]string, error) { return r.Named([]int64{v.No}, "simpleHttp") })
			if !slices.Equal(got[v.No], names) {
				t.Errorf("named %v, want %v", got[v.No], names)
			}
		}
		address := func(want string) {
			t.Helper()
			if got := view(w, func(r core.Reader) (*core.VEN, error) { return r.VEN("ven-1") }).Route.Address; got != want {
				t.Errorf("the address is %q, want %q", got, want)
			}
		}
		named("first")
		w.reroute(v, core.Route{Transport: "simpleHttp", Address: "https://ven.example.org"}, core.ByPush)
		address("https://ven.example.org")
		named("first", "second")
		named("second")
		address("https://ven.example.org")
		named()
		address("")
	})
}

// Rule H20: a transport says how long the first wait is.
func TestH20BackoffOfAnOutcome(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v := w.registered("ven-1")
		w.mark(v, core.UrgencyNormal)
		c := w.claimOne()
		for _, want := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second} {
			w.settle(c, core.Outcome{Result: core.Retry, Backoff: time.Second})
			next, _ := w.nextDue()
			if d := next.Sub(w.now); d < want*9/10 || d > want*11/10 {
				t.Errorf("again after %s, want %s", d, want)
			}
			w.now = next
			c = w.claimOneSilent()
		}
	})
}
