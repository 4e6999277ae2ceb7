package ven

import (
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// ids are the events of a set as "id", in order.
func ids(s *eventSet) (list []string) {
	for _, e := range s.list() {
		list = append(list, e.Descriptor.EventID)
	}
	return list
}

func TestE1WhatIsMissingIsGone(t *testing.T) {
	var s eventSet
	s.takeAll(pushOf("1", event("a", 0), event("b", 0)), noon)
	n := s.takeAll(pushOf("2", event("c", 0), event("b", 0)), noon.Add(1))
	equal(t, "held", ids(&s), []string{"c", "b"})
	if len(n.fresh) != 1 || n.fresh[0].Descriptor.EventID != "c" || !n.changed {
		t.Errorf("took %+v", n)
	}
	if n := s.takeAll(pushOf("3", event("c", 0), event("b", 0)), noon.Add(2)); n.changed || len(n.fresh) != 0 {
		t.Errorf("the same again is a change: %+v", n)
	}
	if n := s.takeAll(pushOf("4"), noon.Add(3)); !n.changed || len(ids(&s)) != 0 {
		t.Errorf("an empty set leaves %v", ids(&s))
	}
}

func TestE24AnIncompleteSetWithdrawsNothing(t *testing.T) {
	var s eventSet
	s.takeAll(pushOf("1", event("a", 0), event("b", 0)), noon)
	s.takeFirst(pushOf("2", event("b", 1)), noon.Add(1))
	equal(t, "held", ids(&s), []string{"b", "a"})
}

func TestLateSetsAreNotTaken(t *testing.T) {
	var s eventSet
	s.takeAll(pushOf("1", event("a", 0)), noon.Add(1))
	s.takeAll(pushOf("2", event("b", 0)), noon)
	equal(t, "held", ids(&s), []string{"a"})
	s.clear(noon.Add(3))
	s.takeAll(pushOf("3", event("a", 0)), noon.Add(2))
	equal(t, "held after a cancelled registration", ids(&s), nil)
}

func TestE3ModificationNumbers(t *testing.T) {
	var s eventSet
	take := func(requestID string, e oadr.Event, at time.Duration) difference {
		n := s.takeAll(pushOf(requestID, e), noon.Add(at))
		for _, f := range n.fresh {
			s.decide(f.Descriptor.EventID, f.Descriptor.ModificationNumber, Decision{OptType: oadr.OptIn, Code: 200})
		}
		return n
	}
	due := func() []oadr.EventResponse {
		r, _ := s.due(noon.Add(time.Minute))
		return r
	}
	take("1", event("a", 1), 1)
	if r := due(); len(r) != 1 || r[0].ModificationNumber != 1 || r[0].RequestID != "1" {
		t.Fatalf("due %+v", r)
	}
	// The same number again: only the status has changed, and the answer has the
	// newer requestID.
	n := take("2", with(event("a", 1), func(e *oadr.Event) { e.Descriptor.Status = oadr.StatusActive }), 2)
	if len(n.fresh) != 0 || !n.changed || s.list()[0].Descriptor.Status != oadr.StatusActive {
		t.Errorf("took %+v, held %+v", n, s.list())
	}
	r := due()
	if len(r) != 1 || r[0].RequestID != "2" {
		t.Fatalf("due %+v", r)
	}
	s.answered(r)
	if r := due(); len(r) != 0 {
		t.Errorf("answered twice: %+v", r)
	}
	// A greater number has to be answered again; an answer to the old one does not
	// count.
	if n := take("3", event("a", 2), 3); len(n.fresh) != 1 {
		t.Errorf("took %+v", n)
	}
	s.answered(r)
	if r := due(); len(r) != 1 || r[0].ModificationNumber != 2 {
		t.Errorf("due %+v", r)
	}
	// A smaller one is out of date.
	if n := take("4", event("a", 1), 4); n.changed || s.list()[0].Descriptor.ModificationNumber != 2 {
		t.Errorf("took %+v, held %+v", n, s.list())
	}
}

func TestWhichEventsAreAnswered(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*oadr.Event)
		want   int
	}{
		"always":         {func(*oadr.Event) {}, 1},
		"E15 never":      {func(e *oadr.Event) { e.ResponseRequired = oadr.ResponseNever }, 0},
		"E22 completed":  {func(e *oadr.Event) { e.Descriptor.Status = oadr.StatusCompleted }, 0},
		"E23 cancelled":  {func(e *oadr.Event) { e.Descriptor.Status = oadr.StatusCancelled }, 1},
		"E19 test event": {func(e *oadr.Event) { e.Descriptor.TestEvent = "true" }, 1},
	} {
		v := assemble(Config{}, names{})
		n := v.eventClient.set.takeAll(pushOf("1", with(event("a", 0), c.change)), noon)
		v.decide(n.fresh)
		if r, _ := v.eventClient.set.due(noon); len(r) != c.want {
			t.Errorf("%s: due %+v", name, r)
		}
	}
}

func TestE23CancellationRepeatsTheOpt(t *testing.T) {
	calls := 0
	v := assemble(Config{}, names{})
	v.cfg.Decide = func(oadr.Event) Decision { calls++; return Decision{OptType: oadr.OptOut} }
	v.decide(v.eventClient.set.takeAll(pushOf("1", event("a", 0)), noon).fresh)
	r, _ := v.eventClient.set.due(noon)
	v.eventClient.set.answered(r)
	cancelled := with(event("a", 1), func(e *oadr.Event) { e.Descriptor.Status = oadr.StatusCancelled })
	v.decide(v.eventClient.set.takeAll(pushOf("2", cancelled), noon).fresh)
	r, _ = v.eventClient.set.due(noon)
	if len(r) != 1 || r[0].OptType != oadr.OptOut || r[0].ModificationNumber != 1 {
		t.Errorf("due %+v", r)
	}
	if calls != 1 {
		t.Errorf("decided %d times", calls)
	}
}

func TestAnswersWaitUntilTheyAreDue(t *testing.T) {
	v := assemble(Config{}, names{})
	v.cfg.Decide = func(e oadr.Event) Decision {
		if e.Descriptor.EventID == "late" {
			return Decision{After: time.Hour}
		}
		return Decision{After: time.Minute}
	}
	v.decide(v.eventClient.set.takeAll(pushOf("1", event("late", 0), event("soon", 0)), noon).fresh)
	if r, next := v.eventClient.set.due(noon); len(r) != 0 || next != (rest{time.Minute, true}) {
		t.Errorf("due %+v, the next in %v", r, next)
	}
	r, next := v.eventClient.set.due(noon.Add(time.Minute))
	if len(r) != 1 || r[0].EventID != "soon" || next != (rest{59 * time.Minute, true}) {
		t.Errorf("due %+v, the next in %v", r, next)
	}
	// What did not get through is sent again, each time later.
	for _, wait := range []time.Duration{5 * time.Second, 10 * time.Second, 20 * time.Second} {
		v.eventClient.set.postpone(r, noon)
		if _, next := v.eventClient.set.due(noon); next != (rest{wait, true}) {
			t.Errorf("repeated after %v, want %s", next, wait)
		}
	}
}
