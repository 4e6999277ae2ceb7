package core

import (
	"context"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/internal/wake"
)

// dispatcher claims what is due and pushes it.
type dispatcher struct {
	*common
	sources     sources
	room        partTeller
	connections *connections
	presence    *presence
	window      *window
	fanOuts     *fanOuts
	settler     *settler
	due         wake.Signal // something may be due

	// Only the goroutine that dispatches uses these.
	payload []byte        // the room of the last payload
	waits   time.Duration // how long it last waited for a store that failed
}

// poke wakes the dispatcher. It never blocks.
func (d *dispatcher) poke() { d.due.Wake() }

// claimBatch is the number of VENs that one claim takes at most. The first ones are pushed
// to while the next are claimed.
const claimBatch = 250

// startGrace is how long the start waits for all transports to connect. Otherwise what is
// due over one that connects later would be claimed in vain, with each start.
const startGrace = 10 * time.Second

// dispatch claims what is due, pushes it, and waits until it is woken or the next
// repetition is due, until ctx ends. Commits and outcomes wake it, so only repetitions
// wait for the clock.
func (d *dispatcher) dispatch(ctx context.Context) {
	grace := d.clock.Now().Add(startGrace)
	var seen time.Time // the latest time so far by the wall clock, which can go back
	for ctx.Err() == nil {
		now := d.clock.Now().Round(0)
		if seen.IsZero() || now.Before(seen) {
			d.rewind(ctx, now)
		}
		seen = now
		if now.Before(grace) && d.connections.awaits(d.transports) {
			waitUntil(ctx, d.clock, grace, d.due)
			continue
		}
		waitUntil(ctx, d.clock, d.pump(ctx), d.due)
	}
}

// rewind ends waits that are too long since the clock was set back.
func (d *dispatcher) rewind(ctx context.Context, now time.Time) {
	if err := d.reg.Rewind(ctx, now); err != nil && ctx.Err() == nil {
		d.failed(err).Msg("cannot look for waits that are too long; check the store")
	}
}

// pump pushes until nothing is due or the window is full. It returns when there may be
// more; zero means when woken.
func (d *dispatcher) pump(ctx context.Context) time.Time {
	for d.connections.anyConnected() {
		known := d.fanOuts.known()
		now := d.clock.Now()
		next := d.settleUnowed(now) // when the first of what cannot be pushed now can be
		due, err := d.reg.NextDue(ctx)
		if err != nil {
			return d.storeFailed(ctx, err)
		}
		later := func(at time.Time) {
			if next.IsZero() || at.Before(next) {
				next = at
			}
		}
		pushed, full := false, false
		for i, kind := range due {
			if kind.At.After(now) {
				later(kind.At)
				continue
			}
			room, wait := d.window.room(kind.ClaimKind, now)
			if room == 0 {
				full = full || !kind.Silent
				later(now.Add(wait))
				continue
			}
			n := shareOf(due[i:], room)
			claims, err := d.reg.Claim(ctx, kind.ClaimKind, now, n)
			d.window.claimed(len(claims) == n)
			if err == nil {
				err = d.pushAll(ctx, claims)
			}
			if err != nil {
				return d.storeFailed(ctx, err)
			}
			switch len(claims) {
			case 0: // another replica took it
				later(now.Add(time.Millisecond))
			case room:
				d.window.filled(kind.ClaimKind)
				fallthrough
			default:
				pushed = true
			}
		}
		d.waits = 0
		if pushed {
			continue
		}
		if !full {
			d.window.claimed(false)
			d.fanOuts.claimed(known)
		}
		return next
	}
	return time.Time{}
}

// shareOf returns how many of the first kind that is due are claimed at once.
func shareOf(due []Due, room int) int {
	if len(due) > 1 && due[0].Urgency == UrgencyFew && due[1].Urgency == UrgencyNormal {
		room = (room + 1) / 2 // so that many small changes do not hold up a large one for ever
	}
	return min(room, claimBatch)
}

// How long the dispatcher waits after the store failed. The wait doubles each time.
const (
	storeWait    = time.Second
	storeWaitMax = 5 * time.Second
)

func (d *dispatcher) storeFailed(ctx context.Context, err error) time.Time {
	d.waits = min(max(2*d.waits, storeWait), storeWaitMax)
	if ctx.Err() == nil {
		d.failed(err).Msg("cannot read what is due; check the store, trying again")
	}
	return d.clock.Now().Add(d.waits)
}
