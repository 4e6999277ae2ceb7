package core

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// catchUpEvery is how often catchUp looks whether time has made room.
const catchUpEvery = time.Minute

// catchUp marks VENs that have room for more events, since an event of theirs was answered,
// has ended or was told as cancelled. It runs until ctx ends.
func (f *eventFitting) catchUp(ctx context.Context) {
	for ctx.Err() == nil {
		some, err := f.lookForRoom(ctx)
		if err != nil && ctx.Err() == nil {
			f.failed(err).Msg("cannot look for VENs that are told of part of their events; check the store, trying again in a minute")
		}
		f.inPart.Store(some || err != nil)
		var next time.Time
		if f.inPart.Load() {
			next = f.clock.Now().Add(catchUpEvery)
		}
		waitUntil(ctx, f.clock, next, f.shrunk)
	}
}

// roomMade notes that VENs may have room for more events.
func (f *eventFitting) roomMade() {
	if f.inPart.Load() {
		f.shrunk.Wake()
	}
}

// lookForRoom marks VENs that have room for more. It reports whether any VEN is still told
// part of its events.
func (f *eventFitting) lookForRoom(ctx context.Context) (some bool, err error) {
	now := f.clock.Now()
	for after := int64(0); ; {
		var claims []Claim
		err := f.reg.View(ctx, func(r Reader) (err error) {
			claims, err = r.ToldInPart(after, claimBatch)
			return err
		})
		if err != nil || len(claims) == 0 {
			return some, err
		}
		some, after = true, claims[len(claims)-1].VENNo
		sets, err := f.events.eventSets(ctx, claims, now)
		if err != nil {
			return some, err
		}
		for _, c := range claims {
			if c.Settled < c.Rev { // it is due, so its push tells what fits
				continue
			}
			if err := f.moreFor(ctx, c, sets.events[c.VENNo], sets.omitted[c.VENNo], now); err != nil {
				return some, err
			}
		}
	}
}

// moreFor marks a VEN if more of its events fit, and corrects the record of those left out.
func (f *eventFitting) moreFor(ctx context.Context, c Claim, set []oadr.Event, omitted []string, now time.Time) error {
	m := oadr.DistributeEvent{RequestID: Token{c.Topic, c.VENNo, math.MaxInt64}.String(), VTNID: f.cfg.VTNID, Events: set}
	_, rest, err := f.choose(ctx, c.VENNo, f.wayTo(c), m)
	if err != nil {
		return err
	}
	ids := eventIDs(set)
	more, gone := false, map[string]bool{}
	for _, id := range omitted {
		more = more || slices.Contains(ids, id) && !slices.Contains(rest, id)
		if !slices.Contains(ids, id) {
			gone[id] = true
		}
	}
	if !more && len(gone) == 0 {
		return nil
	}
	if more {
		return f.reg.Change(ctx, func(tx Tx, rev int64) error {
			return tx.MarkVEN(TopicEvents, c.VENNo, rev, UrgencyFew, queueTime(now, now))
		})
	}
	return f.reg.Update(ctx, func(tx Tx) error { // those are gone for good; meanwhile a push may have left out others
		left, err := tx.Omitted([]int64{c.VENNo})
		if err != nil {
			return err
		}
		still := slices.DeleteFunc(left[c.VENNo], func(id string) bool { return gone[id] })
		return tx.PutOmitted(Omission{VENNo: c.VENNo, EventIDs: still, Rev: c.Rev + 1, All: true})
	})
}
