package core

import (
	"context"
	"sync/atomic"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// arrivals keeps up to date what is known of where VENs are.
type arrivals struct {
	*common
	presence   *presence
	window     *window
	searches   *searches
	settler    *settler
	dispatcher *dispatcher

	queue  chan arrival
	missed atomic.Bool // an arrival was dropped, or could not be looked at
}

const (
	arrivalQueue = 16384 // arrivals that wait
	arrivalBatch = 500   // arrivals looked at together
)

// arrival says that a peer came, left or was heard.
type arrival struct {
	what  arrivalKind
	from  Peer
	word  uint64  // its number, see [presence]
	venNo int64   // of arrivalBack and arrivalReturned alone, which have no peer
	vens  []int64 // of arrivalConnected alone
}

// arrivalKind is what happened.
type arrivalKind uint8

const (
	arrivalAppeared  arrivalKind = iota // presence came
	arrivalVanished                     // nobody is at an address any more
	arrivalSpoke                        // a push was answered in OpenADR from an address where the VEN had not spoken
	arrivalBack                         // a VEN may be pushed to again
	arrivalReturned                     // a VEN sent a request after a long silence; it has no presence
	arrivalConnected                    // these VENs waited for their transport
)

// Appear notes available presence of a peer. It never blocks.
func (in *arrivals) Appear(from Peer) {
	in.arrive(arrival{what: arrivalAppeared, from: from, word: in.presence.word()})
}

// Vanish notes that nobody is at the peer's address any more. It never blocks.
func (in *arrivals) Vanish(from Peer) {
	in.arrive(arrival{what: arrivalVanished, from: from, word: in.presence.word()})
}

func (in *arrivals) arrive(a arrival) (taken bool) {
	select {
	case in.queue <- a:
		return true
	default:
		in.metrics.ignored.WithLabelValues("news queue full").Inc()
		in.missed.Store(true)
		return false
	}
}

// meetArrivals looks at arrivals and ends the parking of VENs that came, until ctx ends.
// It looks at many arrivals together, so a crowd that comes back costs a few
// transactions.
func (in *arrivals) meetArrivals(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case a := <-in.queue:
			batch := []arrival{a}
			for more := true; more && len(batch) < arrivalBatch; {
				select {
				case a := <-in.queue:
					batch = append(batch, a)
				default:
					more = false
				}
			}
			came, back := in.meet(ctx, batch)
			in.unpark(ctx, came, SignCame)
			in.unpark(ctx, back, SignHeard)
			in.makeUpForMissed()
		}
	}
}

// makeUpForMissed asks who is there, once all other arrivals were looked at. A parked VEN
// may be among those dropped, and it may not send its presence again.
func (in *arrivals) makeUpForMissed() {
	if len(in.queue) > 0 || !in.missed.Swap(false) {
		return
	}
	for name := range in.transports {
		in.searches.lookFor(search{transport: name})
	}
}

// unpark makes what is parked for these VENs due. If they came, pushes in flight may be
// lost with their former session, so these are due again, too.
func (in *arrivals) unpark(ctx context.Context, vens []int64, sign Sign) {
	if len(vens) == 0 {
		return
	}
	n, err := in.reg.Unpark(ctx, in.clock.Now(), vens, sign)
	if err != nil {
		in.failed(err).Msg("cannot end the parking of VENs that are back; that is tried again when they are heard again")
		for _, no := range vens { // so that the next word from it counts as an arrival
			in.presence.forget(no)
		}
		return
	}
	if n > 0 {
		in.dispatcher.poke()
	}
}

// meet looks at arrivals in order. It returns the VENs that came, and those that may be
// pushed to again for another reason.
func (in *arrivals) meet(ctx context.Context, batch []arrival) (came, back []int64) {
	var ids []Identity
	for _, a := range batch {
		if a.what < arrivalBack {
			ids = append(ids, Identity{a.from.Transport, a.from.Identity})
		}
	}
	vens, err := in.vensOf(ctx, ids)
	if err != nil {
		if ctx.Err() == nil {
			in.failed(err).Int("arrivals", len(ids)).Msg("cannot read which VENs came or left; it is asked who is there")
			in.missed.Store(true)
		}
		vens = nil
	}
	now := in.clock.Now()
	var moves []move
	var anew []int64
	for _, a := range batch {
		switch a.what {
		case arrivalBack:
			back = append(back, a.venNo)
			continue
		case arrivalReturned:
			came = append(came, a.venNo)
			continue
		case arrivalConnected:
			came = append(came, a.vens...)
			continue
		}
		ven := vens[Identity{a.from.Transport, a.from.Identity}]
		if ven == nil || !ven.minded() {
			continue
		}
		switch a.what {
		case arrivalAppeared: // says that somebody is there, not that it is the VEN (rule X5)
			if first := in.presence.appear(ven, a.from, a.word, now); first && ven.speaks(oadr.Profile20a) {
				anew = append(anew, ven.No) // A5
			}
			came = append(came, ven.No)
			if ven.Route.Address == "" { // its identities changed: no better address is known
				moves = append(moves, move{ven, a.heard(ven)})
			}
		case arrivalVanished:
			if in.presence.vanish(ven.No, a.from, a.word) {
				in.searches.lookFor(search{a.from.Transport, a.from.Identity})
			}
		case arrivalSpoke:
			moves = append(moves, move{ven, a.heard(ven)})
		}
	}
	in.moveTo(ctx, moves...)
	in.tellAnew(ctx, anew)
	return came, back
}

