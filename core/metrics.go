package core

import (
	"context"
	"math"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

type metrics struct {
	requests *prometheus.CounterVec // message, code, transport
	pushes   *prometheus.CounterVec // result, transport
	ignored  *prometheus.CounterVec // reason
	latency  prometheus.Histogram
	// handedOut counts what was told in answers to oadrPoll, by transport and message.
	handedOut *prometheus.CounterVec

	read    bool // somebody can read them
	figures atomic.Pointer[Figures]
}

func newMetrics(r prometheus.Registerer, v *VTN) *metrics {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "vtn_requests_total", Help: "OpenADR messages from VENs, by message, response code and transport.",
		}, []string{"message", "code", "transport"}),
		pushes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "vtn_pushes_total", Help: "Pushes by result and transport; sent counts what was handed to the transport.",
		}, []string{"result", "transport"}),
		ignored: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "vtn_ignored_total", Help: "Answers to pushes that did not count, and news that was dropped, by reason.",
		}, []string{"reason"}),
		latency: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "vtn_push_seconds", Help: "From push to outcome.",
			Buckets: prometheus.ExponentialBuckets(0.001, 4, 8),
		}),
	}
	m.handedOut = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "vtn_handed_out_total", Help: "Messages handed out in answers to oadrPoll, by transport and message.",
	}, []string{"transport", "message"})
	for _, reason := range []string{"news queue full", "search queue full", "other address", "queue full", "stale or not the VEN's"} {
		m.ignored.WithLabelValues(reason) // from the start, so that a first one is seen as a change
	}
	if m.read = r != nil; m.read {
		r.MustRegister(figureMetrics{v}, m.requests, m.pushes, m.handedOut, m.ignored, m.latency, prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "vtn_pushes_in_flight", Help: "Pushes without an outcome so far.",
		}, func() float64 { return float64(v.window.len()) }), prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "vtn_pushes_due", Help: "VENs that are to be pushed to now; NaN where the store does not say.",
		}, v.due), prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "vtn_vens_told_in_part", Help: "VENs that are not told all of their events, which are too many for one message; NaN where the store does not say.",
		}, v.toldInPart))
	}
	return m
}

// pushed counts a push over a transport: sent, or what became of it.
func (m *metrics) pushed(result, transport string) {
	m.pushes.WithLabelValues(result, transport).Inc()
}

// carries shows the counters of a transport from the start, so that a first push is seen as a change.
func (m *metrics) carries(transport string) {
	m.pushes.WithLabelValues("sent", transport)
	for r := Acknowledged; r <= Requeue; r++ {
		m.pushes.WithLabelValues(r.String(), transport)
	}
}

func (v *VTN) due() float64 {
	return counted(func(ctx context.Context) (int, error) { return v.reg.CountDue(ctx, v.clock.Now()) })
}

func (v *VTN) toldInPart() float64 { return countedIn(v.reg, Reader.CountToldInPart) }

// counted asks the store for a number when the metrics are read. It returns NaN if the
// store fails.
func counted(count func(context.Context) (int, error)) float64 {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	n, err := count(ctx)
	if err != nil {
		return math.NaN()
	}
	return float64(n)
}

func countedIn(reg Registry, count func(Reader) (int, error)) float64 {
	return counted(func(ctx context.Context) (n int, err error) {
		err = reg.View(ctx, func(r Reader) (err error) {
			n, err = count(r)
			return err
		})
		return n, err
	})
}
