package core

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// figureCounter counts what the metrics tell of VENs.
type figureCounter struct{ *common }

// Lateness tells how soon the event that a VEN lacks starts.
type Lateness int

// Latenesses. Of several events that a VEN lacks, the one that starts first counts.
const (
	LateStarted    Lateness = iota // it has started
	LateTenMinutes                 // in less than ten minutes
	LateHour                       // in less than an hour
	LateLater
	Latenesses // how many there are
)

func (l Lateness) String() string {
	return [...]string{"started", "10m", "1h", "later"}[l]
}

// Figures are counts over all VENs, for alerts.
type Figures struct {
	Registered map[string]int // VENs by transport
	// Lacking counts registered VENs that no push or answer has told of an event, its
	// last change or its cancellation.
	Lacking    [Latenesses]int
	NotHeld    int // events that are not over and that some VEN lacks
	Unanswered int // pushes without an answer for longer than their lease
}

const (
	figuresEvery = 15 * time.Second
	// figuresShare limits counting to a twentieth of the time.
	figuresShare = 20
)

// countFigures counts from time to time until ctx ends, so that reading metrics costs the
// store nothing.
func (c *figureCounter) countFigures(ctx context.Context) {
	if !c.metrics.read {
		return
	}
	for ctx.Err() == nil {
		began := time.Now() // the machine's time: no rule is about it
		var f Figures
		err := c.reg.View(ctx, func(r Reader) (err error) {
			f, err = r.Figures(c.clock.Now())
			return err
		})
		if ctx.Err() == nil {
			c.alarms.counted(&f, err)
		}
		switch {
		case err == nil:
			c.metrics.figures.Store(&f)
		case ctx.Err() == nil:
			c.metrics.figures.Store(nil)
			c.failed(err).Msg("cannot count what the metrics tell of VENs; trying again")
		}
		waitUntil(ctx, c.clock, c.clock.Now().Add(max(figuresEvery, figuresShare*time.Since(began))), nil)
	}
}

var (
	registeredDesc = prometheus.NewDesc("vtn_vens_registered", "VENs that are registered, by transport; a few seconds old.", []string{"transport"}, nil)
	onlineDesc     = prometheus.NewDesc("vtn_vens_online", "VENs that are known to be there, by transport.", []string{"transport"}, nil)
	lackingDesc    = prometheus.NewDesc("vtn_vens_lacking_event", "Registered VENs that an event, its last change or its cancellation has not reached, by when the first such event starts; a few seconds old.", []string{"starts"}, nil)
	notHeldDesc    = prometheus.NewDesc("vtn_events_not_held", "Events that are not over and that some registered VEN lacks, see vtn_vens_lacking_event; a few seconds old.", nil, nil)
	unansweredDesc = prometheus.NewDesc("vtn_pushes_unanswered", "Pushes that went unanswered for longer than ten seconds and are repeated; a few seconds old.", nil, nil)
)

// figureMetrics collects the figures. It leaves out what could not be counted.
type figureMetrics struct{ v *VTN }

func (m figureMetrics) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{registeredDesc, onlineDesc, lackingDesc, notHeldDesc, unansweredDesc} {
		to <- d
	}
}

func (m figureMetrics) Collect(to chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, n int, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(n), labels...)
	}
	f := m.v.metrics.figures.Load()
	for transport := range m.v.transports {
		gauge(onlineDesc, m.v.presence.count(transport), transport)
		if f != nil {
			gauge(registeredDesc, f.Registered[transport], transport)
		}
	}
	if f == nil {
		return
	}
	for l, n := range f.Lacking {
		gauge(lackingDesc, n, Lateness(l).String())
	}
	gauge(notHeldDesc, f.NotHeld)
	gauge(unansweredDesc, f.Unanswered)
}
