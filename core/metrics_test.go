package core_test

import (
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// Pushes are counted by transport, each from the start; requests, too, once one came.
func TestMetricsOfEachTransport(t *testing.T) {
	r := startHTTP(t)
	metrics := prometheus.NewPedanticRegistry()
	v := core.New(core.Config{VTNID: "VTN"}, r.reg, r.clock, zerolog.Nop(), metrics)
	const results = 6 // sent, and five outcomes
	for transports, add := range []func(){func() {}, func() { v.AddTransport(r.web) }} {
		add()
		if n, err := testutil.GatherAndCount(metrics, "vtn_pushes_total"); err != nil || n != transports*results {
			t.Errorf("%d series with %d transports, %v", n, transports, err)
		}
	}
	for _, from := range []core.Peer{peer("ven1"), certificate("ven1"), certificate("ven2")} {
		if _, err := v.Handle(t.Context(), from, &oadr.Payload{Message: &oadr.QueryRegistration{RequestID: "q"}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := testutil.GatherAndCompare(metrics, strings.NewReader(`# HELP vtn_requests_total OpenADR messages from VENs, by message, response code and transport.
# TYPE vtn_requests_total counter
vtn_requests_total{code="200",message="oadrQueryRegistration",transport="simpleHttp"} 2
vtn_requests_total{code="200",message="oadrQueryRegistration",transport="xmpp"} 1
`), "vtn_requests_total"); err != nil {
		t.Error(err)
	}
}
