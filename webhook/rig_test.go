package webhook_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/core/coretest"
	"github.com/vtn-xmpp/vtn-xmpp/webhook"
)

const secret = "a secret nobody may see"

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// rig is a webhook with an endpoint that does what the test says.
type rig struct {
	*webhook.Webhook
	clock   *coretest.Clock
	metrics *prometheus.Registry
}

func start(t *testing.T, endpoint http.HandlerFunc) *rig {
	t.Helper()
	server := httptest.NewServer(endpoint)
	t.Cleanup(server.Close)
	return at(server.URL + "/registrations?key=" + "also-secret")
}

func at(url string) *rig {
	r := &rig{clock: coretest.NewClock(noon), metrics: prometheus.NewRegistry()}
	r.Webhook = webhook.New(webhook.Config{URL: url, Secret: secret, Version: "test", Clock: r.clock, Metrics: r.metrics})
	return r
}

func answering(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// results counts decisions by result.
func (r *rig) results(t *testing.T) map[string]uint64 {
	t.Helper()
	families, err := r.metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]uint64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			counts[f.GetName()+" "+m.GetLabel()[0].GetValue()] = m.GetHistogram().GetSampleCount()
		}
	}
	return counts
}

var application = core.Application{
	Identity: core.Identity{Transport: "xmpp", Name: "ven1@example.org"}, Known: true, VENID: "ven-1", VENName: "House <7>", RegistrationID: "reg-1",
	Profile: "2.0b", Transport: "xmpp", Address: "ven1@example.org/x", ReportOnly: true, RequestID: "r1",
}

// signed checks a signature as docs/WEBHOOK.md describes.
func signed(header, body string) bool {
	at, mac, ok := strings.Cut(strings.TrimPrefix(header, "t="), ",v1=")
	if !ok {
		return false
	}
	want := hmac.New(sha256.New, []byte(secret))
	io.WriteString(want, at+"."+body)
	got, err := hex.DecodeString(mac)
	return err == nil && hmac.Equal(got, want.Sum(nil))
}

// failed expects no decision, and an error that says why and shows nothing secret.
func (r *rig) failed(t *testing.T, why string) {
	t.Helper()
	d, err := r.Decide(t.Context(), application)
	if err == nil || d.Accept {
		t.Fatalf("decided %+v, %v", d, err)
	}
	if said := err.Error(); !strings.Contains(said, why) || strings.Contains(said, secret) || strings.Contains(said, "also-secret") {
		t.Errorf("the error is %q, want %q in it and nothing secret", said, why)
	}
	if got := r.results(t); got["vtn_webhook_seconds failed"] != 1 {
		t.Errorf("it counts as %v", got)
	}
}
