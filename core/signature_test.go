package core_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/oadr/signature"
)

// required is how a VEN is entered that has to sign.
func required(v *core.VEN) { v.Signatures = core.SignaturesRequired }

// enter enters a VEN with the account and the certificate of its name.
func (r *testVTN) enter(name string, change ...func(*core.VEN)) core.Peer {
	r.t.Helper()
	ven := core.VEN{VENID: name, Identities: []core.Identity{{Transport: "xmpp", Name: peer(name).Identity}}}
	for _, c := range append([]func(*core.VEN){certified(name)}, change...) {
		c(&ven)
	}
	if _, err := r.AddVEN(r.t.Context(), ven); err != nil {
		r.t.Fatal(err)
	}
	return peer(name)
}

// enterGreeted enters a VEN, which registers by a signed message and answers the greeting by
// an empty result.
func (r *testVTN) enterGreeted(name string, m *oadr.CreatePartyRegistration) core.Peer {
	r.t.Helper()
	r.wire.greets.Store(true)
	from := r.enter(name)
	r.wantHandled(from, r.signed(name, t0, m), "200")
	r.Settle(from, (<-r.wire.pushes).Token, core.Outcome{Result: core.Acknowledged, Bare: true})
	r.greeted(name)
	return from
}

// xmlSigning is a registration with oadrXmlSignature.
func xmlSigning() *oadr.CreatePartyRegistration {
	m := registration()
	m.XMLSignature = true
	return m
}

// TestS5S12Modes: who has to sign, by the VTN's mode and the VEN's own.
func TestS5S12Modes(t *testing.T) {
	const needed = "a signature is needed"
	for _, x := range []struct {
		vtn, ven                    core.SignatureMode
		unsigned, then, bad, goodBy any
		asks                        bool // it registers with oadrXmlSignature
	}{
		{vtn: "", unsigned: "200", then: "200", bad: "200", goodBy: "200", asks: true},
		{vtn: "off", unsigned: "200", then: "200", bad: "200", goodBy: "200", asks: true},
		{vtn: "asked", unsigned: "200", then: "200", bad: "does not hold", goodBy: "200"},
		{vtn: "asked", unsigned: "200", then: needed, bad: "does not hold", goodBy: "200", asks: true},
		{vtn: "required", unsigned: needed, then: needed, bad: "does not hold", goodBy: "200"},
		{vtn: "required", ven: "off", unsigned: "200", then: "200", bad: "200", goodBy: "200", asks: true},
		{vtn: "off", ven: "required", unsigned: needed, then: needed, bad: "does not hold", goodBy: "200"},
		{vtn: "off", ven: "asked", unsigned: "200", then: needed, bad: "does not hold", goodBy: "200", asks: true},
	} {
		t.Run(fmt.Sprintf("%s %s %v", x.vtn, x.ven, x.asks), func(t *testing.T) {
			t.Parallel()
			r := start(t, signing(x.vtn))
			from := r.enter("a", func(v *core.VEN) { v.Signatures = x.ven })
			m := registration()
			m.XMLSignature = x.asks
			r.wantHandled(from, unsigned(m), x.unsigned.(string))
			r.wantHandled(from, r.signed("a", t0, m), "200")
			r.wantHandled(from, unsigned(pollOf("a")), x.then.(string))
			r.wantHandled(from, unsigned(&oadr.UpdateReport{RequestID: "u", VENID: "a"}), x.then.(string))
			r.wantHandled(from, []byte(strings.Replace(string(r.signed("a", t0, pollOf("a"))), ">a<", ">b<", 1)), strings.Replace(x.bad.(string), "200", "452", 1))
			r.wantHandled(from, r.signed("a", t0, pollOf("a")), x.goodBy.(string))
			r.wantHandled(from, r.signed("a", t0, &oadr.UpdateReport{RequestID: "u", VENID: "a"}), x.goodBy.(string))
		})
	}
}

