package registry_test

import (
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// reroute has a VEN told otherwise from now on.
func (w outboxSteps) reroute(v *core.VEN, to core.Route, how core.Reached) {
	w.Helper()
	w.change(func(tx core.Tx, _ int64) error { return tx.Reroute(v.No, to, how) })
}

// A VEN is told over its new transport what it was not told over the former, whatever that
// waited for.
func TestH14RerouteEndsWaits(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		for name, wait := range map[string]core.Result{"in flight": 0, "parked": core.Unreachable, "backoff": core.Retry} {
			v := w.registered("ven-" + name)
			w.mark(v, core.UrgencyNormal)
			c := w.claimOne()
			if wait != 0 {
				w.ends(c, wait)
			}
			w.reroute(v, core.Route{Transport: "simpleHttp"}, core.ByPoll)
			w.claimNone()
			w.wantPolls(name, v, "e")
			w.reroute(v, core.Route{Transport: "xmpp", Identity: jid(v.VENID).Name, Address: jid(v.VENID).Name + "/a"}, core.ByPush)
			if c = w.claimOne(); c.Route.Address != jid(v.VENID).Name+"/a" {
				t.Errorf("%s: the route is %+v", name, c.Route)
			}
			w.ends(c, core.Acknowledged)
		}
	})
}

// A VEN that registers again by the same way is not told again of what is in flight to it: an
// answer may be on its way. What waited for the VEN is due.
func TestH14RerouteBySameWay(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		pushed, polls := core.Route{Transport: "simpleHttp", Address: "https://ven.example"}, core.Route{Transport: "simpleHttp"}
		v := w.registered("ven-1")
		v.Identities = append(v.Identities, core.Identity{Transport: "simpleHttp", Name: "AA:BB"})
		w.change(func(tx core.Tx, _ int64) error { return tx.PutVEN(v) })
		w.reroute(v, pushed, core.ByPush)
		w.mark(v, core.UrgencyNormal)
		c := w.claimOne()
		w.reroute(v, pushed, core.ByPush)
		w.claimNone()
		w.ends(c, core.Retry)
		w.claimNone()
		w.reroute(v, pushed, core.ByPush)
		w.ends(w.claimOne(), core.Acknowledged)

		w.reroute(v, polls, core.ByPoll)
		w.mark(v, core.UrgencyNormal)
		c = w.wantPolls("marked", v, "e")[0]
		w.reroute(v, polls, core.ByPoll)
		w.wantPolls("registered again", v, "")
		w.ends(c, core.Acknowledged)
		w.wantPolls("answered", v, "")
	})
}
