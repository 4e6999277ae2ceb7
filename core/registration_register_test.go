package core_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

type (
	created  = *oadr.CreatedPartyRegistration
	canceled = *oadr.CanceledPartyRegistration
	response = *oadr.Response
)

func TestN1N13StrangersQueryProfilesAndTransports(t *testing.T) {
	r := start(t, known)
	got := must[created](r, peer("nobody"), &oadr.QueryRegistration{RequestID: "q1"})
	wantCode(t, got.Response, oadr.CodeOK, "q1")
	if got.RegistrationID != "" || got.VENID != "" {
		t.Errorf("a stranger got registrationID %q and venID %q", got.RegistrationID, got.VENID)
	}
	if len(got.Profiles) != 2 || got.Profiles[0].Name != "2.0b" || !slices.Equal(got.Profiles[0].Transports, []string{"xmpp"}) {
		t.Errorf("profiles %+v, want 2.0b and 2.0a over the enabled transports alone", got.Profiles)
	}
}

func TestN2RegisteredVENQueriesItsIDs(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	first := must[created](r, ven, registration())
	got := must[created](r, ven, &oadr.QueryRegistration{RequestID: "q1"})
	if got.VENID != "ven1" || got.RegistrationID != first.RegistrationID || got.VTNID != "VTN" {
		t.Errorf("got %+v, want the IDs of %+v", got, first)
	}
}

func TestN3RegistrationWithoutIDsGetsNewOnes(t *testing.T) {
	r := start(t)
	a, b := must[created](r, peer("a"), registration()), must[created](r, peer("b"), registration())
	wantCode(t, a.Response, oadr.CodeOK, "r1")
	if a.VENID == "" || a.RegistrationID == "" || a.VENID == b.VENID || a.RegistrationID == b.RegistrationID {
		t.Errorf("IDs are not new ones: %+v, %+v", a, b)
	}
}

func TestN4VenIDGivenBeforehandIsKept(t *testing.T) {
	r := start(t, known)
	if _, err := r.AddVEN(t.Context(), core.VEN{VENID: "site-7"}); err != nil {
		t.Fatal(err)
	}
	m := registration()
	m.VENID = "site-7"
	if got := must[created](r, peer("a"), m); got.VENID != "site-7" {
		t.Errorf("venID %q, code %d", got.VENID, got.Response.Code)
	}
	// It is taken now.
	got := must[created](r, peer("b"), m)
	wantCode(t, got.Response, oadr.CodeInvalidID, "r1")
	if got.RegistrationID != "" {
		t.Error("another VEN's venID was given a registrationID")
	}
}

func TestN4OpenModeTakesFreeVenIDs(t *testing.T) {
	r := start(t)
	m := registration()
	m.VENID = "mine"
	if got := must[created](r, peer("a"), m); got.VENID != "mine" {
		t.Errorf("proposed venID became %q", got.VENID)
	}
	wantCode(t, must[created](r, peer("b"), m).Response, oadr.CodeInvalidID, "r1")
}

func TestN4ProposedVenIDMustBeUsable(t *testing.T) {
	r := start(t)
	for _, id := range []string{" ven", "a\nb", strings.Repeat("x", 256), ".", "..", "/"} {
		m := registration()
		m.VENID = id
		wantCode(t, must[created](r, peer("a"), m).Response, oadr.CodeInvalidData, "r1")
	}
}

func TestG7RefusedVENIsNamed(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	m := registration()
	m.TransportName = "smtp"
	if got := must[created](r, ven, m); got.VENID != "ven1" {
		t.Errorf("venID %q", got.VENID)
	}
}

func TestN5ReregistrationKeepsIDsAndUpdates(t *testing.T) {
	r := start(t)
	first := must[created](r, peer("a"), registration())
	m := registration()
	m.RegistrationID, m.VENID, m.VENName, m.ReportOnly, m.TransportAddress = first.RegistrationID, first.VENID, "new name", true, "a@example.org"
	got := must[created](r, peer("a"), m)
	if got.RegistrationID != first.RegistrationID || got.VENID != first.VENID {
		t.Errorf("IDs changed: %+v, %+v", first, got)
	}
	ven, err := r.VEN(t.Context(), first.VENID)
	if err != nil {
		t.Fatal(err)
	}
	if ven.Name != "new name" || !ven.Registration.ReportOnly || ven.Registration.Address != "a@example.org" {
		t.Errorf("name %q, registration %+v were not updated", ven.Name, ven.Registration)
	}
}

