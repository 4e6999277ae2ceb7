package core

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/internal/wake"
)

// VTN is a virtual top node: the four OpenADR services, the directory of VENs, and
// delivery. Its methods are those of its parts; they are safe for concurrent use.
type VTN struct {
	*common
	*RegistrationService
	*EventService
	*OptService
	*ReportService
	*ReportRecords
	*Directory
	*Delivery
	*Journal
	*WebhookService

	troubles   *troubles
	vtnReports *vtnReports
	updates    *reportIntake
	signatures *signatures
	goroutines []func(context.Context)
}

// New makes a VTN on a registry. It registers metrics with m unless that is nil.
func New(cfg Config, reg Registry, clock Clock, log zerolog.Logger, m prometheus.Registerer) *VTN {
	due := wake.New()
	c := newCommon(cfg, waking{reg, due.Wake, newIdlePolls(reg)}, clock, log)
	fitting := newEventFitting(c)
	sources := sources{}
	delivery := newDelivery(c, sources, fitting, due)
	events := &EventService{common: c, room: fitting, delivery: delivery}
	fitting.events = events
	opts := &OptService{common: c}
	directory := &Directory{common: c, room: fitting, opts: opts, delivery: delivery}
	registration := &RegistrationService{common: c, directory: directory, opts: opts, room: fitting, delivery: delivery}
	clockwork := wake.New()
	offered := &vtnReports{common: c, delivery: delivery, clockwork: clockwork}
	reports := &ReportService{common: c, delivery: delivery, vtnReports: offered, clockwork: clockwork}
	signatures := newSignatures(c)
	journal, troubles := newJournal(c), newTroubles(c)
	updates := newReportIntake(c, signatures, reports, delivery)

	sources[TopicEvents] = source{contents: events.eventContents}
	sources[TopicReports] = source{reports.reportContents, reports.settleReports}
	sources[TopicRegistration] = source{registration.noticeContents, registration.settleNotice}
	sources[TopicMetadata] = source{contents: registration.greetingContents}

	v := &VTN{
		common: c, RegistrationService: registration, EventService: events, OptService: opts, ReportService: reports,
		ReportRecords: &ReportRecords{c}, Directory: directory, Delivery: delivery, Journal: journal,
		WebhookService: &WebhookService{common: c, journal: journal, changed: func() {}},
		troubles:       troubles,
		vtnReports:     offered, updates: updates, signatures: signatures,
	}
	c.metrics = newMetrics(m, v)
	if m != nil {
		c.quota.register(m, reg)
	}
	retention, figures := &retention{c}, &figureCounter{c}
	v.goroutines = []func(context.Context){
		delivery.dispatch, delivery.recordOutcomes, delivery.meetArrivals, delivery.runSearches,
		reports.reportByTime, fitting.catchUp, retention.retire, figures.countFigures,
		journal.feed, journal.noteCompleted, troubles.run, c.alarms.run,
	}
	return v
}

// AddTransport enables a transport: VENs may register with it, and pushes go
// through it. It must be called before [VTN.Run].
//
// A [Requesting] one can carry pushes from then on; the others say when they are connected.
func (v *VTN) AddTransport(t Transport) {
	v.transports[t.Name()] = t
	v.metrics.carries(t.Name())
	if v.requesting(t.Name()) != nil {
		v.connections.begin(t.Name())
	}
}

// Now returns the time of the VTN's clock.
func (v *VTN) Now() time.Time { return v.clock.Now() }

// Run pushes what is due and stores outcomes until ctx ends. Then it starts nothing new
// and stores the outcomes that have arrived.
func (v *VTN) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	for _, goroutine := range v.goroutines {
		wg.Go(func() { goroutine(ctx) })
	}
	wg.Wait()
	return nil
}
