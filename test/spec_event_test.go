package test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// called is an event for a puppet that a check knows by a name of its own, which
// starts in so long and lasts an hour.
func (p *puppet) called(name string, in time.Duration, change ...func(*client.EventSpec)) client.EventSpec {
	spec := event(p.id)
	spec.EventID, spec.MarketContext = own(p.t, name), "http://example.org/"+own(p.t, "")
	spec.Start = time.Now().Add(in).UTC().Truncate(time.Second)
	for _, f := range change {
		f(&spec)
	}
	return spec
}

// levels gives an event the levels 1, 2, 3 … for these durations.
func levels(durations ...string) func(*client.EventSpec) {
	return func(s *client.EventSpec) {
		s.Signals[0].Intervals = nil
		for i, d := range durations {
			s.Signals[0].Intervals = append(s.Signals[0].Intervals, client.Interval{Duration: d, Value: float64(i + 1)})
		}
	}
}

// expectSet asks for the puppet's events, whose own names, modificationNumbers and
// statuses these are, in order.
func (p *puppet) expectSet(want ...string) []oadr.Event {
	p.t.Helper()
	m := p.says("oadrDistributeEvent 200", &oadr.RequestEvent{RequestID: "x", VENID: p.id})
	got := summary(m)
	for i := range got {
		got[i] = strings.TrimPrefix(got[i], own(p.t, ""))
	}
	if !slices.Equal(got, want) {
		p.t.Errorf("the set is %q, want %q", got, want)
	}
	return m.(*oadr.DistributeEvent).Events
}

// TestSpec2Spec8Intervals: the intervals of a signal are numbered from 0, and together last as long as the event.
func TestSpec2Spec8Intervals(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p := s.puppet()
		e := s.deliver(p, p.called("event", time.Hour, levels("PT10M", "PT20M", "PT30M")))
		var sum time.Duration
		for i, interval := range e.Signals[0].Intervals {
			if interval.UID != fmt.Sprint(i) || interval.Start != nil {
				t.Errorf("interval %d is %+v", i, interval)
			}
			sum += interval.Duration
		}
		if len(e.Signals[0].Intervals) != 3 || sum != e.ActivePeriod.Duration {
			t.Errorf("they last %s, the event %s", sum, e.ActivePeriod.Duration)
		}
		s.refuses("too short", p.called("short", time.Hour, levels("PT10M", "PT20M")))
		s.refuses("too long", p.called("long", time.Hour, levels("PT10M", "PT2H")))
	})
}

// TestSpec3Spec15Order: what is active comes first, by priority and then start, what is
// pending by start, time after time; a cancelled event keeps its place, so that a
// replyLimit does not hide it.
func TestSpec3Spec15Order(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p := s.puppet()
		priority := func(n uint32) func(*client.EventSpec) { return func(s *client.EventSpec) { s.Priority = n } }
		s.deliver(p, p.called("far-late", 3*time.Hour, priority(1)))
		s.deliver(p, p.called("far", 2*time.Hour))
		s.deliver(p, p.called("none", -30*time.Minute))
		s.deliver(p, p.called("second", -10*time.Minute, priority(2)))
		s.deliver(p, p.called("second-early", -20*time.Minute, priority(2)))
		s.deliver(p, p.called("first", -time.Minute, priority(1)))
		for range 2 {
			p.expectSet("first 0 active", "second-early 0 active", "second 0 active", "none 0 active", "far 0 far", "far-late 0 far")
		}
		for _, name := range []string{"second-early", "far"} {
			s.cancel(own(t, name))
			p.expect(oadr.KindDistributeEvent).ok()
		}
		p.expectSet("first 0 active", "second-early 1 cancelled", "second 0 active", "none 0 active", "far 1 cancelled", "far-late 0 far")
		if got := requested(t, p, p.id, new(uint32(2))); len(got) != 2 || got[1].Descriptor.Status != oadr.StatusCancelled {
			t.Errorf("the first two are %+v", got)
		}
	})
}