// TestS4S11Certificate: a signature counts only if its certificate is one of the sender's VEN.
func TestS4S11Certificate(t *testing.T) {
	r := start(t, signing("required"))
	a, b := r.enter("a", certified("a2")), r.enter("b")
	r.wantHandled(a, r.signed("a", t0, xmlSigning()), "200")
	r.wantHandled(b, r.signed("b", t0, xmlSigning()), "200")
	r.wantHandled(a, r.signed("a2", t0, pollOf("a")), "200") // T8: two, for renewal
	r.wantHandled(a, r.signed("b", t0, pollOf("a")), "not one of the sender")
	r.wantHandled(a, r.signed("nobody", t0, pollOf("a")), "not one of the sender")
	r.wantHandled(peer("stranger"), r.signed("a", t0, pollOf("a")), "not one of the sender")
	r.wantHandled(peer("stranger"), r.signed("nobody", t0, registration()), "not one of the sender")

	// A stranger whose transport knows its certificate may sign with that.
	of := certificateIdentity("over-http")
	stranger := core.Peer{Transport: of.Transport, Identity: of.Name, Address: of.Name}
	r.wantHandled(stranger, r.signed("over-http", t0, &oadr.QueryRegistration{RequestID: "q"}), "200")
	r.wantHandled(stranger, r.signed("a", t0, &oadr.QueryRegistration{RequestID: "q"}), "not one of the sender")

	r.change("a", func(v *core.VEN) { v.Identities = v.Identities[:1] })
	r.wantHandled(a, r.signed("a", t0, pollOf("a")), "not one of the sender")
}

// TestS3S10Time: a timestamp may be five minutes off, before and after.
func TestS3S10Time(t *testing.T) {
	r := start(t, signing("required"))
	a := r.enter("a")
	r.clock.Move(time.Hour)
	now := t0.Add(time.Hour)
	for _, x := range []struct {
		off  time.Duration
		want string
	}{{0, "200"}, {-5 * time.Minute, "200"}, {5 * time.Minute, "200"}, {-5*time.Minute - time.Second, "is older than"}, {5*time.Minute + time.Second, "ahead"}} {
		r.wantHandled(a, r.signed("a", now.Add(x.off), &oadr.QueryRegistration{RequestID: "q"}), x.want)
	}
}

// TestS3Replay: what was seen before does not count, also for other messages and while
// many others come, and what an earlier process may have seen does not either.
func TestS3Replay(t *testing.T) {
	r := start(t, signing("required"))
	a := r.enter("a")
	query := func(at time.Duration) []byte {
		return r.signed("a", t0.Add(at), &oadr.QueryRegistration{RequestID: "q"})
	}
	r.clock.Move(time.Minute)
	first := query(time.Minute)
	r.wantHandled(a, first, "200")
	r.wantHandled(a, first, "seen before")
	report := r.signed("a", t0.Add(time.Minute), &oadr.UpdateReport{RequestID: "u"})
	if got := r.handles(a, report); strings.Contains(got, "not signed") {
		t.Errorf("a report is answered %q", got)
	}
	r.wantHandled(a, report, "seen before")
	at := time.Minute
	for i := range 1040 {
		if i%4 == 0 {
			r.clock.Move(time.Second)
			at += time.Second
		}
		r.wantHandled(a, query(at), "200")
	}
	r.wantHandled(a, first, "seen before") // it is forgotten, and too old to tell
	r.wantHandled(a, query(at), "200")

	r.clock.Move(time.Second)
	r.restart()
	r.wantHandled(a, query(at), "too old to tell")
	r.wantHandled(a, query(at+time.Second), "200")
}

// TestS5Refused: what is refused changes nothing, not even where the VEN is.
func TestS5Refused(t *testing.T) {
	r := start(t, signing("required"))
	a := r.enterGreeted("a", xmlSigning())
	elsewhere := client(a, "elsewhere")
	r.wantHandled(elsewhere, unsigned(pollOf("a")), "needed")
	r.wantHandled(elsewhere, unsigned(&oadr.CancelPartyRegistration{RequestID: "c", VENID: "a"}), "needed")
	r.create(simple(venIDs("a")...))
	if p, _ := r.pushedEvents(); p.To != a.Address {
		t.Errorf("pushed to %s", p.To)
	}
}

