package core_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

func TestN4WebhookDecidesOnEachRegistration(t *testing.T) {
	r, o := decided(t)
	m := registration()
	m.VENID, m.TransportAddress, m.ReportOnly = "proposed", "a@example.org/x", true
	got := must[created](r, peer("a"), m)
	wantCode(t, got.Response, oadr.CodeOK, "r1")
	if got.VENID != "proposed" {
		t.Errorf("registered as %s", got.VENID)
	}
	m.RegistrationID, m.VENID = got.RegistrationID, ""
	must[created](r, peer("a"), m)
	want := core.Application{Identity: core.Identity{Transport: "xmpp", Name: "a@example.org"}, VENID: "proposed", VENName: "a VEN",
		Profile: "2.0b", Transport: "xmpp", Address: "a@example.org/x", ReportOnly: true, RequestID: "r1"}
	again := want
	again.Known, again.RegistrationID = true, got.RegistrationID
	if !slices.Equal(o.applications, []core.Application{want, again}) {
		t.Errorf("the operator got %+v", o.applications)
	}
}

// A registration that is wrong for any VEN is refused without asking the operator.
func TestN7N12WebhookIsNotAskedInVain(t *testing.T) {
	r, o := decided(t)
	first := must[created](r, peer("a"), registration())
	o.applications = nil
	for name, c := range map[string]struct {
		from   core.Peer
		change func(*oadr.CreatePartyRegistration)
		code   oadr.Code
	}{
		"a transport not offered": {peer("b"), func(m *oadr.CreatePartyRegistration) { m.TransportName = "simpleHttp" }, 454},
		"another's venID":         {peer("b"), func(m *oadr.CreatePartyRegistration) { m.VENID = first.VENID }, 452},
		"another's registration":  {peer("b"), func(m *oadr.CreatePartyRegistration) { m.RegistrationID = first.RegistrationID }, 452},
		"a wrong registrationID":  {peer("a"), func(m *oadr.CreatePartyRegistration) { m.RegistrationID = "reg-x" }, 452},
		"a barred domain":         {core.Peer{Transport: "xmpp", Identity: "c@example.net", Address: "c@example.net/c", Barred: "no"}, func(*oadr.CreatePartyRegistration) {}, 463},
	} {
		m := registration()
		c.change(m)
		wantCode(t, must[created](r, c.from, m).Response, c.code, "r1")
		if len(o.applications) > 0 {
			t.Errorf("%s: the operator got %+v", name, o.applications)
		}
	}
	must[created](r, peer("a"), &oadr.QueryRegistration{RequestID: "q"})
	if len(o.applications) > 0 {
		t.Error("the operator got an application for a query")
	}
}

func TestN12WebhookRefuses(t *testing.T) {
	r, o := decided(t)
	o.says(core.Decision{Reason: "not a customer"})
	got := must[created](r, peer("a"), registration())
	wantCode(t, got.Response, oadr.CodeNotRegistered, "r1")
	if got.Response.Description != "not a customer" || got.VENID != "" || got.RegistrationID != "" {
		t.Errorf("answered %+v", got)
	}
	o.says(core.Decision{Reason: strings.Repeat("no ", 10000)})
	if got := must[created](r, peer("a"), registration()); len(got.Response.Description) > 300 {
		t.Errorf("a reason of %d bytes", len(got.Response.Description))
	}
	o.says(core.Decision{})
	if got := must[created](r, peer("a"), registration()); got.Response.Description == "" {
		t.Error("refused without a reason")
	}
	// A refusal does not touch a registration that exists.
	o.says(core.Decision{Accept: true})
	first := must[created](r, peer("a"), registration())
	o.says(core.Decision{Reason: "no more"})
	m := registration()
	m.VENName = "renamed"
	wantCode(t, must[created](r, peer("a"), m).Response, oadr.CodeNotRegistered, "r1")
	if v, err := r.VEN(t.Context(), first.VENID); err != nil || v.Registration == nil || v.Name != "a VEN" {
		t.Errorf("the VEN became %+v, %v", v, err)
	}
}

func TestWebhookGivesVENIDAndLabels(t *testing.T) {
	r, o := decided(t)
	r.join("other")
	o.says(core.Decision{Accept: true, VENID: "site-7", Groups: []string{"south", "north"}, Resources: []string{"r"}})
	e := r.create(at("before", time.Hour, time.Hour, func(s *core.EventSpec) { s.Targets = venIDs("other") }))
	p, _ := r.pushedEvents()
	r.Settle(peer("other"), p.Token, core.Outcome{Result: core.Acknowledged})
	r.wantDelivery(e, "other", core.DeliveryAcknowledged)
	if got := must[created](r, peer("a"), registration()); got.VENID != "site-7" {
		t.Fatalf("registered as %+v", got)
	}
	groups := func(want ...string) {
		t.Helper()
		if v, err := r.VEN(t.Context(), "site-7"); err != nil || !slices.Equal(v.Groups, want) || !slices.Equal(v.Resources, []string{"r"}) {
			t.Errorf("the VEN is %+v, %v", v, err)
		}
	}
	groups("north", "south")
	settle := func(want ...string) {
		t.Helper()
		p, d := r.pushedEvents()
		var got []string
		for _, e := range d.Events {
			got = append(got, e.Descriptor.EventID+" "+e.Descriptor.Status)
		}
		if !slices.Equal(got, want) || p.To != peer("a").Address {
			t.Errorf("pushed %q to %s, want %q", got, p.To, want)
		}
		r.Settle(peer("a"), p.Token, core.Outcome{Result: core.Acknowledged})
	}
	r.create(at("in-south", 5*time.Hour, time.Hour, func(s *core.EventSpec) {
		s.Targets = []core.Target{{Kind: core.TargetGroup, Value: "south"}}
	}))
	settle("in-south far")

	// Labels that are not named stay; named ones replace the old (rules E1, E23).
	o.says(core.Decision{Accept: true, VENID: "site-7", Groups: []string{"north"}})
	must[created](r, peer("a"), registration())
	groups("north")
	settle("in-south cancelled")
	o.says(core.Decision{Accept: true})
	must[created](r, peer("a"), registration())
	groups("north")
	settle("in-south cancelled") // it was not answered (rule E22)
	o.says(core.Decision{Accept: true, Groups: []string{}})
	must[created](r, peer("a"), registration())
	groups()
}

