package simplehttp

import (
	"github.com/prometheus/client_golang/prometheus"
)

type metrics struct {
	answers   *prometheus.CounterVec // status
	undecoded *prometheus.CounterVec // kind
	rejected  *prometheus.CounterVec // reason
	paused    prometheus.Counter
	in, out   prometheus.Counter
	expires   *prometheus.GaugeVec // certificate, key
}

// newMetrics registers the metrics with r, if that is not nil. standing returns how many connections stand.
func newMetrics(r prometheus.Registerer, standing func() int) *metrics {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: "vtn_http_" + name, Help: help})
	}
	vector := func(name, help, label string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "vtn_http_" + name, Help: help}, []string{label})
	}
	m := &metrics{
		answers:   vector("answers_total", "Requests answered, by HTTP status.", "status"),
		undecoded: vector("undecoded_total", "Payloads that could not be taken, by kind of error.", "kind"),
		rejected:  vector("rejected_total", "Connections and requests refused, by reason.", "reason"),
		paused:    counter("paused_total", "Times that an identity's requests waited because they took more work than its share."),
		in:        counter("received_bytes_total", "Bytes of payloads received, as they arrived."),
		out:       counter("sent_bytes_total", "Bytes of payloads sent, as they went out."),
		expires: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "vtn_http_certificate_expires_seconds", Help: "When the VTN's own certificates expire, in seconds since 1970.",
		}, []string{"certificate", "key"}),
	}
	for _, reason := range rejections {
		m.rejected.WithLabelValues(string(reason))
	}
	if r == nil {
		return m
	}
	r.MustRegister(m.answers, m.undecoded, m.rejected, m.paused, m.in, m.out, m.expires,
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "vtn_http_connections", Help: "Connections of VENs and proxies that stand.",
		}, func() float64 { return float64(standing()) }))
	return m
}

// rejection is why a connection or request is refused.
type rejection string

const (
	rejectHandshake   rejection = "handshake"            // TLS failed: no certificate, or one that is not taken
	rejectPlain       rejection = "not from a proxy"     // HTTP without TLS
	rejectCrowd       rejection = "too many connections" // of all
	rejectShare       rejection = "too many connections of one certificate"
	rejectPending     rejection = "too many handshakes"
	rejectEnded       rejection = "certificate removed"
	rejectNobody      rejection = "no certificate" // of a request through a proxy
	rejectExpired     rejection = "certificate expired"
	rejectRate        rejection = "rate"
	rejectQueue       rejection = "queue full"
	rejectBudget      rejection = "over budget"
	rejectPath        rejection = "path"
	rejectProfile     rejection = "profile" // of a message at the port for old VENs
	rejectMethod      rejection = "method"
	rejectContentType rejection = "content type"
	rejectChunked     rejection = "no length"
)

// rejections are shown from the start, so that a first one is seen as a change.
var rejections = []rejection{
	rejectHandshake, rejectPlain, rejectCrowd, rejectShare, rejectPending, rejectEnded, rejectNobody, rejectExpired,
	rejectRate, rejectQueue, rejectBudget, rejectPath, rejectProfile, rejectMethod, rejectContentType, rejectChunked,
}

// reject counts something that is refused.
func (b *base) reject(why rejection) { b.metrics.rejected.WithLabelValues(string(why)).Inc() }
