package core_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// crowded is a VEN with days of prices that all were told, and a VTN that now
// takes payloads of so many bytes.
func crowded(t *testing.T, days, maxPayload int) (*rig, core.Peer) {
	t.Helper()
	r := start(t, func(c *core.Config) { c.MaxPayload = 1_000_000 })
	ven := r.join("ven1")
	for day := range days {
		r.create(prices(day+1, venIDs("ven1")...))
		p := <-r.wire.pushes
		r.Settle(ven, p.Token, core.Outcome{Result: core.Acknowledged})
		r.waitFor(func() bool { return r.status(prices(day+1).EventID, "ven1").Delivery == core.DeliveryAcknowledged })
	}
	r.cfg.MaxPayload = maxPayload
	r.restart()
	r.Appear(ven)
	return r, ven
}

func TestE25ToldInPartAndTheRestLater(t *testing.T) {
	r, ven := crowded(t, 4, 262_144)
	ack := core.Outcome{Result: core.Acknowledged}

	// A cancellation gets through; the farthest are left out.
	r.cancel("day1")
	p := r.wantPart("day1 cancelled", "day2 far")
	r.wantLeftOut("ven1", "day3", "day4")
	r.Settle(ven, p.Token, ack)
	r.wantDelivery(&core.Event{EventSpec: core.EventSpec{EventID: "day2"}}, "ven1", core.DeliveryAcknowledged)
	// Told of the cancellation, the VEN can do without it: the next goes first.
	p = r.wantPart("day2 far", "day3 far")
	r.wantLeftOut("ven1", "day4")
	if s := r.status("day1", "ven1"); s.Delivery != core.DeliveryAcknowledged || s.LeftOut {
		t.Errorf("the cancellation it was told is shown as %+v", s)
	}
	r.Settle(ven, p.Token, ack)
	r.wantDelivery(&core.Event{EventSpec: core.EventSpec{EventID: "day3"}}, "ven1", core.DeliveryAcknowledged)
	if got := ids(r.set(ven)); !slices.Equal(got, []string{"day2", "day3"}) {
		t.Errorf("asked for, it is told %v", got)
	}
	if h := r.history("day4", "ven1"); len(h) != 2 || h[1].What != core.HistoryAcknowledged || h[1].ModificationNumber != 0 {
		t.Errorf("history of what it held before: %+v", h)
	}

	// When time has made room, the rest comes.
	r.clock.AwaitWait(t, time.Minute)
	r.clock.Move(72 * time.Hour) // the end of day 2
	p = r.wantPart("day3 active", "day4 far")
	r.Settle(ven, p.Token, ack)
	r.wantDelivery(&core.Event{EventSpec: core.EventSpec{EventID: "day4"}}, "ven1", core.DeliveryAcknowledged)
	r.wantLeftOut("ven1")
	if s := r.status("day4", "ven1"); s.LeftOut || s.LastError != "" {
		t.Errorf("told, it is shown as %+v", s)
	}
	r.quiet()
}

// What alone is more than a message holds is cancelled all the same.
func TestE25CancellationAlwaysGetsThrough(t *testing.T) {
	r, ven := crowded(t, 3, 50_000)
	for _, day := range []string{"day1", "day2"} {
		r.cancel(day)
	}
	for told := []string{}; len(told) < 2; {
		p, d := r.pushedEvents()
		if len(p.Bytes) > r.cfg.MaxPayload {
			t.Errorf("the push has %d bytes", len(p.Bytes))
		}
		for _, e := range d.Events {
			if e.Descriptor.Status != oadr.StatusCancelled || len(e.Signals) != 1 || len(e.Signals[0].Intervals) != 1 || e.Signals[0].Intervals[0].Duration != e.ActivePeriod.Duration {
				t.Errorf("told %+v", e)
			}
			if !slices.Contains(told, e.Descriptor.EventID) {
				told = append(told, e.Descriptor.EventID)
			}
			must[response](r, ven, answer("ven1", p.Token.String(), e.Descriptor.EventID, e.Descriptor.ModificationNumber, "optIn"))
		}
	}
	r.wantLeftOut("ven1", "day3")
}

// Nothing is no message: it would withdraw what the VEN holds. When more is
// allowed, the VEN is told by itself.
func TestE25NothingFits(t *testing.T) {
	r, ven := crowded(t, 2, 50_000)
	if _, err := r.ModifyVEN(t.Context(), "ven1", func(v *core.VEN) error { v.Groups = []string{"any"}; return nil }); err != nil {
		t.Fatal(err)
	}
	r.waitFor(func() bool { v, _ := r.VEN(t.Context(), "ven1"); return len(v.LeftOut) == 2 })
	r.wantLeftOut("ven1", "day1", "day2")
	r.quiet()
	r.cfg.MaxPayload = 262_144
	r.restart()
	r.Appear(ven)
	p := r.wantPart("day1 far", "day2 far")
	r.Settle(ven, p.Token, core.Outcome{Result: core.Acknowledged})
	r.wantDelivery(&core.Event{EventSpec: core.EventSpec{EventID: "day1"}}, "ven1", core.DeliveryAcknowledged)
	r.wantLeftOut("ven1")
}