// TestSpec4Spec57Spec10Numbers: a new event has modificationNumber 0; each change and the cancellation raise it.
func TestSpec4Spec57Spec10Numbers(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p := s.puppet()
		e := s.create(event(p.id)).EventID
		p.expectEvents(e + " 0 far").ok()
		s.patchEvent(e, patch{"priority": 2})
		p.expectEvents(e + " 1 far").ok()
		s.cancel(e)
		p.expectEvents(e + " 2 cancelled").ok()
	})
}

// TestSpec5Spec57EachVENsNumbers: each change that concerns a VEN adds 1 to its modificationNumber, and a change that concerns
// another VEN alone adds nothing. The VEN leaves the group, comes back, and leaves for good.
func TestSpec5Spec57EachVENsNumbers(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p, other := s.puppet(), s.puppet()
		group := own(t, "group")
		for _, v := range []*puppet{p, other} {
			s.patchVEN(v.id, patch{"groups": []string{group}})
			v.expectEvents().ok()
		}
		spec := p.called("event", time.Hour, func(s *client.EventSpec) { s.Targets = client.Targets{Groups: []string{group}} })
		s.create(spec)
		step := func(want, othersWant string) {
			t.Helper()
			for v, line := range map[*puppet]string{p: want, other: othersWant} {
				if line != "" {
					v.expectEvents(spec.EventID + line).ok()
				}
			}
		}
		step(" 0 far", " 0 far")
		s.patchVEN(other.id, patch{"groups": []string{}})
		step("", " 1 cancelled")
		s.patchEvent(spec.EventID, patch{"priority": 1})
		step(" 1 far", "")
		s.patchVEN(other.id, patch{"groups": []string{group}})
		step("", " 2 far")
		if _, err := s.ExtendEvent(t.Context(), spec.EventID, "PT30M"); err != nil {
			t.Fatal(err)
		}
		step(" 2 far", " 3 far")
		s.patchEvent(spec.EventID, patch{"targets": patch{"groups": nil, "venIDs": []string{p.id}}})
		step(" 3 far", " 4 cancelled")
		s.cancel(spec.EventID)
		step(" 4 cancelled", "")
		p.says("oadrResponse 450", createdEvent(p.id, response("x", spec.EventID, 3, oadr.OptIn)))
		p.says("oadrResponse 200", createdEvent(p.id, response("x", spec.EventID, 4, oadr.OptIn)))
		other.says("oadrResponse 450", createdEvent(other.id, response("x", spec.EventID, 3, oadr.OptIn)))
		other.says("oadrResponse 200", createdEvent(other.id, response("x", spec.EventID, 4, oadr.OptIn)))
	})
}

