package ven

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/internal/fingerprint"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
)

// A VEN that polls registers so, takes what is handed out, and answers by requests of its
// own to the service's URL.
func TestH1H8H9VENThatPolls(t *testing.T) {
	vtn := startHTTPVTN(t)
	cfg := vtn.config("ven1")
	cfg.HTTP.PollInterval = 0
	vtn.usual = func(usual func(oadr.Message) oadr.Message) func(oadr.Message) oadr.Message {
		return func(m oadr.Message) oadr.Message {
			a := usual(m)
			if r, ok := a.(*oadr.CreatedPartyRegistration); ok {
				r.PollFreq = new(time.Minute) // H13
			}
			return a
		}
	}(vtn.usual)
	vtn.handOut(
		pushOf("e-1", event("a", 0)),
		&oadr.CreateReport{RequestID: "c-1", Requests: []oadr.ReportRequest{asks("1", "usage", "a")}, VENID: "ven-7"},
		&oadr.CancelPartyRegistration{RequestID: "x-1", RegistrationID: "reg-7", VENID: "ven-7"},
	)
	v := connect(t, cfg)
	if _, err := v.Register(timeout(t)); err != nil {
		t.Fatal(err)
	}
	m := awaitHTTP[*oadr.CreatePartyRegistration](t, vtn, "EiRegisterParty")
	if m.TransportName != "simpleHttp" || m.HTTPPullModel == nil || !*m.HTTPPullModel || m.TransportAddress != "" {
		t.Errorf("sent %+v", m)
	}
	if m := awaitHTTP[*oadr.Poll](t, vtn, "OadrPoll"); m.VENID != "ven-7" {
		t.Errorf("polled as %s", m.VENID)
	}
	var created *oadr.CreatedEvent
	var report *oadr.CreatedReport
	for created == nil || report == nil { // in either order: the VEN answers events by itself
		switch m := next(t, vtn.got).Message.(type) {
		case *oadr.CreatedEvent:
			created = m
		case *oadr.CreatedReport:
			report = m
		case *oadr.Response:
			t.Fatalf("answered events with %+v", m)
		}
	}
	if len(created.Responses) != 1 || created.Responses[0].RequestID != "e-1" || created.Responses[0].OptType != oadr.OptIn {
		t.Errorf("answered events with %+v", created)
	}
	if report.Response.RequestID != "c-1" || report.Response.Code != oadr.CodeReport {
		t.Errorf("answered a request for reports with %+v", report)
	}
	if m := awaitHTTP[*oadr.CanceledPartyRegistration](t, vtn, "EiRegisterParty"); m.Response.RequestID != "x-1" {
		t.Errorf("answered a cancellation with %+v", m)
	}
	until(t, func() bool { return v.State() == Connected })
	if v.connection.transport.(*overHTTP).interval() != time.Minute {
		t.Errorf("it polls every %v", v.connection.transport.(*overHTTP).interval())
	}
}

// What is wrong with events is said in an oadrCreatedEvent; a request to register again is
// answered by oadrResponse.
func TestH9AnswersToWhatIsHandedOut(t *testing.T) {
	vtn := startHTTPVTN(t)
	v := vtn.registered(vtn.config("ven1"))
	foreign := pushOf("e-1", event("a", 0))
	foreign.VTNID = "other"
	vtn.handOut(foreign)
	if m := awaitHTTP[*oadr.CreatedEvent](t, vtn, "EiEvent"); m.Response.Code != oadr.CodeInvalidID || m.Response.RequestID != "e-1" || len(m.Responses) != 0 {
		t.Errorf("answered %+v", m)
	}
	vtn.handOut(&oadr.RequestReregistration{VENID: "ven-7"})
	if m := awaitHTTP[*oadr.Response](t, vtn, "EiRegisterParty"); m.Response.Code != oadr.CodeOK || m.Response.RequestID != "" {
		t.Errorf("answered %+v", m)
	}
	if m := awaitHTTP[*oadr.CreatePartyRegistration](t, vtn, "EiRegisterParty"); m.RegistrationID != "reg-7" {
		t.Errorf("registers again with %+v", m)
	}
	if len(v.Events()) != 0 {
		t.Errorf("it holds %v", v.Events())
	}
}

// A VEN that the VTN does not know any more registers again.
func TestH17VENThatIsUnknownRegistersAgain(t *testing.T) {
	vtn := startHTTPVTN(t)
	vtn.registered(vtn.config("ven1"))
	vtn.handOut(&oadr.Response{Response: oadr.EIResponse{Code: oadr.CodeNotRegistered, Description: "register"}})
	awaitHTTP[*oadr.CreatePartyRegistration](t, vtn, "EiRegisterParty")
}

