package core

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// claimBatch is how many VENs one claim takes at most.
const claimBatch = 500

// dispatch is the pump: claim what is due, push it, wait for a reason to look
// again. A commit or an outcome pokes it, so nothing waits for a clock but what
// is to be repeated later.
func (v *VTN) dispatch(ctx context.Context) {
	var seen time.Time // the last moment so far, by the wall clock: it can go back
	for ctx.Err() == nil {
		now := v.clock.Now().Round(0)
		if seen.IsZero() || now.Before(seen) {
			v.rewind(ctx, now)
		}
		seen = now
		next := v.pump(ctx)
		if next.IsZero() {
			select {
			case <-ctx.Done():
			case <-v.wake:
			}
			continue
		}
		timer, stop := v.clock.After(next.Sub(v.clock.Now()))
		if v.clock.Now().Before(next) { // else it came while the timer was set
			select {
			case <-ctx.Done():
			case <-v.wake:
			case <-timer:
			}
		}
		stop()
	}
}

// rewind ends waits that the clock, set back since they began, made too long.
func (v *VTN) rewind(ctx context.Context, now time.Time) {
	if err := v.reg.Rewind(ctx, now); err != nil && ctx.Err() == nil {
		v.log.Error().Err(err).Msg("cannot look for waits that are too long; check the store")
	}
}

// pump pushes until nothing is due or the window is full, and says when there
// may be more; zero is when poked.
func (v *VTN) pump(ctx context.Context) time.Time {
	began := v.clock.Now()
	var room time.Time // when a full window has room again
	for _, silent := range []bool{false, true} {
		for urgency := range Urgencies {
			for v.anyConnected() {
				now := v.clock.Now()
				n, wait := v.window.free(silent, now)
				if n == 0 {
					if at := now.Add(wait); room.IsZero() || at.Before(room) {
						room = at
					}
					break
				}
				n = min(n, claimBatch)
				claims, err := v.reg.Claim(ctx, TopicEvents, urgency, silent, now, n)
				if err != nil {
					return v.storeFailed(ctx, err)
				}
				if err := v.pushAll(ctx, claims); err != nil {
					return v.storeFailed(ctx, err)
				}
				if len(claims) < n {
					break
				}
			}
		}
	}
	switch {
	case !v.anyConnected():
		return time.Time{}
	case !room.IsZero():
		return room
	}
	due, ok, err := v.reg.NextDue(ctx, TopicEvents)
	switch {
	case err != nil:
		return v.storeFailed(ctx, err)
	case !ok:
		return time.Time{}
	}
	if !due.After(began) { // another replica has it, or it came due just now
		return v.clock.Now().Add(time.Millisecond)
	}
	return due
}

func (v *VTN) storeFailed(ctx context.Context, err error) time.Time {
	if ctx.Err() == nil {
		v.log.Error().Err(err).Msg("cannot read what is due; check the store, trying again")
	}
	return v.clock.Now().Add(time.Second)
}

// pushAll builds the payload of each claim from current state and hands it to
// its transport. Claim first, read afterwards: a payload may be newer than its
// claim, never older.
func (v *VTN) pushAll(ctx context.Context, claims []Claim) error {
	if len(claims) == 0 {
		return nil
	}
	now := v.clock.Now()
	sets, err := v.eventSets(ctx, claims, now)
	if err != nil {
		return err
	}
	for _, c := range claims {
		v.push(ctx, c, sets[c.VENNo], now)
	}
	if len(claims) > 1 {
		v.log.Debug().Int("vens", len(claims)).Msg("pushed events")
	}
	return nil
}

func (v *VTN) push(ctx context.Context, c Claim, events []oadr.Event, now time.Time) {
	t := v.transports[c.Route.Transport]
	if t == nil || c.Route.Address == "" {
		return // never heard from so far; the claim comes back after its lease
	}
	by := Identity{c.Route.Transport, c.Route.Identity}
	payload := oadr.Append(nil, c.form(), &oadr.DistributeEvent{RequestID: c.Token().String(), VTNID: v.cfg.VTNID, Events: events})
	if len(payload) > v.cfg.MaxPayload {
		// A server that gets more than it takes ends the stream, for all VENs.
		v.record(Settlement{Token: c.Token(), By: by, Outcome: Outcome{Result: Refused,
			Error: fmt.Sprintf("not sent: its %d events make a payload of %d bytes, VTN_MAX_PAYLOAD is %d", len(events), len(payload), v.cfg.MaxPayload)}})
		return
	}
	f := &flight{token: c.Token(), by: by, to: c.Route.Address, at: now, silent: c.Attempts > 1}
	v.window.start(f) // before the push: the answer may be faster than this goroutine
	err := t.Push(ctx, Push{Token: c.Token(), To: c.Route.Address, Bytes: payload})
	if err != nil {
		if v.window.land(c.Token()) != nil {
			v.record(Settlement{Token: c.Token(), By: by, Outcome: Outcome{Result: retryOf(err), Error: err.Error()}})
		}
		return
	}
	v.metrics.pushes.WithLabelValues("sent").Inc()
	v.log.Debug().Str("venID", c.VENID).Str("requestID", c.Token().String()).Int("events", len(events)).Int("attempt", c.Attempts).Msg("pushed")
}

// retryOf says when to repeat a push the transport did not take.
func retryOf(err error) Result {
	if errors.Is(err, ErrNotConnected) {
		return Requeue // claims stop until it is back
	}
	return Retry
}

// form is how the VEN is written to: as the operator set, or as it last spoke.
func (c Claim) form() oadr.Form {
	if c.PayloadRoot != "" {
		if f, err := oadr.ParseForm(c.PayloadRoot); err == nil {
			return f
		}
	}
	return c.Route.Form
}
