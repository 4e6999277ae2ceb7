package core_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// Rules E3 and E23, the profile's 5 and 57: whatever happens to events, to a VEN's
// labels and to its registration, the modificationNumber that the VEN sees of an event
// grows by one with each change that it sees, and stands for one content.
func TestE3EachVENsNumbersGrowByOne(t *testing.T) {
	seeds := uint64(12)
	if testing.Short() {
		seeds = 2
	}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			m := newNumbers(t, seed)
			for step := range 120 {
				m.step(step)
				m.look(step)
			}
		})
	}
}

// numbers is a VTN, with what its VENs heard of each event.
type numbers struct {
	*rig
	t      *testing.T
	rand   *rand.Rand
	vens   []string
	away   map[string]bool // not registered now; there is an entry where it ever was
	events []string
	heard  map[[2]string]*heard // by VEN and event
	did    string
}

// heard is what one VEN heard of one event.
type heard struct {
	last    oadr.Event
	there   bool
	missed  bool // the VEN may have heard more since
	content map[uint32]oadr.Event
}

func newNumbers(t *testing.T, seed uint64) *numbers {
	m := &numbers{rig: start(t), t: t, rand: rand.New(rand.NewPCG(seed, 11)), away: map[string]bool{}, heard: map[[2]string]*heard{}}
	go m.acknowledgeAll()
	m.join("has-all", func(v *core.VEN) { m.label(v, func() bool { return true }) }) // so that every target is known
	for _, id := range []string{"ven1", "ven2", "ven3"} {
		m.join(id, func(v *core.VEN) { m.label(v, m.maybe) })
		m.vens = append(m.vens, id)
	}
	return m
}

func (m *numbers) maybe() bool { return m.rand.IntN(2) == 0 }

func (m *numbers) label(v *core.VEN, has func() bool) {
	some := func(values ...string) (chosen []string) {
		for _, value := range values {
			if has() {
				chosen = append(chosen, value)
			}
		}
		return chosen
	}
	v.Groups, v.Resources, v.Parties, v.MarketContexts = some("g1", "g2"), some("r1", "r2"), some("p"), some("http://example.org/m")
}

func (m *numbers) targets() (targets []core.Target) {
	for _, one := range append(venIDs("ven1", "ven2"), core.Target{Kind: core.TargetAll}, core.Target{Kind: core.TargetGroup, Value: "g1"},
		core.Target{Kind: core.TargetGroup, Value: "g2"}, core.Target{Kind: core.TargetResource, Value: "r1"}, core.Target{Kind: core.TargetResource, Value: "r2"},
		core.Target{Kind: core.TargetParty, Value: "p"}, core.Target{Kind: core.TargetMarketContext, Value: "http://example.org/m"}) {
		if m.rand.IntN(5) == 0 {
			targets = append(targets, one)
		}
	}
	if targets == nil {
		return venIDs("has-all")
	}
	return targets
}

// step changes one thing.
func (m *numbers) step(n int) {
	m.clock.Move(time.Second)
	ven := m.vens[m.rand.IntN(len(m.vens))]
	var event string
	if len(m.events) > 0 {
		event = m.events[m.rand.IntN(len(m.events))]
	}
	switch what := m.rand.IntN(27); {
	case len(m.events) == 0 || what == 0:
		m.createEvent(n)
	case what < 8:
		m.did = "label " + ven
		if _, err := m.ModifyVEN(m.t.Context(), ven, func(v *core.VEN) error { m.label(v, m.maybe); return nil }); err != nil {
			m.t.Fatal(err)
		}
	case what < 10:
		m.changeEvent("target", event, func(s *core.EventSpec) { s.Targets = m.targets() })
	case what < 12:
		m.changeEvent("comment", event, func(s *core.EventSpec) { s.Comment = fmt.Sprint("comment ", n) })
	case what == 12:
		m.did = "cancel " + event
		if _, err := m.CancelEvent(m.t.Context(), event, "test"); err != nil {
			m.t.Fatal(err)
		}
	case what < 15:
		m.did = "let away or come back " + ven
		m.comeOrGo(ven)
	case what < 17:
		m.changeEvent("extend", event, func(s *core.EventSpec) {
			s.Duration += time.Minute
			s.Signals[0].Intervals[0].Duration += time.Minute
		})
	case what == 17:
		m.passTime()
	case what == 18:
		m.did = "take a group from all"
		for _, ven := range m.vens {
			if _, err := m.ModifyVEN(m.t.Context(), ven, func(v *core.VEN) error { v.Groups = nil; return nil }); err != nil {
				m.t.Fatal(err)
			}
		}
	case what == 19:
		m.enterAnew(ven)
	default:
		m.did = "answer by " + ven
		if !m.away[ven] {
			m.answer(ven)
		}
	}
}

// changeEvent changes an event that is not over.
func (m *numbers) changeEvent(what, event string, change func(*core.EventSpec)) {
	m.did = what + " " + event
	e, err := m.Event(m.t.Context(), event)
	if err != nil {
		m.t.Fatal(err)
	}
	if s := m.Status(e); s == oadr.StatusCancelled || s == oadr.StatusCompleted {
		return
	}
	m.modify(event, change)
}

func (m *numbers) createEvent(n int) {
	spec := simple(m.targets()...)
	spec.EventID, spec.Start, spec.Overlap = fmt.Sprint("event", n), m.clock.Now().Add(time.Minute), "allow"
	if m.maybe() {
		spec.ResponseRequired = "never"
	}
	m.did = "create " + spec.EventID
	m.create(spec)
	m.events = append(m.events, spec.EventID)
}