func TestN6G6RegisteringAgainWithoutIDsKeepsBoth(t *testing.T) {
	r := start(t)
	first, again := must[created](r, peer("a"), registration()), must[created](r, peer("a"), registration())
	if again.RegistrationID != first.RegistrationID || again.VENID != first.VENID {
		t.Errorf("%+v became %+v", first, again)
	}
}

func TestN7WrongIDsAre452(t *testing.T) {
	r := start(t)
	a, b := must[created](r, peer("a"), registration()), must[created](r, peer("b"), registration())
	for name, ids := range map[string][2]string{
		"another's registrationID": {b.RegistrationID, a.VENID},
		"unknown registrationID":   {"reg-x", a.VENID},
		"another's venID":          {a.RegistrationID, b.VENID},
		"venID in another case":    {a.RegistrationID, strings.ToUpper(a.VENID)},
	} {
		t.Run(name, func(t *testing.T) {
			m := registration()
			m.RegistrationID, m.VENID = ids[0], ids[1]
			got := must[created](r, peer("a"), m)
			wantCode(t, got.Response, oadr.CodeInvalidID, "r1")
			if now := must[created](r, peer("a"), &oadr.QueryRegistration{RequestID: "q"}); now.RegistrationID != a.RegistrationID || now.VENID != a.VENID {
				t.Errorf("the registration became %+v", now)
			}
		})
	}
}

func TestN8VENCancelsItsRegistration(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	id := must[created](r, ven, registration()).RegistrationID
	wantCode(t, must[canceled](r, ven, &oadr.CancelPartyRegistration{RequestID: "c1", RegistrationID: "reg-x"}).Response, oadr.CodeInvalidID, "c1")
	got := must[canceled](r, ven, &oadr.CancelPartyRegistration{RequestID: "c2", RegistrationID: id, VENID: "ven1"})
	wantCode(t, got.Response, oadr.CodeOK, "c2")
	if got.RegistrationID != id || got.VENID != "ven1" {
		t.Errorf("answer names %q, %q", got.RegistrationID, got.VENID)
	}
	r.refusesStranger(ven, &oadr.CancelPartyRegistration{RequestID: "c3", RegistrationID: id})
	// Nothing more is pushed: the event is due for another VEN only.
	other := r.join("ven2")
	r.create(simple(venIDs("ven1", "ven2")...))
	if p, _ := r.pushedEvents(); p.To != other.Address {
		t.Errorf("pushed to %s", p.To)
	}
	// Registering again brings what was missed.
	must[created](r, ven, registration())
	if p, d := r.pushedEvents(); p.To != ven.Address || len(d.Events) != 1 {
		t.Errorf("after registering again: push to %s with %d events", p.To, len(d.Events))
	}
}

func TestN12TransportNotOfferedIs454(t *testing.T) {
	r := start(t)
	for _, transport := range []string{"smtp", "simpleHttp", "XMPP"} {
		m := registration()
		m.TransportName = transport
		got := must[created](r, peer("a"), m)
		wantCode(t, got.Response, oadr.CodeInvalidData, "r1")
		if got.Response.Description == "" || got.RegistrationID != "" {
			t.Errorf("%q: %+v", transport, got)
		}
	}
	m := registration()
	m.ProfileName = "xmpp" // what a VEN in the field sends; read as 2.0b
	wantCode(t, must[created](r, peer("a"), m).Response, oadr.CodeOK, "r1")
}