// TestS12Pushes: a push is signed if the VEN registered so, and then only a signed answer
// settles it.
func TestS12Pushes(t *testing.T) {
	r := start(t, signing("asked"))
	a := r.enterGreeted("a", xmlSigning())
	r.enterGreeted("b", registration())
	r.create(simple(venIDs("b")...))
	p, _ := r.pushedEvents()
	if strings.Contains(string(p.Bytes), "Signature") {
		t.Errorf("a VEN that did not ask for signatures is pushed %s", p.Bytes)
	}
	r.acknowledged(p)
	e := r.create(simple(venIDs("a")...))
	p, _ = r.pushedEvents()
	got, err := signature.Codec{Limits: oadr.DefaultLimits}.Decode(p.Bytes)
	if err != nil || got.Signature == nil || got.Signature.Fingerprint != certificateIdentity("vtn").Name || !got.Signature.Timestamp.Equal(t0) {
		t.Fatalf("%v, %+v: %s", err, got, p.Bytes)
	}
	r.Settle(a, p.Token, core.Outcome{Result: core.Acknowledged, Code: 200})
	r.waitFor(func() bool { return r.status(e.EventID, "a").LastError != "" })
	if s := r.status(e.EventID, "a"); s.Delivery == core.DeliveryAcknowledged {
		t.Errorf("after an unsigned answer: %+v", s)
	}
	r.clock.Move(time.Minute)
	again, _ := r.pushedEvents()
	answer := &oadr.Response{Response: oadr.EIResponse{Code: oadr.CodeOK, RequestID: again.Token.String()}, VENID: "a"}
	for _, by := range []string{"b", "a"} {
		p, err := signature.Codec{Limits: oadr.DefaultLimits}.Decode(r.signed(by, t0.Add(time.Minute), answer))
		if err != nil {
			t.Fatal(err)
		}
		r.Answer(t.Context(), a, again.Token, p)
		if by == "b" {
			r.waitFor(func() bool { return strings.Contains(r.status(e.EventID, "a").LastError, "not one of the sender") })
			r.clock.Move(time.Minute)
			if again, _ = r.pushedEvents(); again.Token.VENNo == 0 {
				t.Fatal("an answer that another signed settles the push")
			}
			answer.Response.RequestID = again.Token.String()
		}
	}
	r.wantDelivery(e, "a", core.DeliveryAcknowledged)
}

// TestS12NothingToSignWith: where the VTN has lost its certificate, nothing that has to be signed
// is pushed or handed out without. The operator sees why, and all of it goes out once there is
// a certificate again.
func TestS12NothingToSignWith(t *testing.T) {
	r := startHTTP(t, signing("off"))
	a := r.enterGreeted("a", xmlSigning())
	of := certificateIdentity("b")
	b := core.Peer{Transport: of.Transport, Identity: of.Name, Address: of.Name}
	if _, err := r.AddVEN(t.Context(), core.VEN{VENID: of.Name, Identities: []core.Identity{of}}); err != nil {
		t.Fatal(err)
	}
	r.register(b, overHTTP(""))
	r.takesGreeting(b)
	r.change("a", required)
	r.change(of.Name, required)
	polls := func(at time.Duration, want string) {
		t.Helper()
		r.wantHandled(b, r.signed("b", t0.Add(at), pollOf(of.Name)), want)
	}

	encoder := r.cfg.Encoder
	r.cfg.Encoder = nil
	r.restart()
	e := r.create(simple(venIDs("a", of.Name)...))
	polls(0, "200")
	for _, id := range []string{"a", of.Name} {
		r.waitFor(func() bool { return strings.Contains(r.status(e.EventID, id).LastError, "VTN_SIGN_CERT_FILE") })
	}
	r.quiet()

	r.cfg.Encoder = encoder
	r.restart()
	r.clock.Move(time.Minute)
	if p, _ := r.pushedEvents(); p.To != a.Address || !strings.Contains(string(p.Bytes), "SignatureValue") {
		t.Errorf("pushed to %s: %s", p.To, p.Bytes)
	}
	polls(time.Minute, "200")
	r.wantDelivery(e, of.Name, core.DeliverySent)
}

