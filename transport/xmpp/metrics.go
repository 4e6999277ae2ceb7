package xmpp

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/vtn-xmpp/vtn-xmpp/transport/lane"
)

type metrics struct {
	stanzas    *prometheus.CounterVec // kind
	undecoded  *prometheus.CounterVec // kind
	rejected   *prometheus.CounterVec // reason
	pushes     prometheus.Counter
	reconnects prometheus.Counter
	paused     prometheus.Counter
	in, out    prometheus.Counter
}

// newMetrics registers the metrics with r, if that is not nil. standing returns how
// many connections stand.
func newMetrics(r prometheus.Registerer, standing func() int) *metrics {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: "vtn_xmpp_" + name, Help: help})
	}
	vector := func(name, help, label string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "vtn_xmpp_" + name, Help: help}, []string{label})
	}
	m := &metrics{
		stanzas:    vector("stanzas_total", "Stanzas received, by kind.", "kind"),
		undecoded:  vector("undecoded_total", "Payloads that could not be taken, by kind of error.", "kind"),
		rejected:   vector("rejected_total", "Stanzas refused or dropped, by reason.", "reason"),
		pushes:     counter("pushes_total", "Pushes handed to the server."),
		reconnects: counter("reconnects_total", "Connections made after the first."),
		paused:     counter("paused_total", "Times that an identity's requests waited because they took more work than its share."),
		in:         counter("received_bytes_total", "Bytes received."),
		out:        counter("sent_bytes_total", "Bytes sent."),
	}
	m.rejected.WithLabelValues(lane.ErrOverBudget.Error())
	if r != nil {
		r.MustRegister(m.stanzas, m.undecoded, m.rejected, m.pushes, m.reconnects, m.paused, m.in, m.out,
			prometheus.NewGaugeFunc(prometheus.GaugeOpts{
				Name: "vtn_xmpp_connected", Help: "1 while a connection to the XMPP server stands.",
			}, func() float64 {
				if standing() > 0 {
					return 1
				}
				return 0
			}),
			prometheus.NewGaugeFunc(prometheus.GaugeOpts{
				Name: "vtn_xmpp_connections", Help: "Connections to the XMPP server that stand.",
			}, func() float64 { return float64(standing()) }))
	}
	return m
}
