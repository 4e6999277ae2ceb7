package core_test

import (
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// Pushes are counted by transport, each from the start.
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
}
