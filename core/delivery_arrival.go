package core

import (
	"context"
	"sync/atomic"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// arrivals keeps what is known of where VENs are current.
type arrivals struct {
	*common
	presence   *presence
	window     *window
	searches   *searches
	settler    *settler
	dispatcher *dispatcher

	queue  chan arrival
	missed atomic.Bool // one was dropped
}

const (
	arrivalQueue = 16384 // news of VENs waiting to be looked at
	arrivalBatch = 500   // of them looked at together
)

// arrival is news of somebody.
type arrival struct {
	what  arrivalKind
	from  Peer
	word  uint64 // its number, see [presence]
	venNo int64  // known where the VEN is back
}

// arrivalKind is what there is news of.
type arrivalKind uint8

const (
	arrivalAppeared arrivalKind = iota // presence came
	arrivalVanished                    // word that nobody is at an address any more
	arrivalSpoke                       // a push was answered in OpenADR from where the VEN had not spoken
	arrivalBack                        // a VEN may be pushed to again
)

// Appear takes available presence of a peer. It never blocks.
func (in *arrivals) Appear(from Peer) {
	in.arrive(arrival{what: arrivalAppeared, from: from, word: in.presence.word()})
}

// Vanish takes word that nobody is at the peer's address any more. It never blocks.
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

// meetArrivals keeps what is known of VENs current and ends parking: presence or a request of
// a VEN is news; a result or an error is none. When there is much news, it is
// looked at together: a crowd that comes back costs a few transactions.
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
			in.unpark(ctx, came, true)
			in.unpark(ctx, back, false)
			in.makeUpForMissed()
		}
	}
}

// makeUpForMissed asks who is there once all other news was looked at: among
// what was dropped may be that a parked VEN is back, which it may not say again.
func (in *arrivals) makeUpForMissed() {
	if len(in.queue) > 0 || !in.missed.Swap(false) {
		return
	}
	for name := range in.transports {
		in.searches.lookFor(search{transport: name})
	}
}

// unpark makes what waits for news of these VENs due; where they came, what went
// out before may be lost with the session they had then.
func (in *arrivals) unpark(ctx context.Context, vens []int64, came bool) {
	if len(vens) == 0 {
		return
	}
	n, err := in.reg.Unpark(ctx, in.clock.Now(), vens, came)
	if err != nil {
		in.failed(err).Msg("cannot end the parking of VENs that are back; that is tried again when they are heard again")
		for _, no := range vens { // so that it is news
			in.presence.forget(no)
		}
		return
	}
	if n > 0 {
		in.dispatcher.poke()
	}
}

// meet looks at news in the order it came and returns the VENs that came, and
// those that are back otherwise.
func (in *arrivals) meet(ctx context.Context, batch []arrival) (came, back []int64) {
	var ids []Identity
	for _, a := range batch {
		if a.what != arrivalBack {
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
	for _, a := range batch {
		if a.what == arrivalBack {
			back = append(back, a.venNo)
			continue
		}
		ven := vens[Identity{a.from.Transport, a.from.Identity}]
		if ven == nil || !ven.minded() { // an account that is no VEN
			continue
		}
		switch a.what {
		case arrivalAppeared: // says that somebody is there, not that it is the VEN (rule X5)
			in.presence.appear(ven, a.from, a.word, now)
			came = append(came, ven.No)
			if ven.Route.Address == "" { // its account has changed: nothing better is known
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
	return came, back
}

// heard is the route to where a VEN was heard. Only a request says how it speaks.
func (a arrival) heard(ven *VEN) Route {
	to := a.from.route(ven.Route.Form)
	to.Stanza = ven.Route.Stanza
	return to
}

// minded says whether it matters where the VEN is: there may be something to
// tell it.
func (v *VEN) minded() bool { return v.Registration != nil || v.Owed }

// hear notes a request of a VEN that is minded: it is there, and this is where and
// how it is answered and pushed to (rules X1, X5). Of one that was known to be
// there nothing is parked; joined says that it has just registered.
func (in *arrivals) hear(ctx context.Context, ven *VEN, from Peer, form oadr.Form, joined bool) {
	came := in.presence.speak(ven, from, in.presence.word(), in.clock.Now())
	in.moveTo(ctx, move{ven, from.route(form)})
	if !came && !joined {
		return
	}
	select { // unlike presence, a request may wait: this is what makes a VEN due
	case in.queue <- arrival{what: arrivalBack, venNo: ven.No}:
	case <-ctx.Done():
	}
}

// route is where and how a peer was heard.
func (p Peer) route(form oadr.Form) Route {
	return Route{Transport: p.Transport, Identity: p.Identity, Address: p.Address, Form: form, Stanza: p.Stanza}
}

// move is word of where a VEN is now.
type move struct {
	ven *VEN
	to  Route
}

// moveTo stores the routes that changed, the last of each VEN. A push in flight
// to where the VEN did not speak is sent again. An account without a client is no
// address to push to (rule X5).
func (in *arrivals) moveTo(ctx context.Context, moves ...move) {
	spoke := map[int64]string{}
	routes := map[int64]Route{}
	for _, m := range moves {
		if m.to.Address == m.to.Identity {
			continue
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

// venOf finds the VEN a peer is, nil when it is none.
func (in *arrivals) venOf(ctx context.Context, from Peer) (*VEN, error) {
	id := Identity{from.Transport, from.Identity}
	vens, err := in.vensOf(ctx, []Identity{id})
	return vens[id], err
}

// vensOf finds the VENs that identities are; those that are none are left out.
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
