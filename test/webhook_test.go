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

const webhookSecret = "what-both-sides-know"

// decider is the webhook of an operator's system, which decides on registrations.
type decider struct {
	t      *testing.T
	asked  chan map[string]any // the requests
	answer atomic.Pointer[string]
}

// says sets the answer to the next requests. An empty one is never sent.
func (d *decider) says(answer string) { d.answer.Store(&answer) }

// question returns the next request.
func (d *decider) question() map[string]any {
	d.t.Helper()
	return next(d.t, "the question", d.asked)
}

// ServeHTTP checks a request's signature and answers it.
func (d *decider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	at, mac, _ := strings.Cut(strings.TrimPrefix(r.Header.Get("VTN-Signature"), "t="), ",v1=")
	want := hmac.New(sha256.New, []byte(webhookSecret))
	want.Write(append([]byte(at+"."), body...))
	if hex.EncodeToString(want.Sum(nil)) != mac {
		d.t.Errorf("the signature of %s is %s", body, r.Header.Get("VTN-Signature"))
	}
	var m map[string]any
	if err := json.Unmarshal(body, &m); err != nil {
		d.t.Error(err)
	}
	d.asked <- m
	if text := *d.answer.Load(); text != "" {
		_, _ = io.WriteString(w, text)
		return
	}
	<-r.Context().Done() // too slow
}

// TestN4N12Webhook lets an operator's system decide on registrations.
func TestN4N12Webhook(t *testing.T) {
	d := &decider{t: t, asked: make(chan map[string]any, 10)}
	endpoint := httptest.NewServer(d)
	defer endpoint.Close()
	s := start(t, "VTN_REGISTRATION=webhook", "VTN_WEBHOOK_URL="+endpoint.URL+"/registrations", "VTN_WEBHOOK_SECRET="+webhookSecret)
	v := webhookAccepts(s, d)

	// Refused, with the reason.
	d.says(`{"accept": false, "reason": "no contract"}`)
	stranger := s.stranger()
	refusedWith(t, stranger, registration(), "oadrCreatedPartyRegistration 463", "no contract")
	d.question()

	// Unusable answers and a webhook that is slow or down: the VTN refuses the VEN and logs why.
	for _, c := range []struct{ answer, says string }{
		{`{"accept": "yes"}`, "unusable accept"},
		{`{"accept": true, "groups": [""]}`, "groups[0]"},
		{`{"accept": true, "venID": "site-7"}`, "another VEN's"},
		{"", "no answer within 4s"},
	} {
		d.says(c.answer)
		refusedWith(t, stranger, registration(), "oadrCreatedPartyRegistration 463", "operator's system")
		d.question()
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
		t.Errorf("the refusal has changed the registration: %+v, %v", shown, err)
	}
	if strings.Contains(s.vtn.Output.Tail(2000), webhookSecret) {
		t.Error("the secret is in the log")
	}
	for result, want := range map[string]float64{"accepted": 4, "refused": 1, "failed": 4} {
		if got := s.counters()[`vtn_webhook_seconds_count{result="`+result+`"}`]; got != want {
			t.Errorf("%v were %s, want %v", got, result, want)
		}
	}
}

// webhookAccepts registers a VEN twice. The first answer gives it a venID and labels; the second names no labels, so they stay.
func webhookAccepts(s *stack, d *decider) *ven.VEN {
	s.t.Helper()
	d.says(`{"accept": true, "venID": "site-7", "groups": ["north"], "resources": ["boiler"]}`)
	account := s.account()
	v := s.connect(s.config(account))
	given, err := v.Register(s.t.Context())
	if err != nil || given.VENID != "site-7" {
		s.t.Fatalf("registered as %+v, %v", given, err)
	}
	q := d.question()
	if id, _ := q["identity"].(map[string]any); id["transport"] != "xmpp" || id["identity"] != s.jid(account) || q["known"] != false || q["profile"] != "2.0b" {
		s.t.Errorf("the webhook is sent %v", q)
	}
	if shown, err := s.GetVEN(s.t.Context(), "site-7"); err != nil || !slices.Equal(shown.Groups, []string{"north"}) || !slices.Equal(shown.Resources, []string{"boiler"}) {
		s.t.Errorf("the operator sees %+v, %v", shown, err)
	}
	spec := event()
	spec.Targets = client.Targets{Groups: []string{"north"}}
	e := s.create(spec)
	s.delivery(e.EventID, "site-7", "acknowledged")

	d.says(`{"accept": true}`)
	if again, err := v.Register(s.t.Context()); err != nil || again != given {
		s.t.Errorf("registered again as %+v, %v", again, err)
	}
	if q := d.question(); q["known"] != true || q["venID"] != "site-7" || q["registrationID"] != given.RegistrationID {
		s.t.Errorf("the webhook is sent %v", q)
	}
	if shown, err := s.GetVEN(s.t.Context(), "site-7"); err != nil || !slices.Equal(shown.Groups, []string{"north"}) {
		s.t.Errorf("the operator sees %+v, %v", shown, err)
	}
	return v
}
