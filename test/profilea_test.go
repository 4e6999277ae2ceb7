package test

import (
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
