package core

import (
	"context"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// pollsMissed is after how many poll intervals without a request a VEN that polls is no
// longer online.
const pollsMissed = 3

// requesting returns the [Requesting] transport of that name, nil if it is none.
func (c *common) requesting(transport string) Requesting {
	t, _ := c.transports[transport].(Requesting)
	return t
}

// pushAddress is where a registration over a [Requesting] transport wants pushes; empty:
// the VEN polls. What some VENs write for no address is none (rule H14).
func (r *Registration) pushAddress() string {
	if r.HTTPPull || r.Address == "None" {
		return ""
	}
	return r.Address
}

// polls reports whether the VEN is told when it asks.
func (v *VEN) polls() bool { return v.Registration != nil && v.Registration.HTTPPull }

// reroute has a VEN that registers reached over the transport of its registration from now
// on. Over a [Requesting] one the registered address is the truth (rule H21), so it is
// stored with the registration. Of others only the first move away from such a transport
// matters here; arrivals.moveTo stores the rest.
func (c *common) reroute(tx RegistrationWriter, ven *VEN, from Peer, form oadr.Form, now time.Time) error {
	r := ven.Registration
	to, how := from.route(form), ByPush
	switch {
	case c.requesting(r.Transport) != nil:
		to = Route{Transport: r.Transport, Address: r.pushAddress(), Form: to.Form}
		if r.HTTPPull {
			how = ByPoll
		}
	case ven.Route.Transport == "" || ven.Route.Transport == r.Transport:
		return nil
	}
	to.SeenAt = ven.Route.SeenAt
	if from.Identity != "" { // otherwise the operator's entry makes the registration, and the VEN was not heard (rule A4)
		to.SeenAt = now
	}
	ven.Route = to
	return tx.Reroute(ven.No, to, how)
}

// heardRequest notes a request over a [Requesting] transport. A poll never writes: only
// another request tells the form of pushes (rule X1). It reports whether the VEN is
// back, see [presence.ask]. A registration says more, which arrivals.join notes.
func (in *arrivals) heardRequest(ctx context.Context, ven *VEN, from Peer, p *oadr.Payload) (came bool) {
	if _, registers := p.Message.(*oadr.CreatePartyRegistration); registers {
		return false
	}
	came = in.presence.ask(ven, from.Transport, in.clock.Now())
	r := ven.Registration
	if r == nil || r.Transport != from.Transport || r.pushAddress() == "" {
		return false // nothing waits for it to be heard
	}
	to := Route{Transport: r.Transport, Address: r.pushAddress(), Form: from.route(p.Form).Form, SeenAt: ven.Route.SeenAt}
	if _, polls := p.Message.(*oadr.Poll); !polls && to != ven.Route {
		to.SeenAt = in.clock.Now()
		if err := in.reg.SetRoutes(ctx, map[int64]Route{ven.No: to}); err != nil {
			in.failed(err).Str("venID", ven.VENID).Msg("cannot store in which form a VEN speaks; pushes keep the former")
		}
	}
	return came
}

// turned gives up pushes in flight to a VEN that has just registered over a [Requesting]
// transport, unless they went to the address that it registered. The registration made
// them due.
func (in *arrivals) turned(ven *VEN) {
	in.presence.turn(ven.No)
	for _, topic := range Topics {
		f := in.window.to(topic, ven.No)
		if f == nil || f.requesting && f.to == ven.Registration.pushAddress() {
			continue
		}
		if in.window.land(f.token) != nil {
			in.settler.record(f.ends(Outcome{Result: Requeue, Error: "the VEN moved"}))
		}
	}
}