// What another process leaves out, while this one sees that time has passed over
// what was left out before, stays left out.
func TestE25LeftOutMeanwhile(t *testing.T) {
	r := start(t, func(c *core.Config) { c.MaxPayload = 1_000_000 })
	ven := r.join("ven1")
	small := simple(venIDs("ven1")...)
	small.EventID, small.Start = "small", t0.Add(30*24*time.Hour)
	for _, e := range []core.EventSpec{small, prices(1, venIDs("ven1")...), prices(2, venIDs("ven1")...)} {
		r.create(e)
		p := <-r.wire.pushes
		r.Settle(ven, p.Token, core.Outcome{Result: core.Acknowledged})
		r.waitFor(func() bool { return r.status(e.EventID, "ven1").Delivery == core.DeliveryAcknowledged })
	}
	r.cfg.MaxPayload = 50_000
	r.restart()
	r.Appear(ven)
	of, err := r.ModifyVEN(t.Context(), "ven1", func(v *core.VEN) error { v.Groups = []string{"any"}; return nil })
	if err != nil {
		t.Fatal(err)
	}
	p := r.wantPart("small far")
	r.Settle(ven, p.Token, core.Outcome{Result: core.Acknowledged})
	r.wantDelivery(&core.Event{EventSpec: small}, "ven1", core.DeliveryAcknowledged)
	r.wantLeftOut("ven1", "day1", "day2")
	r.clock.AwaitWait(t, time.Minute)
	r.between.set(func() {
		err := r.reg.Change(t.Context(), func(tx core.Tx, rev int64) error {
			return tx.PutOmitted(core.Omission{VENNo: of.No, EventIDs: []string{"day1", "day2", "small"}, Rev: rev, All: true})
		})
		if err != nil {
			t.Error(err)
		}
	})
	r.clock.Move(49 * time.Hour) // the end of day 1
	r.waitFor(func() bool {
		v, err := r.VEN(t.Context(), "ven1")
		return err == nil && !slices.Contains(v.LeftOut, "day1")
	})
	v, err := r.VEN(t.Context(), "ven1")
	if err != nil || !slices.Equal(v.LeftOut, []string{"day2", "small"}) {
		t.Errorf("left out are %q, %v", v.LeftOut, err)
	}
}

// The cancellation of what a VEN never knew is what it can best do without.
func TestE25CancelledBeforeItWasTold(t *testing.T) {
	r, ven := crowded(t, 3, 1_000_000)
	r.create(prices(4, venIDs("ven1")...))
	p := <-r.wire.pushes
	r.Settle(ven, p.Token, core.Outcome{Result: core.Unreachable})
	r.waitFor(func() bool { return r.status("day4", "ven1").Delivery == core.DeliveryUnreachable })
	r.cancel("day4")
	r.cancel("day1")
	r.cfg.MaxPayload = 262_144
	r.restart()
	r.Appear(ven)
	p = r.wantPart("day1 cancelled", "day2 far")
	r.wantLeftOut("ven1", "day3", "day4")
	must[response](r, ven, answer("ven1", p.Token.String(), "day1", 1, "optIn"))
	r.wantPart("day2 far", "day3 far")
	r.wantLeftOut("ven1", "day4")
}

// How a VEN is written to can leave less room than the payload's limit does; what
// is asked for is told in part, too.
func TestE25RoomInAStanza(t *testing.T) {
	r := start(t)
	r.wire.most.Store(200_000)
	ven := r.join("ven1")
	ven.Stanza = "body"
	must[response](r, ven, &oadr.Poll{VENID: "ven1"})
	r.waitFor(func() bool { v, _ := r.VEN(t.Context(), "ven1"); return v.Route.Stanza == "body" })
	r.create(prices(1, venIDs("ven1")...))
	_, err := r.CreateEvent(t.Context(), prices(2, venIDs("ven1")...), "test")
	full(t, err, "ven1 19", "of 180000")

	ven.Stanza = ""
	must[response](r, ven, &oadr.Poll{VENID: "ven1"})
	r.waitFor(func() bool { v, _ := r.VEN(t.Context(), "ven1"); return v.Route.Stanza == "" })
	r.create(prices(2, venIDs("ven1")...))
	r.wire.most.Store(150_000)
	ven.Stanza = "body"
	if got := ids(r.set(ven)); !slices.Equal(got, []string{"day1"}) {
		t.Errorf("asked for, it is told %v", got)
	}
	r.wantLeftOut("ven1", "day2")
}

// Whatever is cancelled, answered and over: no push is too large, each cancellation
// of what the VEN knows comes, and in the end it is told all there is room for and
// shown as told of nothing else.
func TestE25WhateverThereIsRoomForIsTold(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { toldInPart(t, rand.New(rand.NewPCG(seed, 25))) })
	}
}

