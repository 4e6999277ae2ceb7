package test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mellium.im/xmpp/disco"
	"mellium.im/xmpp/jid"
	"mellium.im/xmpp/ping"
	"mellium.im/xmpp/stanza"

	"github.com/vtn-xmpp/vtn-xmpp/core/coretest"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
)

// TestSpec507Spec38Spec9_3_4_2Spec9_3_4_3Push: the VTN offers XMPP, and pushes in an
// IQ of type set, from its service.
func TestSpec507Spec38Spec9_3_4_2Spec9_3_4_3Push(t *testing.T) {
	s := walk(t)
	p := s.puppet()
	offer := p.says("oadrCreatedPartyRegistration 200", &oadr.QueryRegistration{RequestID: "q"}).(*oadr.CreatedPartyRegistration)
	if len(offer.Profiles) != 2 || offer.Profiles[0].Name != oadr.Profile20b || !slices.Contains(offer.Profiles[0].Transports, oadr.TransportXMPP) {
		t.Errorf("offered are %+v", offer.Profiles)
	}
	e := s.create(event(p.id)).EventID
	q := p.expectEvents(e + " 0 far") // which takes nothing but an IQ of type set
	q.ok()
	if !strings.HasPrefix(q.Raw, "<oadrPayload xmlns='"+oadr.NS+"'") || q.from != serviceJID {
		t.Errorf("pushed from %s: %s", q.from, q.Raw)
	}
}

// TestSpec502StatusIsNoNews: a change of status by time alone is not pushed, but is in the next message.
func TestSpec502StatusIsNoNews(t *testing.T) {
	clock := coretest.NewClock(time.Now().UTC().Truncate(time.Second))
	s, _ := startInside(t, server, "sqlite:"+filepath.Join(t.TempDir(), "vtn.db"), clock)
	p := s.puppet()
	first := s.create(event(p.id))
	p.expectEvents(first.EventID + " 0 far").ok()
	s.delivery(first.EventID, p.id, "acknowledged")
	clock.Move(90 * time.Minute) // it has begun
	spec := event(p.id)
	spec.Start = first.Start.Add(4 * time.Hour)
	later := s.create(spec)
	p.expectEvents(first.EventID+" 0 active", later.EventID+" 0 far").ok()
}

// TestSpec512Spec517WrongCase: IDs are compared case-sensitively.
func TestSpec512Spec517WrongCase(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p := s.puppet()
		p.says("oadrDistributeEvent 452", &oadr.RequestEvent{RequestID: "x", VENID: strings.ToUpper(p.id)})
		e := s.create(event(p.id)).EventID
		p.expectEvents(e + " 0 far").ok()
		p.says("oadrResponse 452", createdEvent(p.id, response("x", strings.ToUpper(e), 0, oadr.OptIn)))
		p.says("oadrCreatedPartyRegistration 452", p.registration(withVENID(p.id), withRegistrationID(strings.ToUpper(p.registrationID))))
	})
}

// TestSpec514Spec8_4_2_1Signatures: the VTN accepts a VEN that supports signatures, and sends it none: they are optional.
func TestSpec514Spec8_4_2_1Signatures(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p := s.newcomer()
		made := p.register(func(m *oadr.CreatePartyRegistration) { m.XMLSignature = true })
		if shown, err := s.GetVEN(t.Context(), made.VENID); err != nil || !shown.Registration.XMLSignature {
			t.Errorf("shown as %+v, %v", shown, err)
		}
	})
}

// TestSpec517Strangers: the answer to any message of a stranger fits the message and has the code 463, before registration and
// after its end.
func TestSpec517Strangers(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p := s.newcomer()
		told := func() {
			t.Helper()
			for kind, m := range otherThanRegistration("ven") {
				p.says(string(kind)+" 463", m)
			}
			p.says("oadrResponse 463", &oadr.Poll{VENID: "ven"})
		}
		told()
		p.register()
		p.says("oadrCanceledPartyRegistration 200", &oadr.CancelPartyRegistration{RequestID: "c", RegistrationID: p.registrationID, VENID: p.id})
		told()
	})
}

// TestSpec9_3_4_1Addresses: a push goes to the address that the VEN last sent from, else to its oadrTransportAddress, else to any
// available client that knows OpenADR.
func TestSpec9_3_4_1Addresses(t *testing.T) {
	s := walk(t)
	account := s.account()
	session := func(resource string) *puppet {
		return s.newcomer(func(c *ven.Config) { c.JID = s.jid(account) + "/" + resource })
	}
	spoke := session("spoke")
	spoke.register()
	spoke.says("oadrRegisteredReport 200", &oadr.RegisterReport{RequestID: "reports", VENID: spoke.id, Reports: offers()})
	spoke.expect(oadr.KindRegisterReport).ok()
	before, registered, after := session("a"), session("registered"), session("z") // in no order is it the last
	spoke.says("oadrCreatedPartyRegistration 200", spoke.registration(withVENID(spoke.id), withRegistrationID(spoke.registrationID), func(m *oadr.CreatePartyRegistration) {
		m.TransportAddress = registered.JID().String()
	}))
	for _, other := range []*puppet{before, registered, after} { // which say that they are there, and ask for nothing of OpenADR's
		if _, err := other.SendRaw(t.Context(), serviceJID, []byte("<query xmlns='jabber:iq:version'/>")); err != nil {
			t.Fatal(err)
		}
	}

	first := s.create(event(spoke.id)).EventID
	spoke.expectEvents(first + " 0 far").ok()
	s.delivery(first, spoke.id, "acknowledged")
	spoke.Abort()
	second := s.create(event(spoke.id)).EventID
	q := registered.expect(oadr.KindDistributeEvent)
	if len(before.pushes)+len(after.pushes) > 0 {
		t.Error("another client was pushed to before the registered address")
	}
	q.fail(notImplemented)
	select {
	case q = <-before.pushes:
	case q = <-after.pushes:
	case <-time.After(patience):
		t.Fatal("the push went to no other client")
	}
	q.ok()
	s.delivery(second, spoke.id, "acknowledged")
}

