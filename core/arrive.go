package core

import (
	"context"
	"errors"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

const (
	arrivalQueue = 16384 // news of VENs waiting to be looked at
	arrivalBatch = 500   // VENs unparked at once
)

// arrival is news of somebody: a VEN was heard, or presence came.
type arrival struct {
	from  Peer
	venNo int64 // known when the VEN sent a request; -1 when it vanished
}

// Appear takes available presence of a peer. It never blocks.
func (v *VTN) Appear(from Peer) { v.arrive(arrival{from: from}) }

// Vanish takes word that nobody is at the peer's address any more. It never blocks.
func (v *VTN) Vanish(from Peer) { v.arrive(arrival{from: from, venNo: -1}) }

func (v *VTN) arrive(a arrival) (taken bool) {
	select {
	case v.arrivals <- a:
		return true
	default:
		v.metrics.ignored.WithLabelValues("news queue full").Inc()
		v.missed.Store(true)
		return false
	}
}

// meetArrivals keeps routes current and ends parking: presence or a request of
// a VEN is news; a result or an error is none.
func (v *VTN) meetArrivals(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case a := <-v.arrivals:
			var back []int64
			for more := true; more; {
				if no := v.meet(ctx, a); no != 0 {
					back = append(back, no)
				}
				more = len(back) < arrivalBatch
				if more {
					select {
					case a = <-v.arrivals:
					default:
						more = false
					}
				}
			}
			v.unpark(ctx, back)
			v.makeUpForMissed()
		}
	}
}

// makeUpForMissed asks who is there once all other news was looked at: among
// what was dropped may be that a parked VEN is back, which it may not say again.
func (v *VTN) makeUpForMissed() {
	if len(v.arrivals) > 0 || !v.missed.Swap(false) {
		return
	}
	for name := range v.transports {
		v.lookFor(search{transport: name})
	}
}

func (v *VTN) unpark(ctx context.Context, vens []int64) {
	if len(vens) == 0 {
		return
	}
	n, err := v.reg.Unpark(ctx, v.clock.Now(), vens)
	if err != nil {
		v.log.Error().Err(err).Msg("cannot end the parking of VENs that are back; that is tried again when they are heard again")
		for _, no := range vens { // so that it is news
			v.presence.forget(no)
		}
		return
	}
	if n > 0 {
		v.poke()
	}
}

// meet looks at one arrival and returns the VEN that is back, 0 for none.
func (v *VTN) meet(ctx context.Context, a arrival) int64 {
	if a.venNo > 0 {
		return a.venNo
	}
	ven, err := v.venOf(ctx, a.from)
	if err != nil || ven == nil || ven.Registration == nil {
		return 0 // an account that is no VEN
	}
	if a.venNo < 0 {
		v.presence.vanish(ven.No, a.from)
		return 0
	}
	v.presence.appear(ven.No, a.from, v.clock.Now())
	v.moveTo(ctx, ven, Route{Transport: a.from.Transport, Identity: a.from.Identity, Address: a.from.Address, Form: ven.Route.Form})
	return ven.No
}

// hear notes a request of a registered VEN: it is there, and this is where and
// how it is answered and pushed to (rules X1, X5). Of one that was known to be
// there nothing is parked; joined says that it has just registered.
func (v *VTN) hear(ctx context.Context, ven *VEN, from Peer, form oadr.Form, joined bool) {
	news := v.presence.appear(ven.No, from, v.clock.Now())
	v.moveTo(ctx, ven, Route{Transport: from.Transport, Identity: from.Identity, Address: from.Address, Form: form})
	if !news && !joined {
		return
	}
	select { // unlike presence, a request may wait: this is what makes a VEN due
	case v.arrivals <- arrival{from: from, venNo: ven.No}:
	case <-ctx.Done():
	}
}

// moveTo stores a VEN's route when it changed. A push in flight to where the
// VEN no longer is gets sent again. An account without a client is no address
// to push to (rule X5).
func (v *VTN) moveTo(ctx context.Context, ven *VEN, r Route) {
	if r.Address == r.Identity {
		return
	}
	r.SeenAt = ven.Route.SeenAt
	if r == ven.Route {
		return
	}
	r.SeenAt = v.clock.Now()
	if err := v.reg.SetRoute(ctx, ven.No, r); err != nil {
		v.log.Error().Err(err).Str("venID", ven.VENID).Msg("cannot store where a VEN is; pushes to it may go astray")
		return
	}
	if f := v.window.ven(ven.No); f != nil && f.to != r.Address && v.window.land(f.token) != nil {
		v.record(f.ends(Outcome{Result: Requeue, Error: "the VEN moved"}))
	}
}

// venOf finds the VEN a peer is, nil when it is none.
func (v *VTN) venOf(ctx context.Context, from Peer) (ven *VEN, err error) {
	err = v.reg.View(ctx, func(r Reader) error {
		ven, err = r.Sender(Identity{from.Transport, from.Identity})
		return err
	})
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	return ven, err
}
