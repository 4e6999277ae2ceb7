package core_test

import (
	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// formA is the form of all payloads of 2.0a (rule A1).
var formA = oadr.Form{Root: oadr.RootMessage, Profile: oadr.ProfileA}

// enterA enters a VEN of 2.0a called name, with labels.
func (r *testVTN) enterA(name string, labels ...func(*core.VEN)) core.Peer {
	r.t.Helper()
	ven := core.VEN{VENID: name, Profile: "2.0a", Identities: accounts(name)}
	for _, l := range labels {
		l(&ven)
	}
	if _, err := r.AddVEN(r.t.Context(), ven); err != nil {
		r.t.Fatal(err)
	}
	return peer(name)
}

// sendA hands a message of 2.0a over, through the codec.
func sendA[T oadr.Message](r *rig, from core.Peer, m oadr.Message) T {
	r.t.Helper()
	reply, err := r.sendRaw(from, oadr.Append(nil, formA, m))
	if err != nil {
		r.t.Fatalf("%s from %s: %v", m.Kind(), from.Identity, err)
	}
	written, err := oadr.Decode(oadr.Append(nil, formA, reply), oadr.DefaultLimits)
	if err != nil {
		r.t.Fatalf("%s was answered with %#v: %v", m.Kind(), reply, err)
	}
	answer, ok := written.Message.(T)
	if !ok {
		r.t.Fatalf("%s was answered with %#v", m.Kind(), reply)
	}
	return answer
}

// pushedA waits for the next push, which must be of events and in 2.0a.
func (r *testVTN) pushedA(to core.Peer) (core.Push, []oadr.Event) {
	r.t.Helper()
	p, m := r.pushedEvents()
	d, err := oadr.Decode(p.Bytes, oadr.DefaultLimits)
	if err != nil || d.Form != formA || p.To != to.Address {
		r.t.Fatalf("pushed to %s, want %s: %v\n%s", p.To, to.Address, err, p.Bytes)
	}
	return p, m.Events
}

// price makes an event one of prices alone.
func price(s *core.EventSpec) {
	s.Signals = []core.Signal{{Name: "ELECTRICITY_PRICE", Type: "priceMultiplier", Intervals: s.Signals[0].Intervals}}
}