// TestSpec13Spec115Spec502Statuses: an event is far, near from the ramp-up on, active
// from its start, and completed, which is said of the moment and pushed to nobody;
// and no change makes it go back.
func TestSpec13Spec115Spec502Statuses(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p := s.puppet()
		short := p.called("short", 7*time.Second, levels("PT2S"), func(s *client.EventSpec) { s.Duration, s.RampUp, s.StartAfter = "PT2S", "PT2S", "PT1H" })
		first := s.deliver(p, short)
		s.deliver(p, p.called("later", time.Hour))
		seen := []string{first.Descriptor.Status}
		s.eventually("the event to be over", func() bool {
			if e, err := s.GetEvent(t.Context(), short.EventID); err != nil || e.Status == seen[len(seen)-1] {
				return false
			}
			m := p.says("oadrDistributeEvent 200", &oadr.RequestEvent{RequestID: "x", VENID: p.id}).(*oadr.DistributeEvent)
			made := m.Events[0].Descriptor.CreatedDateTime
			if !made.Equal(m.Events[1].Descriptor.CreatedDateTime) || time.Since(made).Abs() > time.Minute {
				t.Errorf("they were made at %s and %s", made, m.Events[1].Descriptor.CreatedDateTime)
			}
			i := slices.IndexFunc(m.Events, func(e oadr.Event) bool { return e.Descriptor.EventID == short.EventID })
			seen = append(seen, m.Events[i].Descriptor.Status)
			return seen[len(seen)-1] == oadr.StatusCompleted
		})
		order := []string{oadr.StatusFar, oadr.StatusNear, oadr.StatusActive, oadr.StatusCompleted}
		if !slices.IsSortedFunc(seen, func(a, b string) int { return slices.Index(order, a) - slices.Index(order, b) }) || len(seen) < 2 {
			t.Errorf("it was %q", seen)
		}
		_, err := s.PatchEvent(t.Context(), short.EventID, patch{"comment": "late"})
		s.conflicts(err, "status", "E26")
		s.patchEvent(own(t, "later"), patch{"comment": "changed"}) // nothing else was pushed
		p.expectEvents(own(t, "later")+" 1 far", short.EventID+" 0 completed").ok()

		near := p.called("near", time.Minute, func(s *client.EventSpec) { s.RampUp = "PT5M" })
		if e := s.deliver(p, near); e.Descriptor.Status != oadr.StatusNear {
			t.Errorf("in its ramp-up it is %s", e.Descriptor.Status)
		}
		_, err = s.PatchEvent(t.Context(), near.EventID, patch{"start": near.Start.Add(time.Hour)})
		s.conflicts(err, "start", "E26")
		_, err = s.PatchEvent(t.Context(), near.EventID, patch{"rampUp": "PT0S"})
		s.conflicts(err, "rampUp", "E26")
		s.patchEvent(near.EventID, patch{"start": client.StartNow})
		p.expectEvents(near.EventID+" 1 active", own(t, "later")+" 1 far", short.EventID+" 0 completed").ok()
		_, err = s.PatchEvent(t.Context(), near.EventID, patch{"start": near.Start.Add(time.Hour)})
		s.conflicts(err, "start", "E26")
	})
}

// TestSpec14Spec29CurrentValue: currentValue is the running interval's; that of SIMPLE
// is 0 while the event is not active.
func TestSpec14Spec29CurrentValue(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p := s.puppet()
		for name, c := range map[string]struct {
			in   time.Duration
			want float64
		}{"far": {time.Hour, 0}, "first": {-time.Minute, 1}, "second": {-30 * time.Minute, 2}, "third": {-50 * time.Minute, 3}} {
			e := s.deliver(p, p.called(name, c.in, levels("PT20M", "PT20M", "PT20M")))
			if got := e.Signals[0].CurrentValue; got == nil || *got != c.want {
				t.Errorf("%s: its currentValue is %v, want %v", name, got, c.want)
			}
		}
		gone := p.called("gone", -30*time.Minute)
		s.deliver(p, gone)
		s.cancel(gone.EventID)
		for _, e := range p.expect(oadr.KindDistributeEvent).Message.(*oadr.DistributeEvent).Events {
			if e.Descriptor.EventID == gone.EventID && (e.Signals[0].CurrentValue == nil || *e.Signals[0].CurrentValue != 0) {
				t.Errorf("cancelled, its currentValue is %v", e.Signals[0].CurrentValue)
			}
		}
	})
}

// TestSpec16Spec17CreatedEvents: an oadrCreatedEvent counts, and a later one replaces it.
func TestSpec16Spec17CreatedEvents(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p := s.puppet()
		e := s.create(event(p.id)).EventID
		q := p.expectEvents(e + " 0 far")
		q.ok()
		for _, opt := range []string{oadr.OptIn, oadr.OptOut, oadr.OptIn, oadr.OptOut} {
			q.opts(opt)
			s.opted(e, p.id, opt)
		}
	})
}