const pingRequest = "<ping xmlns='urn:xmpp:ping'/>"

// TestSpec9_3_4_5Spec9_3_4_3Silence: the VTN sends nobody presence, and does not answer an answer that comes in a message.
func TestSpec9_3_4_5Spec9_3_4_3Silence(t *testing.T) {
	s := walk(t)
	l := s.bystander(s.account())
	l.say("<presence/><message id='m' to='" + serviceJID + "'>" + written(&oadr.Response{Response: oadr.EIResponse{Code: oadr.CodeOK}}) + "</message>")
	got := l.heard(serviceJID, pingRequest)
	if slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, "vtn") }) || got[len(got)-1] != "result" {
		t.Errorf("it hears %q", got)
	}
}

// TestSpec9_3_4_8Rosters: a VEN without a roster receives pushes like any other.
func TestSpec9_3_4_8Rosters(t *testing.T) {
	s := walk(t)
	a := rig.Account{User: fmt.Sprintf("ven%d", accounts.Add(1)), Password: "secret"} // seen by nobody
	if err := s.server.Register(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	p := s.newcomer(func(c *ven.Config) { c.JID = s.jid(a) })
	p.register()
	p.says("oadrRegisteredReport 200", &oadr.RegisterReport{RequestID: "reports", VENID: p.id, Reports: offers()})
	p.expect(oadr.KindRegisterReport).ok()
	e := s.create(event(p.id)).EventID
	p.expectEvents(e + " 0 far").ok()
	s.delivery(e, p.id, "acknowledged")
}

// TestSpec515Spec9_3_4_9_1Spec9_3_4_9_2Discovery: at the domain it logs in to a VEN
// finds the feature, and under either spelling of their node the services.
func TestSpec515Spec9_3_4_9_1Spec9_3_4_9_2Discovery(t *testing.T) {
	s := walk(t)
	c := s.session(s.account())
	found, err := disco.GetInfo(t.Context(), "", jid.MustParse(s.server.Domain), c)
	if err != nil || !slices.ContainsFunc(found.Features, announces) {
		t.Errorf("the domain has %v, %v", found.Features, err)
	}
	for _, node := range []string{"http://openadr.org/openadr2#services", "http://openadr.org/OpenADR2#services"} {
		listed := disco.FetchItemsIQ(t.Context(), node, stanza.IQ{To: jid.MustParse(s.server.Domain)}, c)
		var services []string
		for listed.Next() {
			services = append(services, listed.Item().Node)
		}
		listed.Close()
		slices.Sort(services)
		want := []string{"http://openadr.org/OpenADR2/EiEvent", "http://openadr.org/OpenADR2/EiOpt", "http://openadr.org/OpenADR2/EiRegisterParty", "http://openadr.org/OpenADR2/EiReport"}
		if !slices.Equal(services, want) {
			t.Errorf("under %s there are %q, %v", node, services, listed.Err())
		}
	}
}

// TestSpec515Spec9_3_5Isolation: no stanza of a VEN reaches another VEN.
func TestSpec515Spec9_3_5Isolation(t *testing.T) {
	s := walk(t)
	from, to := s.bystander(s.account()), s.bystander(s.account())
	to.say("<presence/>")
	to.heard(s.server.Domain, pingRequest)
	victim := to.LocalAddr().String()
	from.say("<message to='" + victim + "'>" + written(&oadr.RequestReregistration{VENID: "ven"}) + "</message><presence to='" + victim + "'/>")
	for _, request := range []string{written(&oadr.RequestReregistration{VENID: "ven"}), pingRequest} {
		if got := from.heard(victim, request); got[len(got)-1] != "error" {
			t.Errorf("%s is answered with %q", request, got)
		}
	}
	if got := to.heard(s.server.Domain, pingRequest); !slices.Equal(got, []string{"result"}) {
		t.Errorf("the other one hears %q", got)
	}
}

// TestSpec9_3_4_4_1EmptyResult: the VTN answers with an empty result if it has no message to send, and accepts an empty answer to
// a push.
func TestSpec9_3_4_4_1EmptyResult(t *testing.T) {
	s := walk(t)
	p := s.puppet()
	p.says("empty", &oadr.Response{Response: oadr.EIResponse{Code: oadr.CodeOK, RequestID: "nobody's"}, VENID: p.id})
	e := s.create(event(p.id)).EventID
	p.expectEvents(e + " 0 far").empty()
	s.delivery(e, p.id, "acknowledged")
}

// TestSpec9_3_4_4_2Errors: a stanza error in answer to a push is not an OpenADR error.
func TestSpec9_3_4_4_2Errors(t *testing.T) {
	s := walk(t)
	p := s.puppet()
	e := s.create(event(p.id)).EventID
	p.expectEvents(e + " 0 far").fail(badRequest)
	if got := s.delivery(e, p.id, "refused"); got.LastError != "bad-request" || got.ResponseCode != 0 {
		t.Errorf("shown as %+v", got)
	}
}

// TestSpec9_3_4_6Ping: the VTN answers a ping.
func TestSpec9_3_4_6Ping(t *testing.T) {
	s := walk(t)
	c := s.session(s.account())
	for _, to := range []string{serviceJID, vtnDomain} {
		if err := ping.Send(t.Context(), c, jid.MustParse(to)); err != nil {
			t.Error(err)
		}
	}
}