// A VEN that wants simpleHttp, which is not enabled, is told which transports there are,
// and its registration stays as it was.
func TestN12N13SimpleHTTPIsAnsweredWithWhatIsOffered(t *testing.T) {
	r := start(t)
	registered := r.join("ven1")
	before := must[created](r, registered, registration())
	m := registration()
	m.TransportName, m.TransportAddress, m.HTTPPullModel, m.VENName = oadr.TransportSimpleHTTP, "https://ven.example.org", new(true), "renamed"
	for _, from := range []core.Peer{registered, peer("stranger")} {
		got := must[created](r, from, m)
		wantCode(t, got.Response, oadr.CodeInvalidData, "r1")
		if d := got.Response.Description; !strings.Contains(d, "simpleHttp") || !strings.Contains(d, "xmpp") {
			t.Errorf("the reason is %q", d)
		}
		if len(got.Profiles) != 2 || got.Profiles[0].Name != "2.0b" || !slices.Equal(got.Profiles[0].Transports, []string{"xmpp"}) || got.VTNID != "VTN" {
			t.Errorf("offered are %+v", got)
		}
		if got.RegistrationID != "" || (got.VENID != "") != (from == registered) {
			t.Errorf("%s is given %q, %q", from.Identity, got.RegistrationID, got.VENID)
		}
	}
	if now := must[created](r, registered, &oadr.QueryRegistration{RequestID: "q"}); now.RegistrationID != before.RegistrationID {
		t.Errorf("the registration became %+v", now)
	}
	if v, err := r.VEN(t.Context(), "ven1"); err != nil || v.Name != "a VEN" || v.Registration.Transport != "xmpp" || v.Registration.Address != "" {
		t.Errorf("the VEN became %+v, %v", v, err)
	}
	if vens, _, err := r.VENs(t.Context(), core.VENFilter{}, "", 10); err != nil || len(vens) != 1 {
		t.Errorf("there are %d VENs, %v", len(vens), err)
	}
}

// The VTN keeps what a VEN said last about signatures.
func TestN14Spec8_4_2_1XMLSignatureIsStored(t *testing.T) {
	r := start(t)
	for _, signs := range []bool{true, false, true} {
		m := registration()
		m.VENID, m.XMLSignature = "ven1", signs
		wantCode(t, must[created](r, peer("a"), m).Response, oadr.CodeOK, "r1")
		if v, err := r.VEN(t.Context(), "ven1"); err != nil || v.Registration.XMLSignature != signs {
			t.Errorf("stored is %+v, %v, want %v", v.Registration, err, signs)
		}
	}
}

func TestN12RefusedPartyIs463(t *testing.T) {
	t.Run("known mode", func(t *testing.T) {
		r := start(t, known)
		got := must[created](r, peer("a"), registration())
		wantCode(t, got.Response, oadr.CodeNotRegistered, "r1")
		if got.Response.Description == "" || got.RegistrationID != "" || got.VENID != "" {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("domain not allowed", func(t *testing.T) {
		r := start(t)
		from := peer("a")
		from.Barred = "accounts of example.org may not register here"
		got := must[created](r, from, registration())
		wantCode(t, got.Response, oadr.CodeNotRegistered, "r1")
		if got.Response.Description != from.Barred {
			t.Errorf("reason %q", got.Response.Description)
		}
	})
}

func TestG2PayloadOfAnotherVENChangesNothing(t *testing.T) {
	r := start(t)
	a := r.join("ven1")
	r.join("ven2")
	e := r.create(simple(venIDs("ven1", "ven2")...))
	for _, id := range []string{"ven2", "VEN1", "nobody"} {
		wantCode(t, must[response](r, a, answer(id, "x", e.EventID, 0, "optIn")).Response, oadr.CodeInvalidID, "")
	}
	for _, id := range []string{"ven1", "ven2"} {
		if s := r.status(e.EventID, id); s.Opt != core.OptNone {
			t.Errorf("%s has opt %s", id, s.Opt)
		}
	}
	// An absent optional venID is the sender.
	id := must[created](r, a, registration()).RegistrationID
	wantCode(t, must[canceled](r, a, &oadr.CancelPartyRegistration{RequestID: "c", RegistrationID: id}).Response, oadr.CodeOK, "c")
}

func TestG4MessagesAVTNNeverReceivesAre453(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	for _, m := range []oadr.Message{
		&oadr.DistributeEvent{RequestID: "d", VTNID: "VTN"}, &oadr.RequestReregistration{VENID: "ven1"},
		&oadr.CreatedOpt{Response: oadr.EIResponse{Code: 200, RequestID: "d"}, OptID: "o"},
	} {
		wantCode(t, must[response](r, ven, m).Response, oadr.CodeNotRecognized, m.Request())
	}
	reply, err := r.sendRaw(ven, []byte(`<oadrPayload xmlns="`+oadr.NS+`"><oadrSignedObject><oadrMakeCoffee><requestID xmlns="`+oadr.NSpyld+`">r9</requestID></oadrMakeCoffee></oadrSignedObject></oadrPayload>`))
	if err != nil {
		t.Fatal(err)
	}
	wantCode(t, reply.(response).Response, oadr.CodeNotRecognized, "r9")
}