// TestSpec18Overlap: events of one market context must not overlap for a VEN, startafter included. A cancelled event blocks others
// until it is acknowledged. The operator may allow an overlap.
func TestSpec18Overlap(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p := s.puppet()
		strict := func(s *client.EventSpec) { s.Overlap = "refuse" }
		first := p.called("first", time.Hour, strict, func(s *client.EventSpec) { s.StartAfter = "PT10M" })
		s.deliver(p, first)
		next := p.called("next", 2*time.Hour+5*time.Minute, strict)
		creates := func(spec client.EventSpec) error { _, err := s.CreateEvent(t.Context(), spec); return err }
		err := creates(next)
		s.conflicts(err, "start", "E13")
		if text := fmt.Sprint(err); !strings.Contains(text, first.EventID) || !strings.Contains(text, p.id) {
			t.Errorf("%s names neither event nor VEN", text)
		}
		s.deliver(p, p.called("after", 2*time.Hour+11*time.Minute, strict))
		s.cancel(own(t, "after"))
		p.expect(oadr.KindDistributeEvent).taken()
		s.cancel(first.EventID)
		q := p.expectEvents(first.EventID + " 1 cancelled")
		q.ok()
		s.conflicts(creates(next), "start", "E13")
		insisting := p.called("insisting", 2*time.Hour+5*time.Minute)
		s.create(insisting)
		p.expectEvents(first.EventID+" 1 cancelled", insisting.EventID+" 0 far").ok()
		s.cancel(insisting.EventID)
		p.expectEvents(first.EventID+" 1 cancelled", insisting.EventID+" 1 cancelled").taken()
		if e := s.deliver(p, next); e.Descriptor.ModificationNumber != 0 {
			t.Errorf("told %+v", e.Descriptor)
		}
	})
}

// TestSpec20Past: the past of an event cannot be changed; its future can, and it can be cancelled.
func TestSpec20Past(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p := s.puppet()
		spec := p.called("event", -30*time.Minute, levels("PT20M", "PT20M", "PT20M"))
		s.deliver(p, spec)
		with := func(duration string, change func([]client.Interval) []client.Interval) patch {
			intervals := slices.Clone(spec.Signals[0].Intervals)
			signal := spec.Signals[0]
			signal.Intervals = change(intervals)
			return patch{"duration": duration, "signals": []client.Signal{signal}}
		}
		for field, change := range map[string]patch{
			"start":                            {"start": spec.Start.Add(time.Hour)},
			"startAfter":                       {"startAfter": "PT10M"},
			"signals[0].intervals[0].value":    with("PT1H", func(i []client.Interval) []client.Interval { i[0].Value = 0; return i }),
			"signals[0].intervals[1].value":    with("PT1H", func(i []client.Interval) []client.Interval { i[1].Value = 0; return i }),
			"signals[0].intervals[0].duration": with("PT1H", func(i []client.Interval) []client.Interval { i[0].Duration, i[1].Duration = "PT10M", "PT30M"; return i }),
			"signals[0].intervals[1].duration": with("PT45M", func(i []client.Interval) []client.Interval { i[1].Duration = "PT5M"; return i }),
			"signals[1]":                       {"signals": []client.Signal{spec.Signals[0], {Name: "SIMPLE", Type: "level", Intervals: []client.Interval{{Duration: "PT1H", Value: 1}}}}},
		} {
			_, err := s.PatchEvent(t.Context(), spec.EventID, change)
			s.conflicts(err, field, "E26")
		}
		s.patchEvent(spec.EventID, with("PT1H", func(i []client.Interval) []client.Interval { i[2].Value = 0; return i }))
		p.expectEvents(spec.EventID + " 1 active").ok()
		s.patchEvent(spec.EventID, with("PT31M", func(i []client.Interval) []client.Interval { i[1].Duration = "PT11M"; return i[:2] }))
		p.expectEvents(spec.EventID + " 2 active").ok()
		if _, err := s.ExtendEvent(t.Context(), spec.EventID, "PT1H"); err != nil {
			t.Fatal(err)
		}
		q := p.expectEvents(spec.EventID + " 3 active")
		q.ok()
		if e := q.Message.(*oadr.DistributeEvent).Events[0]; e.ActivePeriod.Duration != 91*time.Minute || e.Signals[0].Intervals[0].Duration != 20*time.Minute || *e.Signals[0].CurrentValue != 2 {
			t.Errorf("longer, it is %+v", e)
		}
		s.cancel(spec.EventID)
		p.expectEvents(spec.EventID + " 4 cancelled").ok()
	})
}