// TestS12SeparateAnswers: an answer that comes as a signed request counts, and after a restart an
// unsigned result still does not.
func TestS12SeparateAnswers(t *testing.T) {
	r := start(t, signing("required"))
	a := r.enterGreeted("a", xmlSigning())
	e := r.create(simple(venIDs("a")...))
	p, _ := r.pushedEvents()
	response := &oadr.Response{Response: oadr.EIResponse{Code: oadr.CodeOK, RequestID: p.Token.String()}, VENID: "a"}
	r.wantHandled(a, unsigned(response), "needed")
	r.wantHandled(a, r.signed("a", t0, response), "no code")
	r.wantDelivery(e, "a", core.DeliveryAcknowledged)

	spec := simple(venIDs("a")...)
	spec.Start = spec.Start.Add(5 * time.Hour)
	e = r.create(spec)
	p, _ = r.pushedEvents()
	r.restart()
	r.Settle(a, p.Token, core.Outcome{Result: core.Acknowledged, Code: 200})
	r.waitFor(func() bool { return r.status(e.EventID, "a").LastError != "" })
	if s := r.status(e.EventID, "a"); s.Delivery == core.DeliveryAcknowledged || !strings.Contains(s.LastError, "not signed") {
		t.Errorf("after an unsigned answer it is %+v", s)
	}
}

// TestE25S12Room: the room for events counts the signature.
func TestE25S12Room(t *testing.T) {
	r := start(t, signing("required"), func(c *core.Config) { c.MaxPayload = 110_000 })
	a := r.enterGreeted("a", xmlSigning())
	const most = 110_000
	for day := 1; ; day++ {
		spec := prices(day, venIDs("a")...)
		if _, err := r.CreateEvent(t.Context(), spec, "test"); err != nil {
			if day == 1 {
				t.Fatal(err)
			}
			break
		}
		p, _ := r.pushedEvents()
		if len(p.Bytes) > most || !strings.Contains(string(p.Bytes), "SignatureValue") {
			t.Fatalf("pushed are %d bytes", len(p.Bytes))
		}
		r.Settle(a, p.Token, core.Outcome{Result: core.Acknowledged, Bare: true})
	}
}

// TestE25S12Part: where a signature is what does not fit any more, the VEN is told a part.
func TestE25S12Part(t *testing.T) {
	r := start(t, signing("required"))
	a := r.enterGreeted("a", xmlSigning())
	r.create(prices(1, venIDs("a")...))
	first, _ := r.pushedEvents()
	r.Settle(a, first.Token, core.Outcome{Result: core.Acknowledged, Bare: true})
	r.create(prices(2, venIDs("a")...))
	both, _ := r.pushedEvents()
	r.cfg.MaxPayload = len(both.Bytes) - 100
	r.restart()
	r.clock.Move(time.Minute)
	if p, m := r.pushedEvents(); len(m.Events) != 1 || len(p.Bytes) > r.cfg.MaxPayload {
		t.Errorf("pushed are %d events in %d bytes of %d", len(m.Events), len(p.Bytes), r.cfg.MaxPayload)
	}
}

// TestS12Off: where nobody looks at signatures, the answer has none.
func TestS12Off(t *testing.T) {
	r := start(t, signing("off"))
	p, err := signature.Codec{Limits: oadr.DefaultLimits}.Decode(r.signed("a", t0, &oadr.QueryRegistration{RequestID: "q"}))
	if err != nil || !p.Form.Signed {
		t.Fatalf("%v, %+v", err, p)
	}
	if _, err := r.Handle(t.Context(), peer("a"), p); err != nil || p.Form.Signed {
		t.Errorf("%v, the form of the answer is %+v", err, p.Form)
	}
}

// TestS12Setting: a VEN's mode must be one, and needs a certificate of the VTN.
func TestS12Setting(t *testing.T) {
	r := start(t)
	for mode, wrong := range map[core.SignatureMode]string{"on": "none of off", "required": "VTN_SIGN_CERT_FILE", "asked": "VTN_SIGN_CERT_FILE", "off": "", "": ""} {
		_, err := r.AddVEN(t.Context(), core.VEN{VENID: "ven" + string(mode), Signatures: mode})
		var invalid *core.InvalidError
		if wrong == "" && err != nil || wrong != "" && (!errors.As(err, &invalid) || invalid.Problems[0].Field != "signatures" || !strings.Contains(err.Error(), wrong)) {
			t.Errorf("%s: %v", mode, err)
		}
	}
	got, err := r.VEN(t.Context(), "venoff")
	if err != nil || got.Signatures != core.SignaturesOff {
		t.Errorf("%+v, %v", got, err)
	}
	_, err = r.ModifyVEN(t.Context(), "venoff", func(v *core.VEN) error { required(v); return nil })
	if err == nil {
		t.Error("a VEN may be changed to a mode that the VTN cannot serve")
	}
}
