package test

import (
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// optOf returns a puppet's oadrCreateOpt for an event, after change, or for a schedule if the eventID is empty.
func (p *puppet) optOf(optID, optType, eventID string, change ...func(*oadr.CreateOpt)) *oadr.CreateOpt {
	m := &oadr.CreateOpt{OptID: optID, OptType: optType, OptReason: "economic", VENID: p.id, RequestID: "opt", CreatedDateTime: time.Now()}
	if eventID != "" {
		m.Event = &oadr.QualifiedEventID{EventID: eventID}
	} else {
		m.Schedule, m.Availability = true, []oadr.Available{{Start: time.Now().Add(time.Hour), Duration: time.Hour}}
	}
	for _, f := range change {
		f(m)
	}
	return m
}

// TestSpec208Spec8_5_1OptIDs: an oadrCreatedOpt repeats the optID; an unknown venID or optID is 452.
func TestSpec208Spec8_5_1OptIDs(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p := s.puppet()
		if m, ok := p.says("oadrCreatedOpt 200", p.optOf("mine", oadr.OptOut, "")).(*oadr.CreatedOpt); !ok || m.OptID != "mine" {
			t.Errorf("answered %+v", m)
		}
		p.says("oadrCreatedOpt 452", p.optOf("mine", oadr.OptOut, "", func(m *oadr.CreateOpt) { m.VENID = "somebody" }))
		p.says("oadrCanceledOpt 452", &oadr.CancelOpt{RequestID: "c", OptID: "another", VENID: p.id})
		p.says("oadrCanceledOpt 452", &oadr.CancelOpt{RequestID: "c", OptID: "mine", VENID: "somebody"})
		p.says("oadrCanceledOpt 200", &oadr.CancelOpt{RequestID: "c", OptID: "mine", VENID: p.id})
	})
}

// naming makes an opt name resources and device classes in them.
func naming(resources []string, deviceClasses ...string) func(*oadr.CreateOpt) {
	return func(m *oadr.CreateOpt) {
		m.Target.Resources = resources
		if deviceClasses != nil {
			m.DeviceClass = &oadr.Target{EndDeviceAssets: deviceClasses}
		}
	}
}

// during makes an opt a schedule from the event's start, of this length; 0 is open ended.
func during(e *client.Event, long time.Duration) func(*oadr.CreateOpt) {
	return func(m *oadr.CreateOpt) { m.Availability = []oadr.Available{{Start: e.Start, Duration: long}} }
}

// cancelsOpt cancels an optID.
func (p *puppet) cancelsOpt(optID string) {
	p.t.Helper()
	p.says("oadrCanceledOpt 200", &oadr.CancelOpt{RequestID: "c", OptID: optID, VENID: p.id})
}

// TestSpec202Targets: an opt is for everything that it names, or for the whole VEN if it names nothing or the VEN itself.
func TestSpec202Targets(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p, e := s.optedVEN(0)
		group := own(t, "g")
		p.says("oadrCreatedOpt 200", p.optOf("parts", oadr.OptOut, e.EventID, naming([]string{"r1"}), func(m *oadr.CreateOpt) { m.Target.Groups = []string{group} }))
		s.stand(e, p, "none "+group+":optOut r1:optOut")
		p.says("oadrCreatedOpt 200", p.optOf("whole", oadr.OptIn, e.EventID, func(m *oadr.CreateOpt) { m.Target.VENs = []string{p.id} }))
		if got := s.status(e.EventID, p.id).Opt; got != oadr.OptIn {
			t.Errorf("its venID alone is %s of the whole VEN", got)
		}
	})
}

// TestSpec206Spec16OptsOutlive: an oadrCreateOpt stays in force after an oadrCreatedEvent and a modification, until another opt
// replaces it.
func TestSpec206Spec16OptsOutlive(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p, e := s.optedVEN(0)
		p.says("oadrCreatedOpt 200", p.optOf("o", oadr.OptOut, e.EventID))
		p.says("oadrResponse 200", createdEvent(p.id, response("x", e.EventID, 0, oadr.OptIn)))
		s.stand(e, p, "optOut")
		s.patchEvent(e.EventID, patch{"comment": "changed"})
		q := p.expectEvents(e.EventID + " 1 far")
		q.ok()
		s.stand(e, p, "optOut")
		q.opts(oadr.OptIn)
		s.stand(e, p, "optOut")
		p.says("oadrCreatedOpt 200", p.optOf("another", oadr.OptIn, e.EventID, func(m *oadr.CreateOpt) { m.Event.ModificationNumber = 1 }))
		s.stand(e, p, "optIn")
	})
}

// TestSpec206Refused: the VTN refuses an opt to a target outside the event, and one to an event that requires no response, and
// stores nothing of them.
func TestSpec206Refused(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p, e := s.optedVEN(0)
		p.says("oadrCreatedOpt 462", p.optOf("o", oadr.OptOut, e.EventID, naming([]string{"r1", "r3"})))
		spec := event(p.id)
		spec.ResponseRequired = "never"
		never := s.create(spec)
		p.expect(oadr.KindDistributeEvent).ok()
		p.says("oadrCreatedOpt 451", p.optOf("o", oadr.OptOut, never.EventID))
		s.stand(e, p, "none")
		s.stand(never, p, "none")
		if got := s.opts(client.OptFilter{VENID: p.id, Cancelled: true}); len(got) != 0 {
			t.Errorf("kept are %+v", got)
		}
	})
}