// heard returns the route to where a VEN was heard. Only a request tells the form and
// the stanza, so these stay.
func (a arrival) heard(ven *VEN) Route {
	to := a.from.route(ven.Route.Form)
	to.Stanza = ven.Route.Stanza
	return to
}

// minded reports whether it matters where the VEN is, since there may be something to
// tell it.
func (v *VEN) minded() bool { return v.Registration != nil || v.Owed }

// hear notes a request of a VEN. If the VEN was not known to be there, its parking ends.
func (in *arrivals) hear(ctx context.Context, ven *VEN, from Peer, p *oadr.Payload) {
	switch {
	case in.requesting(from.Transport) != nil:
		if came := in.heardRequest(ctx, ven, from, p); came {
			in.queued(ctx, arrival{what: arrivalReturned, venNo: ven.No})
		}
	case in.note(ctx, ven, from, p.Form):
		in.endParking(ctx, ven)
	}
}

// join notes the registration of a VEN and ends its parking.
func (in *arrivals) join(ctx context.Context, ven *VEN, from Peer, form oadr.Form) {
	if in.requesting(from.Transport) != nil {
		in.presence.ask(ven, from.Transport, in.clock.Now())
		in.turned(ven)
	} else {
		in.note(ctx, ven, from, form)
	}
	in.endParking(ctx, ven)
}

// note has a VEN pushed to at that address and in that form from now on (rules X1, X5). It
// reports whether the VEN was not known to be there.
func (in *arrivals) note(ctx context.Context, ven *VEN, from Peer, form oadr.Form) (came bool) {
	came = in.presence.speak(ven, from, in.presence.word(), in.clock.Now())
	in.moveTo(ctx, move{ven, from.route(form)})
	return came
}

// endParking queues the end of a VEN's parking.
func (in *arrivals) endParking(ctx context.Context, ven *VEN) {
	in.queued(ctx, arrival{what: arrivalBack, venNo: ven.No})
}

// queued queues an arrival. Unlike presence, a request may wait for room in the queue.
func (in *arrivals) queued(ctx context.Context, a arrival) {
	select {
	case in.queue <- a:
	case <-ctx.Done():
	}
}

// route returns where and how a peer was heard. Of the form only the root matters: the
// VEN's profile and registration say the rest, whatever its last request was.
func (p Peer) route(form oadr.Form) Route {
	return Route{Transport: p.Transport, Identity: p.Identity, Address: p.Address, Form: oadr.Form{Root: form.Root}, Stanza: p.Stanza}
}

// move says where a VEN is now.
type move struct {
	ven *VEN
	to  Route
}

// moveTo stores the routes that changed; of several for one VEN the last counts. A push
// in flight to another address is due again. An identity without a client is no address
// to push to (rule X5).
func (in *arrivals) moveTo(ctx context.Context, moves ...move) {
	spoke := map[int64]string{}
	routes := map[int64]Route{}
	for _, m := range moves {
		if m.to.Address == m.to.Identity {
			continue
		}
		if r := m.ven.Registration; r != nil && r.Transport != m.to.Transport {
			continue // it registered over another transport, and is told over that one
		}
		spoke[m.ven.No] = m.to.Address
		if m.to.SeenAt = m.ven.Route.SeenAt; m.to == m.ven.Route {
			delete(routes, m.ven.No)
			continue
		}
		m.to.SeenAt = in.clock.Now()
		routes[m.ven.No] = m.to
	}
	if len(routes) > 0 {
		if err := in.reg.SetRoutes(ctx, routes); err != nil {
			in.failed(err).Str("venID", moves[0].ven.VENID).Int("vens", len(routes)).Msg("cannot store where VENs are; pushes to them may go astray")
			return
		}
	}
	for no, address := range spoke {
		for _, topic := range Topics {
			if f := in.window.to(topic, no); f != nil && f.to != address && in.window.land(f.token) != nil {
				in.settler.record(f.ends(Outcome{Result: Requeue, Error: "the VEN moved"}))
			}
		}
	}
}

// vensOf finds the VENs that these identities are. It leaves out those that are none.
func (in *arrivals) vensOf(ctx context.Context, ids []Identity) (vens map[Identity]*VEN, err error) {
	if len(ids) == 0 {
		return nil, nil
	}
	err = in.reg.View(ctx, func(r Reader) error {
		vens, err = r.Senders(ids)
		return err
	})
	return vens, err
}
