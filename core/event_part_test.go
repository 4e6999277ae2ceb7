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

// crowded is a VEN that holds some days of prices, and a VTN that since then limits
// payloads to so many bytes.
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
	// Once the VEN holds the cancellation, the next event takes its room.
	p = r.wantPart("day2 far", "day3 far")
	r.wantLeftOut("ven1", "day4")
	if s := r.status("day1", "ven1"); s.Delivery != core.DeliveryAcknowledged || s.LeftOut {
		t.Errorf("the cancellation that it got is shown as %+v", s)
	}
	r.Settle(ven, p.Token, ack)
	r.wantDelivery(&core.Event{EventSpec: core.EventSpec{EventID: "day3"}}, "ven1", core.DeliveryAcknowledged)
	if got := ids(r.set(ven)); !slices.Equal(got, []string{"day2", "day3"}) {
		t.Errorf("in the answer to its request are %v", got)
	}
	if h := r.history("day4", "ven1"); len(h) != 2 || h[1].What != core.HistoryAcknowledged || h[1].ModificationNumber != 0 {
		t.Errorf("history of what it held before: %+v", h)
	}

	// When an event is over, the rest fits.
	r.clock.AwaitWait(t, time.Minute)
	r.clock.Move(72 * time.Hour) // the end of day 2
	p = r.wantPart("day3 active", "day4 far")
	r.Settle(ven, p.Token, ack)
	r.wantDelivery(&core.Event{EventSpec: core.EventSpec{EventID: "day4"}}, "ven1", core.DeliveryAcknowledged)
	r.wantLeftOut("ven1")
	if s := r.status("day4", "ven1"); s.LeftOut || s.LastError != "" {
		t.Errorf("pushed, it is shown as %+v", s)
	}
	r.quiet()
}

// An event that is too large for any message can be cancelled all the same.
func TestE25CancellationAlwaysGetsThrough(t *testing.T) {
	r, ven := crowded(t, 3, 50_000)
	for _, day := range []string{"day1", "day2"} {
		r.cancel(day)
	}
	for cancelled := []string{}; len(cancelled) < 2; {
		p, d := r.pushedEvents()
		if len(p.Bytes) > r.cfg.MaxPayload {
			t.Errorf("the push has %d bytes", len(p.Bytes))
		}
		for _, e := range d.Events {
			if e.Descriptor.Status != oadr.StatusCancelled || len(e.Signals) != 1 || len(e.Signals[0].Intervals) != 1 || e.Signals[0].Intervals[0].Duration != e.ActivePeriod.Duration {
				t.Errorf("pushed %+v", e)
			}
			if !slices.Contains(cancelled, e.Descriptor.EventID) {
				cancelled = append(cancelled, e.Descriptor.EventID)
			}
			must[response](r, ven, answer("ven1", p.Token.String(), e.Descriptor.EventID, e.Descriptor.ModificationNumber, "optIn"))
		}
	}
	r.wantLeftOut("ven1", "day3")
}

// The VTN sends no empty set, which would withdraw what the VEN holds. When the limit
// grows, the VTN pushes without any further change.
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

// An event that another process leaves out stays left out, even if this process sees at
// that moment that an event that was left out before is over.
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

// The first thing to leave out is the cancellation of an event that the VEN never held.
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

// The VEN's stanza can leave less room than the payload's limit. An answer to
// oadrRequestEvent is in part, too.
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
		t.Errorf("in the answer to its request are %v", got)
	}
	r.wantLeftOut("ven1", "day2")
}

// Whatever is cancelled, answered and over: no push is too large, the VEN gets each
// cancellation of what it holds, and in the end it holds all events that there is room
// for, and the operator sees that.
func TestE25WhateverThereIsRoomForIsTold(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { toldInPart(t, rand.New(rand.NewPCG(seed, 25))) })
	}
}

func toldInPart(t *testing.T, random *rand.Rand) {
	p := newPartRig(t, random)
	var last string
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(last)
		}
	})
	for range 12 {
		p.cancelOneOrWait()
		p.Appear(p.ven)
		p.waitFor(func() bool {
			if last = p.wrong(); last != "" {
				p.clock.Move(time.Second)
				p.Appear(p.ven)
			}
			return last == ""
		})
		p.requestEvents()
	}
}

const (
	partEvents = 12
	partLimit  = 20_000 // bytes of a payload
)

// partRig is a VTN whose payloads do not hold all events of its only VEN, and what
// the VEN should hold.
type partRig struct {
	*rig
	ven    core.Peer
	random *rand.Rand
	live   map[string]time.Time // by eventID, the event's end
	sizes  map[string]int       // by eventID, in bytes
	failed chan error           // what a push did wrong

	mu    sync.Mutex
	held  map[string]bool // events of the last push or answer
	bytes int             // size of the last push or answer
	owed  map[string]bool // cancelled events whose cancellation has not come yet
}