// A VEN that leaves does not register again because a poll that it sent meanwhile is answered
// that it is not registered.
func TestN8VENThatLeavesStaysAway(t *testing.T) {
	vtn := startHTTPVTN(t)
	cfg := vtn.config("ven1")
	cfg.OnPayload = func(raw []byte) {
		if !bytes.Contains(raw, []byte("<oadrCanceledPartyRegistration")) {
			return
		}
		vtn.handOut(&oadr.Response{Response: oadr.EIResponse{Code: oadr.CodeNotRegistered, Description: "register"}})
		for polls := 0; polls < 5; { // the one that finds it, and some that follow
			select {
			case h := <-vtn.got:
				switch h.Message.(type) {
				case *oadr.CreatePartyRegistration:
					t.Error("it registers again")
				case *oadr.Poll:
					if vtn.left() == 0 {
						polls++
					}
				}
			case <-t.Context().Done():
				return
			}
		}
	}
	v := vtn.registered(cfg)
	if err := v.CancelRegistration(timeout(t)); err != nil {
		t.Fatal(err)
	}
	if r, ok := v.Registration(); ok {
		t.Errorf("it is registered as %+v", r)
	}
}

// A VEN that listens registers its URL, answers pushes in the answer to their request, and
// its opt is a request of its own.
func TestH14H18H19VENThatIsPushedTo(t *testing.T) {
	vtn := startHTTPVTN(t)
	cfg := vtn.config("ven1")
	cfg.HTTP.Listen = "127.0.0.1:0"
	v := connect(t, cfg)
	if _, err := v.Register(timeout(t)); err != nil {
		t.Fatal(err)
	}
	m := awaitHTTP[*oadr.CreatePartyRegistration](t, vtn, "EiRegisterParty")
	if m.HTTPPullModel == nil || *m.HTTPPullModel || m.TransportAddress != v.Address() {
		t.Errorf("sent %+v", m)
	}
	at := "OpenADR2/Simple/2.0b/"
	status, answer := vtn.push(v.Address(), at+"EiEvent", pushOf("e-1", event("a", 0)))
	if r, ok := answer.(*oadr.Response); status != http.StatusOK || !ok || r.Response.RequestID != "e-1" {
		t.Errorf("answered %d %+v", status, answer)
	}
	if m := awaitHTTP[*oadr.CreatedEvent](t, vtn, "EiEvent"); m.Responses[0].RequestID != "e-1" {
		t.Errorf("sent %+v", m)
	}
	status, answer = vtn.push(v.Address(), at+"EiReport", &oadr.CreateReport{RequestID: "c-1", Requests: []oadr.ReportRequest{asks("1", "usage", "a")}, VENID: "ven-7"})
	if r, ok := answer.(*oadr.CreatedReport); status != http.StatusOK || !ok || r.Response.RequestID != "c-1" {
		t.Errorf("answered %d %+v", status, answer)
	}
	if status, _ = vtn.push(v.Address(), "EiEvent", pushOf("e-2")); status != http.StatusNotFound {
		t.Errorf("another path is answered %d", status)
	}
	if status, _ = vtn.push(v.Address(), at+"EiEvent", &oadr.Unknown{}); status != http.StatusNotAcceptable {
		t.Errorf("no payload is answered %d", status)
	}
}

// A VEN connects again by itself, and waits while the VTN is overloaded.
func TestH20VENComesBack(t *testing.T) {
	vtn := startHTTPVTN(t)
	cfg := vtn.config("ven1")
	state := states(&cfg)
	v := vtn.registered(cfg)
	v.Drop()
	for _, want := range []State{Connected, Registered, Disconnected, Registered} {
		if s := next(t, state); s != want {
			t.Fatalf("state %s, want %s", s, want)
		}
	}
	vtn.fails(http.StatusServiceUnavailable)
	_, err := v.Query(timeout(t))
	var status *StatusError
	if !errors.As(err, &status) || status.Status != http.StatusServiceUnavailable || final(err) || v.State() != Registered {
		t.Errorf("failed with %v, state %s", err, v.State())
	}
	vtn.fails(http.StatusForbidden)
	if _, err := v.Query(timeout(t)); !errors.Is(err, ErrNotAuthorized) {
		t.Errorf("failed with %v", err)
	}
}