// TestSpec204OneOptID: one optID may be that of opts for several events, parts and schedules. Its cancellation cancels all.
func TestSpec204OneOptID(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p, e := s.optedVEN(0)
		other := s.for1(p, 24*time.Hour)
		for _, m := range []*oadr.CreateOpt{
			p.optOf("o", oadr.OptOut, e.EventID, naming([]string{"r1"})), p.optOf("o", oadr.OptIn, e.EventID, naming([]string{"r2"})),
			p.optOf("o", oadr.OptOut, other.EventID), p.optOf("o", oadr.OptOut, "", during(e, time.Hour)),
		} {
			p.says("oadrCreatedOpt 200", m)
		}
		s.stand(e, p, "none r1:optOut r2:optIn")
		s.stand(other, p, "optOut")
		if got := s.opts(client.OptFilter{VENID: p.id}); len(got) != 4 {
			t.Errorf("they are %+v", got)
		}
		p.cancelsOpt("o")
		s.stand(e, p, "none")
		s.stand(other, p, "none")
		if got := s.opts(client.OptFilter{VENID: p.id}); len(got) != 0 {
			t.Errorf("after oadrCancelOpt there are %+v", got)
		}
	})
}

// TestSpec209DeviceClasses: an opt for a device class of a resource is not one for the resource. A device class that is not in the
// list is refused.
func TestSpec209DeviceClasses(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p, e := s.optedVEN(0)
		p.says("oadrCreatedOpt 454", p.optOf("o", oadr.OptOut, e.EventID, naming(nil, "Toaster")))
		p.says("oadrCreatedOpt 454", p.optOf("o", oadr.OptOut, e.EventID, naming(nil, "thermostat")))
		s.stand(e, p, "none")
		p.says("oadrCreatedOpt 200", p.optOf("o", oadr.OptOut, e.EventID, naming([]string{"r1"}, "Thermostat")))
		s.stand(e, p, "none r1/Thermostat:optOut")
	})
}

// TestSpec203Spec211Schedules: a schedule for the whole VEN replaces all earlier ones of its optType, one for a resource those for
// the resource. The cancellation of a replaced schedule is no error, and restores nothing.
func TestSpec203Spec211Schedules(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p, first := s.optedVEN(0)
		second := s.for1(p, 24*time.Hour)
		says := func(first1, second1 string) {
			t.Helper()
			if got := []string{scheduled(s.status(first.EventID, p.id).ScheduleOpt), scheduled(s.status(second.EventID, p.id).ScheduleOpt)}; got[0] != first1 || got[1] != second1 {
				t.Errorf("the schedules say %q, want %q and %q", got, first1, second1)
			}
		}
		made := time.Now().Add(-time.Minute)
		schedule := func(optID, optType string, e *client.Event, change ...func(*oadr.CreateOpt)) {
			t.Helper()
			made = made.Add(time.Second)
			at := made
			p.says("oadrCreatedOpt 200", p.optOf(optID, optType, "", append(change, during(e, time.Hour), func(m *oadr.CreateOpt) { m.CreatedDateTime = at })...))
		}
		schedule("w1", oadr.OptOut, first)
		says("w1 optOut", "")
		schedule("in", oadr.OptIn, second)
		says("w1 optOut", "in optIn") // optIn and optOut are apart
		schedule("w2", oadr.OptOut, second)
		says("", "w2 optOut")
		schedule("r", oadr.OptOut, first, naming([]string{"r1"}))
		says("r1:optOut", "w2 optOut r1:optIn")
		p.cancelsOpt("w1")
		p.cancelsOpt("w2")
		says("r1:optOut", "in optIn")
	})
}

// TestSpec210Spec201OpenEnded: a duration of 0 has no end. The event is sent nevertheless.
func TestSpec210Spec201OpenEnded(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p, e := s.optedVEN(0)
		p.says("oadrCreatedOpt 200", p.optOf("o", oadr.OptOut, "", during(e, 0)))
		late := s.for1(p, 1000*time.Hour)
		if got := scheduled(s.status(late.EventID, p.id).ScheduleOpt); got != "o optOut" {
			t.Errorf("of an event long after it says %q", got)
		}
	})
}

// TestSpec205MarketContexts: a schedule with a market context is for the events of that context alone.
func TestSpec205MarketContexts(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p, e := s.optedVEN(0)
		p.says("oadrCreatedOpt 200", p.optOf("o", oadr.OptOut, "", during(e, time.Hour), func(m *oadr.CreateOpt) { m.MarketContext = "http://example.org/other" }))
		if got := scheduled(s.status(e.EventID, p.id).ScheduleOpt); got != "" {
			t.Errorf("of an event of another market context it says %q", got)
		}
		p.says("oadrCreatedOpt 200", p.optOf("mine", oadr.OptOut, "", during(e, time.Hour), func(m *oadr.CreateOpt) { m.MarketContext = e.MarketContext }))
		if got := scheduled(s.status(e.EventID, p.id).ScheduleOpt); got != "mine optOut" {
			t.Errorf("of an event of its market context it says %q", got)
		}
	})
}