func (m *numbers) passTime() {
	m.did = "let time pass"
	m.clock.Move(time.Duration(m.rand.IntN(50)) * time.Minute)
	m.events = slices.DeleteFunc(m.events, func(id string) bool { // they leave all sets unseen
		e, err := m.Event(m.t.Context(), id)
		return err != nil || !m.clock.Now().Before(e.End())
	})
}

// enterAnew deletes a VEN and enters and registers another under its venID.
func (m *numbers) enterAnew(ven string) {
	m.did = "delete and enter anew " + ven
	m.deleteVEN(ven)
	delete(m.away, ven)
	maps.DeleteFunc(m.heard, func(key [2]string, _ *heard) bool { return key[0] == ven })
	m.join(ven, func(v *core.VEN) { m.label(v, m.maybe) })
}

// comeOrGo has a registered VEN cancel its registration, lose it, or become
// report-only, and has any other VEN register.
func (m *numbers) comeOrGo(ven string) {
	m.away[ven] = !m.away[ven]
	r := registration()
	switch how := m.rand.IntN(3); {
	case m.away[ven] && how == 0:
		id := must[*oadr.CreatedPartyRegistration](m.rig, peer(ven), &oadr.QueryRegistration{RequestID: "q"}).RegistrationID
		must[*oadr.CanceledPartyRegistration](m.rig, peer(ven), &oadr.CancelPartyRegistration{RequestID: "c", RegistrationID: id, VENID: ven})
		return
	case m.away[ven] && how == 1:
		if _, err := m.CancelRegistration(m.t.Context(), ven, "test"); err != nil {
			m.t.Fatal(err)
		}
		return
	case m.away[ven]:
		r.ReportOnly = true
	}
	must[*oadr.CreatedPartyRegistration](m.rig, peer(ven), r)
}

// answer has a VEN answer the events that it holds, each with a wrong and then with the
// right modificationNumber.
func (m *numbers) answer(ven string) {
	for _, e := range m.set(peer(ven)) {
		d := e.Descriptor
		if !m.maybe() {
			continue
		}
		wrong := must[response](m.rig, peer(ven), answer(ven, "x", d.EventID, d.ModificationNumber+1, "optIn"))
		wantCode(m.t, wrong.Response, oadr.CodeOutOfSequence, "")
		right := must[response](m.rig, peer(ven), answer(ven, "x", d.EventID, d.ModificationNumber, "optIn"))
		wantCode(m.t, right.Response, oadr.CodeOK, "")
	}
}

// look requests every VEN's events and compares them with what the VEN heard before.
func (m *numbers) look(step int) {
	m.t.Helper()
	for _, ven := range m.vens {
		if m.away[ven] {
			for key, h := range m.heard {
				h.missed = h.missed || key[0] == ven
			}
			continue
		}
		set := map[string]oadr.Event{}
		for _, e := range m.set(peer(ven)) {
			set[e.Descriptor.EventID] = e
		}
		for _, event := range m.events {
			e, there := set[event]
			m.hold(fmt.Sprintf("step %d, %s: %s of %s", step, m.did, event, ven), [2]string{ven, event}, e, there)
		}
	}
}

func (m *numbers) hold(what string, key [2]string, e oadr.Event, there bool) {
	m.t.Helper()
	h := m.heard[key]
	if !there {
		switch {
		case h == nil || !h.there:
		case h.last.ResponseRequired == "never": // a push has told of the cancellation
			h.missed = true
		case h.last.Descriptor.Status != oadr.StatusCancelled && !h.missed:
			m.t.Fatalf("%s was dropped, and was never cancelled", what)
		}
		if h != nil {
			h.there = false
		}
		return
	}
	e = m.timeless(e)
	number := e.Descriptor.ModificationNumber
	if h == nil {
		is, err := m.Event(m.t.Context(), key[1])
		if err != nil {
			m.t.Fatal(err)
		}
		if _, wasAway := m.away[key[0]]; number != is.ModificationNumber && !wasAway {
			m.t.Fatalf("%s is first sent as %d, the event is %d", what, number, is.ModificationNumber)
		}
		m.heard[key] = &heard{last: e, there: true, content: map[uint32]oadr.Event{number: e}}
		return
	}
	before := h.last.Descriptor.ModificationNumber
	same := reflect.DeepEqual(e, h.last)
	switch {
	case number < before:
		m.t.Fatalf("%s goes back from %d to %d", what, before, number)
	case same != (number == before):
		m.t.Fatalf("%s was sent as %d and is sent as %d:\n%+v\n%+v", what, before, number, h.last, e)
	case number > before+1 && !h.missed:
		m.t.Fatalf("%s goes from %d to %d", what, before, number)
	}
	if earlier, ok := h.content[number]; ok && !reflect.DeepEqual(earlier, e) {
		m.t.Fatalf("%s has another content than before under %d", what, number)
	}
	h.last, h.there, h.missed, h.content[number] = e, true, false, e
	if s := m.status(key[1], key[0]); s.Current != number {
		m.t.Fatalf("%s is %d and shown as %d", what, number, s.Current)
	}
}

// timeless is an event as it is on the wire, without what time alone changes.
func (m *numbers) timeless(e oadr.Event) oadr.Event {
	m.t.Helper()
	p, err := oadr.Decode(oadr.Append(nil, oadr.Form{}, &oadr.DistributeEvent{RequestID: "x", VTNID: "VTN", Events: []oadr.Event{e}}), oadr.DefaultLimits)
	if err != nil {
		m.t.Fatal(err)
	}
	e = p.Message.(*oadr.DistributeEvent).Events[0]
	e.Descriptor.CreatedDateTime = time.Time{}
	if e.Descriptor.Status != oadr.StatusCancelled {
		e.Descriptor.Status = ""
	}
	for i := range e.Signals {
		e.Signals[i].CurrentValue = nil
	}
	return e
}
