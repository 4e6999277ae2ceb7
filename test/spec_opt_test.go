package test

import (
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// optOf is an oadrCreateOpt of a puppet for an event, after change; for a schedule
// where the eventID is empty.
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

// TestSpec208Spec8_5_1OptIDs: an oadrCreatedOpt repeats the optID; a venID or optID
// that is not there is 452.
func TestSpec208Spec8_5_1OptIDs(t *testing.T) {
	s := walk(t)
	p := s.puppet()
	if m, ok := p.says("oadrCreatedOpt 200", p.optOf("mine", oadr.OptOut, "")).(*oadr.CreatedOpt); !ok || m.OptID != "mine" {
		t.Errorf("answered %+v", m)
	}
	p.says("oadrCreatedOpt 452", p.optOf("mine", oadr.OptOut, "", func(m *oadr.CreateOpt) { m.VENID = "somebody" }))
	p.says("oadrCanceledOpt 452", &oadr.CancelOpt{RequestID: "c", OptID: "another", VENID: p.id})
	p.says("oadrCanceledOpt 452", &oadr.CancelOpt{RequestID: "c", OptID: "mine", VENID: "somebody"})
	p.says("oadrCanceledOpt 200", &oadr.CancelOpt{RequestID: "c", OptID: "mine", VENID: p.id})
}