func TestWebhookTakesUpAVENThatWasEntered(t *testing.T) {
	r, o := decided(t)
	if _, err := r.AddVEN(t.Context(), core.VEN{VENID: "entered", Groups: []string{"old"}, Parties: []string{"p"}}); err != nil {
		t.Fatal(err)
	}
	o.says(core.Decision{Accept: true, VENID: "entered", Groups: []string{"new"}})
	m := registration()
	m.VENID = "something else"
	if got := must[created](r, peer("a"), m); got.VENID != "entered" {
		t.Errorf("registered as %+v", got)
	}
	if v, err := r.VEN(t.Context(), "entered"); err != nil || !slices.Equal(v.Groups, []string{"new"}) || !slices.Equal(v.Parties, []string{"p"}) {
		t.Errorf("the VEN is %+v, %v", v, err)
	}
	if _, err := r.VEN(t.Context(), "something else"); !errors.Is(err, core.ErrNotFound) {
		t.Errorf("the proposed VEN was entered, too: %v", err)
	}
}

func TestN12WebhookFailsClosed(t *testing.T) {
	for name, c := range map[string]struct {
		d      core.Decision
		err    error
		reason string
	}{
		"an error":              {core.Decision{Accept: true}, errors.New("connection refused"), "did not decide"},
		"a venID no URL names":  {core.Decision{Accept: true, VENID: ".."}, nil, "did not decide"},
		"a venID that is none":  {core.Decision{Accept: true, VENID: " x"}, nil, "did not decide"},
		"an empty label":        {core.Decision{Accept: true, Groups: []string{""}}, nil, "did not decide"},
		"a label twice":         {core.Decision{Accept: true, Parties: []string{"a", "a"}}, nil, "did not decide"},
		"another VEN's venID":   {core.Decision{Accept: true, VENID: "other"}, nil, "venID"},
		"a label out of bounds": {core.Decision{Accept: true, MarketContexts: []string{strings.Repeat("x", 256)}}, nil, "did not decide"},
	} {
		t.Run(name, func(t *testing.T) {
			r, o := decided(t)
			r.join("other")
			o.answer = func(core.Application) (core.Decision, error) { return c.d, c.err }
			got := must[created](r, peer("a"), registration())
			wantCode(t, got.Response, oadr.CodeNotRegistered, "r1")
			if !strings.Contains(got.Response.Description, c.reason) || got.RegistrationID != "" {
				t.Errorf("answered %+v, want a reason with %q", got, c.reason)
			}
			if vens, _, err := r.VENs(t.Context(), core.VENFilter{}, "", 10); err != nil || len(vens) != 1 {
				t.Errorf("there are %d VENs, %v", len(vens), err)
			}
		})
	}
	t.Run("a venID for one that has another", func(t *testing.T) {
		r, o := decided(t)
		r.join("mine")
		o.says(core.Decision{Accept: true, VENID: "new"})
		wantCode(t, must[created](r, peer("mine"), registration()).Response, oadr.CodeNotRegistered, "r1")
		if v, err := r.VEN(t.Context(), "mine"); err != nil || v.Registration == nil {
			t.Errorf("the VEN became %+v, %v", v, err)
		}
	})
	t.Run("nobody to ask", func(t *testing.T) {
		r := start(t, func(c *core.Config) { c.Registration = core.RegistrationWebhook })
		wantCode(t, must[created](r, peer("a"), registration()).Response, oadr.CodeNotRegistered, "r1")
	})
}

func TestWebhookBusyOrOvertakenIsTriedAgain(t *testing.T) {
	r, o := decided(t)
	o.answer = func(core.Application) (core.Decision, error) {
		return core.Decision{}, fmt.Errorf("all taken: %w", core.ErrBusy)
	}
	if reply, err := r.send(peer("a"), registration()); !errors.Is(err, core.ErrBusy) || reply != nil {
		t.Errorf("busy: %v, %v", reply, err)
	}
	// The operator enters the newcomer while the VTN asks about it.
	o.answer = func(core.Application) (core.Decision, error) {
		_, err := r.AddVEN(t.Context(), core.VEN{VENID: "entered", Identities: []core.Identity{{Transport: "xmpp", Name: "a@example.org"}}})
		return core.Decision{Accept: true, Groups: []string{"strangers"}}, err
	}
	if reply, err := r.send(peer("a"), registration()); !errors.Is(err, core.ErrBusy) || reply != nil {
		t.Errorf("overtaken: %v, %v", reply, err)
	}
	if v, err := r.VEN(t.Context(), "entered"); err != nil || v.Registration != nil || len(v.Groups) > 0 {
		t.Errorf("the VEN became %+v, %v", v, err)
	}
}
