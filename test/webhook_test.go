package test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
)

// TestN4N12Webhook lets an operator's system decide on registrations.
func TestN4N12Webhook(t *testing.T) {
	const secret = "what-both-sides-know"
	asked := make(chan map[string]any, 10)
	var answer atomic.Pointer[string]
	says := func(text string) { answer.Store(&text) }
	endpoint := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		at, mac, _ := strings.Cut(strings.TrimPrefix(r.Header.Get("VTN-Signature"), "t="), ",v1=")
		want := hmac.New(sha256.New, []byte(secret))
		want.Write(append([]byte(at+"."), body...))
		if hex.EncodeToString(want.Sum(nil)) != mac {
			t.Errorf("the signature of %s is %s", body, r.Header.Get("VTN-Signature"))
		}
		var m map[string]any
		if err := json.Unmarshal(body, &m); err != nil {
			t.Error(err)
		}
		asked <- m
		if text := *answer.Load(); text != "" {
			_, _ = io.WriteString(w, text)
			return
		}
		<-r.Context().Done() // too slow
	}))
	defer endpoint.Close()
	s := start(t, "VTN_REGISTRATION=webhook", "VTN_WEBHOOK_URL="+endpoint.URL+"/registrations", "VTN_WEBHOOK_SECRET="+secret)

	// Accepted, with what it is called and belongs to.
	says(`{"accept": true, "venID": "site-7", "groups": ["north"], "resources": ["boiler"]}`)
	account := s.account()
	v := s.connect(s.config(account))
	given, err := v.Register(t.Context())
	if err != nil || given.VENID != "site-7" {
		t.Fatalf("registered as %+v, %v", given, err)
	}
	q := next(t, "the question", asked)
	if id, _ := q["identity"].(map[string]any); id["transport"] != "xmpp" || id["identity"] != s.jid(account) || q["known"] != false || q["profile"] != "2.0b" {
		t.Errorf("asked %v", q)
	}
	if shown, err := s.GetVEN(t.Context(), "site-7"); err != nil || !slices.Equal(shown.Groups, []string{"north"}) || !slices.Equal(shown.Resources, []string{"boiler"}) {
		t.Errorf("the operator sees %+v, %v", shown, err)
	}
	spec := event()
	spec.Targets = client.Targets{Groups: []string{"north"}}
	e := s.create(spec)
	s.delivery(e.EventID, "site-7", "acknowledged")

	// Asked again about one that is known: labels that are not named stay.
	says(`{"accept": true}`)
	if again, err := v.Register(t.Context()); err != nil || again != given {
		t.Errorf("registered again as %+v, %v", again, err)
	}
	if q := next(t, "the question", asked); q["known"] != true || q["venID"] != "site-7" || q["registrationID"] != given.RegistrationID {
		t.Errorf("asked %v", q)
	}
	if shown, err := s.GetVEN(t.Context(), "site-7"); err != nil || !slices.Equal(shown.Groups, []string{"north"}) {
		t.Errorf("the operator sees %+v, %v", shown, err)
	}

	// Refused, with the reason.
	says(`{"accept": false, "reason": "no contract"}`)
	stranger := s.stranger()
	refusedWith(t, stranger, registration(), "oadrCreatedPartyRegistration 463", "no contract")
	next(t, "the question", asked)

	// Nonsense, slow, down: nobody is let in, and the log says why.
	for _, c := range []struct{ answer, says string }{
		{`{"accept": "yes"}`, "unusable accept"},
		{`{"accept": true, "groups": [""]}`, "groups[0]"},
		{`{"accept": true, "venID": "site-7"}`, "another VEN's"},
		{"", "no answer within 5s"},
	} {
		says(c.answer)
		refusedWith(t, stranger, registration(), "oadrCreatedPartyRegistration 463", "operator's system")
		next(t, "the question", asked)
		s.logged(c.says)
	}
	endpoint.Close()
	refusedWith(t, stranger, registration(), "oadrCreatedPartyRegistration 463", "operator's system did not decide; try again later")
	s.logged("connection refused")
	refusedWith(t, v, registration(), "oadrCreatedPartyRegistration 463", "try again later")
	if v.State() != ven.Registered {
		t.Errorf("the VEN is %s", v.State())
	}
	if shown, err := s.GetVEN(t.Context(), "site-7"); err != nil || shown.Registration == nil {
		t.Errorf("what stands was touched: %+v, %v", shown, err)
	}
	if strings.Contains(s.vtn.Output.Tail(2000), secret) {
		t.Error("the secret is in the log")
	}
	for result, want := range map[string]float64{"accepted": 4, "refused": 1, "failed": 4} {
		if got := s.counters()[`vtn_webhook_seconds_count{result="`+result+`"}`]; got != want {
			t.Errorf("%v were %s, want %v", got, result, want)
		}
	}
}
