package simplehttp

import "github.com/prometheus/client_golang/prometheus"

// pushMetrics count what pushing does.
type pushMetrics struct {
	pushes      *prometheus.CounterVec // result
	connections prometheus.Counter
}

// newPushMetrics registers the metrics with r, if that is not nil. figures returns how
// many pushes wait and how many are under way.
func newPushMetrics(r prometheus.Registerer, figures func() (waiting, underWay int)) *pushMetrics {
	m := &pushMetrics{
		pushes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "vtn_http_pushes_total", Help: "Pushes over HTTP, by result; answer stands for an OpenADR message other than oadrResponse.",
		}, []string{"result"}),
		connections: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "vtn_http_push_connections_total", Help: "Connections made to VENs to push.",
		}),
	}
	if r != nil {
		r.MustRegister(m.pushes, m.connections,
			prometheus.NewGaugeFunc(prometheus.GaugeOpts{
				Name: "vtn_http_pushes_waiting", Help: "Pushes over HTTP that wait for their turn.",
			}, func() float64 { waiting, _ := figures(); return float64(waiting) }),
			prometheus.NewGaugeFunc(prometheus.GaugeOpts{
				Name: "vtn_http_pushes_under_way", Help: "Pushes over HTTP that are being made.",
			}, func() float64 { _, underWay := figures(); return float64(underWay) }))
	}
	return m
}