// newPartRig pushes every event and only then limits the payload.
func newPartRig(t *testing.T, random *rand.Rand) *partRig {
	t.Helper()
	p := &partRig{rig: start(t), random: random, live: map[string]time.Time{}, sizes: map[string]int{}, failed: make(chan error, 1),
		held: map[string]bool{}, owed: map[string]bool{}}
	p.ven = p.join("ven1")
	for i := range partEvents {
		id := fmt.Sprintf("e%02d", i)
		minutes := 1 + random.IntN(30)
		begin := time.Duration(1+random.IntN(100)) * time.Hour
		spec := at(id, begin, time.Duration(minutes)*time.Minute, func(s *core.EventSpec) {
			s.Overlap, s.Signals[0].Intervals = "allow", nil
			for range minutes {
				s.Signals[0].Intervals = append(s.Signals[0].Intervals, core.Interval{Duration: time.Minute, Value: 1})
			}
		})
		e := p.create(spec)
		p.live[id], p.sizes[id], p.held[id] = spec.Start.Add(spec.Duration), e.Size.Content, true
		push, _ := p.pushedEvents()
		p.Settle(p.ven, push.Token, core.Outcome{Result: core.Acknowledged})
		p.wantDelivery(e, "ven1", core.DeliveryAcknowledged)
	}
	p.cfg.MaxPayload = partLimit
	p.restart()
	p.Appear(p.ven)
	go p.takePushes()
	return p
}

// takePushes acknowledges pushes until the test ends or a push is wrong.
func (p *partRig) takePushes() {
	for {
		select {
		case push := <-p.wire.pushes:
			if err := p.take(push); err != nil {
				p.failed <- err
				return
			}
		case <-p.t.Context().Done():
			return
		}
	}
}

func (p *partRig) take(push core.Push) error {
	d, err := oadr.Decode(push.Bytes, oadr.DefaultLimits)
	if err != nil {
		return err
	}
	set := d.Message.(*oadr.DistributeEvent).Events
	p.hold(set, len(push.Bytes))
	p.mu.Lock()
	for _, e := range set {
		if e.Descriptor.Status == oadr.StatusCancelled {
			delete(p.owed, e.Descriptor.EventID)
		}
	}
	p.mu.Unlock()
	p.Settle(p.ven, push.Token, core.Outcome{Result: core.Acknowledged})
	if len(push.Bytes) > partLimit {
		return fmt.Errorf("a push has %d bytes", len(push.Bytes))
	}
	return nil
}

// hold notes which events the VEN holds after a push or answer of so many bytes.
func (p *partRig) hold(set []oadr.Event, bytes int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.held)
	p.bytes = bytes
	for _, e := range set {
		p.held[e.Descriptor.EventID] = true
	}
}

// wrong says what the VEN does not hold, or the operator does not see, as it must be
// in the end; empty if all is well.
func (p *partRig) wrong() string {
	select {
	case err := <-p.failed:
		p.t.Fatal(err)
	default:
	}
	v, err := p.VEN(p.t.Context(), "ven1")
	if err != nil {
		p.t.Fatal(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.owed) > 0 {
		return fmt.Sprintf("cancellations have not come: %v", p.owed)
	}
	for id, end := range p.live {
		switch left := slices.Contains(v.LeftOut, id); {
		case !end.After(p.clock.Now()):
		case p.held[id] && !left && p.status(id, "ven1").Delivery != core.DeliveryAcknowledged:
			return fmt.Sprintf("the VEN holds %s, which is shown as %+v", id, p.status(id, "ven1"))
		case p.held[id] == left:
			return fmt.Sprintf("%s: held %v, left out %v", id, p.held[id], left)
		case left && p.bytes+p.sizes[id]+1400 <= partLimit:
			return fmt.Sprintf("%s takes %d bytes and is left out of a push of %d bytes", id, p.sizes[id], p.bytes)
		}
	}
	return ""
}

// cancelOneOrWait cancels an event, or lets hours pass.
func (p *partRig) cancelOneOrWait() {
	ids := slices.Sorted(maps.Keys(p.live))
	if len(ids) == 0 || p.random.IntN(3) == 0 {
		p.clock.Move(time.Duration(p.random.IntN(20)) * time.Hour)
		return
	}
	id := ids[p.random.IntN(len(ids))]
	e, err := p.Event(p.t.Context(), id)
	if err != nil {
		p.t.Fatal(err)
	}
	delete(p.live, id)
	if p.VTN.Status(e) == oadr.StatusCompleted {
		return
	}
	p.mu.Lock()
	if p.held[id] {
		p.owed[id] = true
	} else {
		delete(p.owed, id)
	}
	p.mu.Unlock()
	p.cancel(id)
}

// requestEvents has the VEN request its events and answer some cancellations.
func (p *partRig) requestEvents() {
	set := p.set(p.ven)
	p.hold(set, len(oadr.Append(nil, oadr.Form{}, &oadr.DistributeEvent{RequestID: "q", VTNID: "VTN", Events: set})))
	for _, e := range set {
		if e.Descriptor.Status == oadr.StatusCancelled && p.random.IntN(2) == 0 {
			must[response](p, p.ven, answer("ven1", "x", e.Descriptor.EventID, e.Descriptor.ModificationNumber, "optIn"))
		}
	}
}