func toldInPart(t *testing.T, random *rand.Rand) {
	const events, limit = 12, 20_000
	r := start(t)
	ven := r.join("ven1")
	live, sizes := map[string]time.Time{}, map[string]int{} // by eventID: its end, its bytes
	for i := range events {
		id := fmt.Sprintf("e%02d", i)
		minutes := 1 + random.IntN(30)
		begin := time.Duration(1+random.IntN(100)) * time.Hour
		spec := at(id, begin, time.Duration(minutes)*time.Minute, func(s *core.EventSpec) {
			s.Overlap, s.Signals[0].Intervals = "allow", nil
			for range minutes {
				s.Signals[0].Intervals = append(s.Signals[0].Intervals, core.Interval{Duration: time.Minute, Value: 1})
			}
		})
		live[id], sizes[id] = spec.Start.Add(spec.Duration), r.create(spec).Size.Content
		p, _ := r.pushedEvents()
		r.Settle(ven, p.Token, core.Outcome{Result: core.Acknowledged})
		r.waitFor(func() bool { return r.status(id, "ven1").Delivery == core.DeliveryAcknowledged })
	}
	r.cfg.MaxPayload = limit
	r.restart()
	r.Appear(ven)

	var mu sync.Mutex
	told, bytes := map[string]bool{}, 0 // by the last push
	for id := range live {
		told[id] = true
	}
	owed := map[string]bool{} // cancellations still to come
	hear := func(p core.Push) error {
		d, err := oadr.Decode(p.Bytes, oadr.DefaultLimits)
		if err != nil {
			return err
		}
		set := d.Message.(*oadr.DistributeEvent).Events
		mu.Lock()
		clear(told)
		bytes = len(p.Bytes)
		for _, e := range set {
			told[e.Descriptor.EventID] = true
			if e.Descriptor.Status == oadr.StatusCancelled {
				delete(owed, e.Descriptor.EventID)
			}
		}
		mu.Unlock()
		r.Settle(ven, p.Token, core.Outcome{Result: core.Acknowledged})
		if len(p.Bytes) > limit {
			return fmt.Errorf("a push has %d bytes", len(p.Bytes))
		}
		return nil
	}
	failed := make(chan error, 1)
	go func() {
		for {
			select {
			case p := <-r.wire.pushes:
				if err := hear(p); err != nil {
					failed <- err
					return
				}
			case <-t.Context().Done():
				return
			}
		}
	}()
	// wrong is what is not as it must be in the end.
	wrong := func() string {
		select {
		case err := <-failed:
			t.Fatal(err)
		default:
		}
		v, err := r.VEN(t.Context(), "ven1")
		if err != nil {
			t.Fatal(err)
		}
		mu.Lock()
		defer mu.Unlock()
		if len(owed) > 0 {
			return fmt.Sprintf("cancellations not told: %v", owed)
		}
		for id, end := range live {
			switch left := slices.Contains(v.LeftOut, id); {
			case !end.After(r.clock.Now()):
			case told[id] && !left && r.status(id, "ven1").Delivery != core.DeliveryAcknowledged:
				return fmt.Sprintf("%s is told and shown as %+v", id, r.status(id, "ven1"))
			case told[id] == left:
				return fmt.Sprintf("%s is told %v, left out %v", id, told[id], left)
			case left && bytes+sizes[id]+1400 <= limit:
				return fmt.Sprintf("%s takes %d and is left out, and the push has %d bytes", id, sizes[id], bytes)
			}
		}
		return ""
	}
	var last string
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(last)
		}
	})
	for range 12 {
		ids := slices.Sorted(maps.Keys(live))
		if len(ids) > 0 && random.IntN(3) > 0 {
			id := ids[random.IntN(len(ids))]
			e, err := r.Event(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			delete(live, id)
			if r.VTN.Status(e) != oadr.StatusCompleted {
				mu.Lock()
				owed[id] = told[id]
				if !told[id] {
					delete(owed, id)
				}
				mu.Unlock()
				r.cancel(id)
			}
		} else {
			r.clock.Move(time.Duration(random.IntN(20)) * time.Hour)
		}
		r.Appear(ven)
		r.waitFor(func() bool {
			if last = wrong(); last != "" {
				r.clock.Move(time.Second)
				r.Appear(ven)
			}
			return last == ""
		})
		set := r.set(ven)
		mu.Lock()
		clear(told)
		bytes = len(oadr.Append(nil, oadr.Form{}, &oadr.DistributeEvent{RequestID: "q", VTNID: "VTN", Events: set}))
		for _, e := range set {
			told[e.Descriptor.EventID] = true
		}
		mu.Unlock()
		for _, e := range set {
			if e.Descriptor.Status == oadr.StatusCancelled && random.IntN(2) == 0 {
				must[response](r, ven, answer("ven1", "x", e.Descriptor.EventID, e.Descriptor.ModificationNumber, "optIn"))
			}
		}
	}
}
