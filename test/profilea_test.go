package test

import (
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
)

// VENs of 2.0a, which the operator enters, hold an event, its change and its cancellation, whether they are pushed to over XMPP or
// HTTP, or poll; so does one of 2.0b beside them. An event that 2.0a cannot say reaches that one alone.
func TestA2A5Spec506VENsOf20a(t *testing.T) {
	s := startWith(t, server, httpOptions(vtnOptions(server, server.ComponentAddr)))
	olds := []*ven.VEN{s.oldOverXMPP("old-xmpp"), s.oldOverHTTP("old-pull", ""), s.oldOverHTTP("old-push", "127.0.0.1:0")}
	all := append([]*ven.VEN{s.join()}, olds...)
	modern := venID(all[0])
	spec := event(modern, "old-xmpp", "old-pull", "old-push")
	simple := spec.Signals[0]
	prices := client.Signal{Name: "ENERGY_PRICE", Type: "priceMultiplier", Intervals: simple.Intervals}
	spec.Signals = []client.Signal{prices, simple}
	e := s.create(spec)
	s.converge(all)
	for _, v := range olds {
		if got := v.Events(); len(got) != 1 || len(got[0].Signals) != 1 || got[0].Signals[0].Name != "SIMPLE" {
			t.Errorf("told %+v", got)
		}
	}
	s.opted(e.EventID, "old-pull", oadr.OptIn)
	s.comment(e, "else")
	s.converge(all)
	s.cancel(e.EventID)
	s.converge(all)

	spec.Signals, spec.Overlap = []client.Signal{prices}, "allow"
	unsaid := s.create(spec)
	if !slices.ContainsFunc(unsaid.Warnings, func(w client.Wrong) bool { return w.Rule == "A3" }) {
		t.Errorf("warned of %+v", unsaid.Warnings)
	}
	s.delivery(unsaid.EventID, modern, "acknowledged")
	for _, v := range olds {
		s.delivery(unsaid.EventID, venID(v), "unreachable")
	}
}

// TestA5EnerNOCVEN behaves as EnerNOC's VEN in Python: it shows its presence and requests nothing, never answers the IQ of a push,
// sends its oadrCreatedEvent as an IQ set of its own, with prefixes, and says nothing where no event wants an answer.
func TestA5EnerNOCVEN(t *testing.T) {
	s := start(t)
	a := s.account()
	s.enter(client.VENSpec{VENID: "enernoc", Identities: []client.Identity{{Identity: s.jid(a)}}})
	e := s.create(event("enernoc"))
	c := s.bystander(a)
	push := func() (is struct {
		XMLName   xml.Name
		RequestID string `xml:"requestID"`
		Signal    string `xml:"oadrEvent>eiEvent>eiEventSignals>eiEventSignal>signalName"`
	}) {
		t.Helper()
		for is.RequestID == "" {
			stanza := struct {
				Push any `xml:"oadrDistributeEvent"`
			}{&is}
			if err := c.in.Decode(&stanza); err != nil && err != io.EOF {
				t.Fatal(err)
			}
		}
		return is
	}
	c.say("<presence/>")
	is := push()
	if is.XMLName.Space != oadr.NS20a || is.Signal != "simple" {
		t.Errorf("pushed %+v", is)
	}
	c.say(fmt.Sprintf(`<iq type="set" id="mine-1" to="%s"><oadr:oadrCreatedEvent xmlns:oadr="%s" xmlns:pyld="%s" xmlns:ei="%s"><pyld:eiCreatedEvent><ei:eiResponse><ei:responseCode>200</ei:responseCode><pyld:requestID/></ei:eiResponse>`+
		`<ei:eventResponses><ei:eventResponse><ei:responseCode>200</ei:responseCode><pyld:requestID>%s</pyld:requestID><ei:qualifiedEventID><ei:eventID>%s</ei:eventID><ei:modificationNumber>0</ei:modificationNumber></ei:qualifiedEventID>`+
		`<ei:optType>optIn</ei:optType></ei:eventResponse></ei:eventResponses><ei:venID>enernoc</ei:venID></pyld:eiCreatedEvent></oadr:oadrCreatedEvent></iq>`,
		serviceJID, oadr.NS20a, oadr.NSpyld, oadr.NSei, is.RequestID, e.EventID))
	s.delivery(e.EventID, "enernoc", "acknowledged")
	s.opted(e.EventID, "enernoc", oadr.OptIn)
	s.patchEvent(e.EventID, patch{"responseRequired": "never"})
	push()
	if is := s.delivery(e.EventID, "enernoc", "acknowledged"); is.Attempts != 1 || *is.ModificationNumber != 1 {
		t.Errorf("shown as %+v", is)
	}
}