// The VTN is known by its chain and name or, if that is given, by its fingerprint.
func TestT6T7VENChecksTheVTN(t *testing.T) {
	vtn := startHTTPVTN(t)
	nameless := certificate(t, "vtn", func(c *x509.Certificate) { c.ExtKeyUsage = nil })
	for _, c := range []struct {
		name         string
		shows        tls.Certificate
		fingerprints []string
		fails        bool
	}{
		{"by its name", vtn.certificate, nil, false},
		{"without a name", nameless, nil, true},
		{"without a name, by its fingerprint", nameless, []string{fingerprint.Of(nameless.Certificate[0])}, false},
		{"another fingerprint", vtn.certificate, []string{fingerprint.Of(nameless.Certificate[0])}, true},
	} {
		vtn.shows(c.shows)
		cfg := vtn.config("ven1")
		cfg.VTNFingerprints = c.fingerprints
		v, err := Dial(timeout(t), cfg)
		if failed := err != nil; failed != c.fails {
			t.Errorf("%s: %v", c.name, err)
		}
		if err == nil {
			v.Abort()
		}
	}
}

func TestH1H18Endpoints(t *testing.T) {
	for _, c := range []struct {
		base    string
		profile oadr.Profile
		want    string
	}{
		{"https://h", oadr.ProfileB, "https://h/OpenADR2/Simple/2.0b/EiEvent"},
		{"https://h/p/", oadr.ProfileB, "https://h/p/OpenADR2/Simple/2.0b/EiEvent"},
		{"https://h/OpenADR2/Simple/2.0b/", oadr.ProfileB, "https://h/OpenADR2/Simple/2.0b/EiEvent"},
		{"https://h/OpenADR2/Simple/2.0b/EiEvent", oadr.ProfileB, "https://h/OpenADR2/Simple/2.0b/EiEvent"},
		{"https://h/", oadr.ProfileA, "https://h/OpenADR2/Simple/EiEvent"},
		{"https://h/OpenADR2/Simple", oadr.ProfileA, "https://h/OpenADR2/Simple/EiEvent"},
	} {
		if got := endpoint(c.base, c.profile, "EiEvent"); got != c.want {
			t.Errorf("%s: %s, want %s", c.base, got, c.want)
		}
	}
}

// Only who shows a certificate that the VEN trusts may push.
func TestT5OnlyTheVTNPushes(t *testing.T) {
	vtn := startHTTPVTN(t)
	cfg := vtn.config("ven1")
	cfg.HTTP.Listen = "127.0.0.1:0"
	cfg.VTNFingerprints = []string{fingerprint.Of(vtn.certificate.Certificate[0])}
	v := connect(t, cfg)
	another, err := rig.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := another.Issue("vtn")
	if err != nil {
		t.Fatal(err)
	}
	for what, certificates := range map[string][]tls.Certificate{
		"nobody": nil, "one of another authority": {foreign}, "another VEN": {certificate(t, "ven2")},
	} {
		client := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{Certificates: certificates, InsecureSkipVerify: true}}}
		res, err := client.Post(v.Address()+"OpenADR2/Simple/2.0b/EiEvent", "application/xml", nil)
		if err == nil {
			res.Body.Close()
			t.Errorf("%s is answered %d", what, res.StatusCode)
		}
	}
}

// A VTN cannot make a VEN read or do anything without end: not by a large answer, nor by a
// redirect, nor by handing out the same for ever.
func TestG5H8VENIsBounded(t *testing.T) {
	vtn := startHTTPVTN(t)
	for range 2 * maxHandedOut {
		vtn.handOut(pushOf("e-1"))
	}
	cfg := vtn.config("ven1")
	cfg.HTTP.PollInterval = time.Hour
	v := vtn.registered(cfg)
	until(t, func() bool { return vtn.left() == maxHandedOut })
	vtn.fails(http.StatusTemporaryRedirect)
	var status *StatusError
	if _, err := v.Query(timeout(t)); !errors.As(err, &status) || status.Status != http.StatusTemporaryRedirect {
		t.Errorf("a redirect: %v", err)
	}
	vtn.fails(0)
	vtn.writes(make([]byte, maxBody+1))
	if _, err := v.Query(timeout(t)); !errors.Is(err, oadr.ErrTooLarge) {
		t.Errorf("a large answer: %v", err)
	}
	vtn.writes(nil)
	if _, err := v.Query(timeout(t)); err != nil || vtn.left() != maxHandedOut {
		t.Errorf("%v, %d left", err, vtn.left())
	}
}
