package core_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// Rules H13 and H15: a VEN that polls is told how often; a stranger gets no IDs, and learns
// which transports there are.
func TestH13H15Spec403Spec404PollFrequencyAndIDs(t *testing.T) {
	r := startHTTP(t)
	_, ven := r.enterHTTP("ven1")
	_, other := r.enterHTTP("ven2")
	freq := func(when string, m *oadr.CreatedPartyRegistration, want bool) {
		t.Helper()
		if got := m.PollFreq != nil && *m.PollFreq == pollInterval; got != want {
			t.Errorf("%s: oadrRequestedOadrPollFreq is %v", when, m.PollFreq)
		}
	}
	query := func(from core.Peer) *oadr.CreatedPartyRegistration {
		t.Helper()
		return must[*oadr.CreatedPartyRegistration](r, from, &oadr.QueryRegistration{RequestID: "q"})
	}
	got := query(ven)
	freq("a stranger's query", got, true)
	raw := string(oadr.Append(nil, oadr.Form{}, got))
	if strings.Contains(raw, "registrationID") || strings.Contains(raw, "venID") {
		t.Errorf("a stranger got %s", raw)
	}
	for _, p := range got.Profiles {
		if !slices.Equal(p.Transports, []string{simpleHTTP, "xmpp"}) {
			t.Errorf("profile %s is offered over %v", p.Name, p.Transports)
		}
	}
	if !slices.ContainsFunc(got.Profiles, func(p oadr.ProfileOffer) bool { return p.Name == oadr.Profile20b }) {
		t.Errorf("offered are %+v", got.Profiles)
	}
	freq("pull", r.register(ven, overHTTP("")), true)
	freq("pull, query", query(ven), true)
	freq("push", r.register(other, overHTTP(address)), false)
	freq("push, query", query(other), false)
	freq("XMPP", query(peer("ven1")), false)
	webPush[*oadr.RegisterReport](r)
}

// Rule H14: what a registration over HTTP has to say.
func TestH14Spec402HowTheVENIsReached(t *testing.T) {
	r := startHTTP(t)
	_, ven := r.enterHTTP("ven1")
	pull, push := true, false
	for name, c := range map[string]struct {
		model   *bool
		address string
		code    oadr.Code
	}{
		"no oadrHttpPullModel":      {nil, address, 454},
		"push without an address":   {&push, "", 454},
		"push to None":              {&push, "None", 454},
		"push to what is forbidden": {&push, "https://localhost/", 454},
		"push":                      {&push, address, 200},
		"pull":                      {&pull, "", 200},
		"pull, None":                {&pull, "None", 200},
		"pull with an address":      {&pull, address, 200},
	} {
		m := overHTTP("")
		m.HTTPPullModel, m.TransportAddress = c.model, c.address
		got := must[*oadr.CreatedPartyRegistration](r, ven, m)
		if wantCode(t, got.Response, c.code, "r1"); t.Failed() {
			t.Fatal(name)
		}
		if c.code != oadr.CodeOK && !strings.Contains(got.Response.Description, "oadr") {
			t.Errorf("%s: %q does not name the element", name, got.Response.Description)
		}
	}
	m := registration() // says xmpp
	wantCode(t, must[*oadr.CreatedPartyRegistration](r, ven, m).Response, oadr.CodeInvalidData, "r1")
	m = overHTTP("")
	wantCode(t, must[*oadr.CreatedPartyRegistration](r, peer("ven1"), m).Response, oadr.CodeInvalidData, "r1")
}

// Rule H16: to register again with its IDs keeps all; without, the VEN is greeted anew, and
// what it is to know follows.
func TestH16Spec405RegisteringAgain(t *testing.T) {
	r := startHTTP(t)
	ven := r.pulls("ven1")
	made := must[*oadr.CreatedPartyRegistration](r, ven, &oadr.QueryRegistration{RequestID: "q"})
	e := r.create(simple(venIDs("ven1")...))
	d := polled[*oadr.DistributeEvent](r, ven)
	must[*oadr.Response](r, ven, answer("ven1", d.RequestID, e.EventID, 0, "optIn"))
	r.wantDelivery(e, "ven1", core.DeliveryAcknowledged)
	r.reregister("ven1")
	polled[*oadr.RequestReregistration](r, ven)

	m := overHTTP("")
	m.RegistrationID, m.VENID = made.RegistrationID, made.VENID
	if got := r.register(ven, m); got.RegistrationID != made.RegistrationID || got.VENID != "ven1" {
		t.Errorf("registered as %+v", got)
	}
	r.noticeBecomes("ven1", core.NoticeRegistered)
	polled[*oadr.DistributeEvent](r, ven) // it may have lost it
	r.idle(ven)

	// [E] and [L] register as new when they are asked to, and answer nothing.
	r.register(ven, overHTTP(""))
	r.takesGreeting(ven)
	if got := polled[*oadr.DistributeEvent](r, ven); len(got.Events) != 1 {
		t.Errorf("told %+v", got.Events)
	}
}