// TestSpec23Directions: the VTN accepts an oadrRequestEvent, refuses an oadrDistributeEvent, and never sends an oadrRequestEvent.
func TestSpec23Directions(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p := s.puppet()
		e := s.create(event(p.id)).EventID
		q := p.expectEvents(e + " 0 far")
		q.ok()
		p.says("oadrDistributeEvent 200", &oadr.RequestEvent{RequestID: "x", VENID: p.id})
		p.says("oadrResponse 453", q.Message)
		s.cancel(e)
		p.expectEvents(e + " 1 cancelled").ok() // and no oadrRequestEvent before
	})
}

// TestSpec25EventResponses: each eventResponse counts by itself, even if another one is wrong. An eiResponse with an error refuses
// the push.
func TestSpec25EventResponses(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p := s.puppet()
		a, b := p.called("a", time.Hour), p.called("b", 2*time.Hour)
		s.deliver(p, a)
		s.deliver(p, b)
		p.says("oadrResponse 450", createdEvent(p.id, response("x", a.EventID, 9, oadr.OptIn), response("x", b.EventID, 0, oadr.OptOut)))
		s.opted(b.EventID, p.id, oadr.OptOut)
		if got := s.status(a.EventID, p.id).Opt; got != "none" {
			t.Errorf("the wrong one counts as %s", got)
		}
		bad := response("x", a.EventID, 0, oadr.OptOut)
		bad.Code, bad.Description = oadr.CodeSignal, "no such signal"
		p.says("oadrResponse 200", createdEvent(p.id, bad))
		if got := s.delivery(a.EventID, p.id, "refused"); got.ResponseCode != int(oadr.CodeSignal) {
			t.Errorf("refused as %+v", got)
		}
		s.patchEvent(b.EventID, patch{"comment": "changed"})
		p.expect(oadr.KindDistributeEvent).answer(&oadr.CreatedEvent{VENID: p.id, Response: oadr.EIResponse{Code: oadr.CodeInvalidData}})
		s.delivery(b.EventID, p.id, "refused")
	})
}

// TestSpec27ReplyLimit: the VTN sends no more events than the VEN requests, and does not consider the rest delivered.
func TestSpec27ReplyLimit(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p := s.puppet()
		for i := range 3 {
			s.deliver(p, p.called(fmt.Sprint(i), time.Duration(i+1)*time.Hour))
		}
		for _, n := range []uint32{1, 2, 3, 4} {
			if got := requested(t, p, p.id, &n); len(got) != min(int(n), 3) || got[0].Descriptor.EventID != own(t, "0") {
				t.Errorf("of 3 events %d are sent, asked for %d", len(got), n)
			}
		}
	})
}

// TestSpec47OpenEnded: an event of duration 0 stays active until it is cancelled.
func TestSpec47OpenEnded(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p := s.puppet()
		spec := p.called("event", -1000*time.Hour, levels("PT0S"), func(s *client.EventSpec) { s.Duration = "PT0S" })
		e := s.deliver(p, spec)
		if e.Descriptor.Status != oadr.StatusActive || e.ActivePeriod.Duration != 0 || len(e.Signals[0].Intervals) != 1 || e.Signals[0].Intervals[0].Duration != 0 {
			t.Errorf("told %+v", e)
		}
		s.cancel(spec.EventID)
		p.expectEvents(spec.EventID + " 1 cancelled").ok()
	})
}

// TestSpec48Spec42Answers: an answer for an unknown event is 452, one with a wrong modificationNumber is 450, and neither counts.
func TestSpec48Spec42Answers(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p := s.puppet()
		e := s.create(event(p.id)).EventID
		q := p.expectEvents(e + " 0 far")
		q.ok()
		requestID := q.Message.Request()
		p.says("oadrResponse 452", createdEvent(p.id, response(requestID, own(t, "unknown"), 0, oadr.OptOut)))
		p.says("oadrResponse 450", createdEvent(p.id, response(requestID, e, 7, oadr.OptOut)))
		if got := s.status(e, p.id).Opt; got != "none" {
			t.Errorf("its opt is %s", got)
		}
		q.opts(oadr.OptIn)
		s.opted(e, p.id, oadr.OptIn)
	})
}

// TestSpec50Spec52WholeSet: each message holds every event that is far, near or active, and each cancelled one until it is
// acknowledged.
func TestSpec50Spec52WholeSet(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p := s.puppet()
		s.deliver(p, p.called("far", 3*time.Hour))
		s.deliver(p, p.called("near", time.Minute, func(s *client.EventSpec) { s.RampUp = "PT5M" }))
		s.deliver(p, p.called("active", -time.Minute))
		s.deliver(p, p.called("gone", 2*time.Hour))
		s.cancel(own(t, "gone"))
		p.expect(oadr.KindDistributeEvent).ok() // the stanza's answer is no acknowledgement
		for range 3 {
			p.expectSet("active 0 active", "near 0 near", "gone 1 cancelled", "far 0 far")
		}
		s.deliver(p, p.called("more", 4*time.Hour))
		p.expectSet("active 0 active", "near 0 near", "gone 1 cancelled", "far 0 far", "more 0 far")
		p.says("oadrResponse 200", createdEvent(p.id, response("x", own(t, "gone"), 1, oadr.OptIn)))
		p.expectSet("active 0 active", "near 0 near", "far 0 far", "more 0 far")
	})
}

// TestSpec63OneVENID: an eiTarget names no VEN but its receiver, whoever else the event is for.
func TestSpec63OneVENID(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p, other := s.puppet(), s.puppet()
		group := own(t, "group")
		s.patchVEN(p.id, patch{"groups": []string{group}})
		p.expectEvents().ok()
		spec := p.called("event", time.Hour, func(s *client.EventSpec) {
			s.Targets = client.Targets{VENIDs: []string{p.id, other.id}, Groups: []string{group}}
		})
		s.create(spec)
		for _, v := range []*puppet{p, other} {
			q := v.expectEvents(spec.EventID + " 0 far")
			q.ok()
			if to := q.Message.(*oadr.DistributeEvent).Events[0].Target; !slices.Equal(to.VENs, []string{v.id}) || (len(to.Groups) == 1) != (v == p) {
				t.Errorf("%s is told the target %+v", v.id, to)
			}
		}
	})
}

// TestSpec66StartAfterKeepsTheEvent: a completed event stays for as long as a VEN may have started later.
func TestSpec66StartAfterKeepsTheEvent(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p := s.puppet()
		ended := func(startAfter string) func(*client.EventSpec) {
			return func(s *client.EventSpec) { s.Duration, s.StartAfter = "PT6S", startAfter }
		}
		s.deliver(p, p.called("kept", 0, levels("PT6S"), ended("PT1H")))
		s.deliver(p, p.called("over", 0, levels("PT6S"), ended("")))
		s.eventually("both to be over", func() bool {
			e, err := s.GetEvent(t.Context(), own(t, "over"))
			return err == nil && e.Status == oadr.StatusCompleted
		})
		p.expectSet("kept 0 completed")
	})
}

// TestSpec70UniqueIDs: no two VENs have the same venID, and no two events the same eventID.
func TestSpec70UniqueIDs(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p, other := s.puppet(), s.puppet()
		if p.id == other.id {
			t.Errorf("two VENs are %s", p.id)
		}
		var problem *client.Problem
		if _, err := s.AddVEN(t.Context(), client.VENSpec{VENID: p.id}); !errors.As(err, &problem) || problem.Status != http.StatusConflict {
			t.Errorf("another %s: %v", p.id, err)
		}
		spec := p.called("event", time.Hour)
		s.deliver(p, spec)
		if _, err := s.CreateEvent(t.Context(), spec); !errors.As(err, &problem) || problem.Status != http.StatusConflict {
			t.Errorf("another %s: %v", spec.EventID, err)
		}
		if a, b := s.create(event(other.id)), s.create(event(other.id)); a.EventID == b.EventID {
			t.Errorf("two events are %s", a.EventID)
		}
	})
}
