package core

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/internal/wake"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// RegistrationMode says who may register.
type RegistrationMode string

// Registration modes.
const (
	RegistrationOpen  RegistrationMode = "open"  // anybody the transport allows
	RegistrationKnown RegistrationMode = "known" // VENs the operator entered beforehand
	// RegistrationWebhook asks [Config.Admission] each time.
	RegistrationWebhook RegistrationMode = "webhook"
)

// What [Config] means by 0.
const (
	DefaultInFlight  = 500
	DefaultRetention = 400 * 24 * time.Hour
)

// Config is what a VTN needs to know about itself.
type Config struct {
	VTNID          string           // vtnID in payloads
	Registration   RegistrationMode // who may register
	Admission      Admission        // decides in the mode webhook
	StrangersError bool             // answer the unregistered with [ErrNotRegistered] instead of 463 (rule G3)
	InFlight       int              // pushes in flight that are younger than a second; 0: [DefaultInFlight]
	MaxPayload     int              // bytes of the largest payload to send; 0: that of [oadr.DefaultLimits]
	Retention      time.Duration    // how long ended events are kept; 0: [DefaultRetention]
	Quotas         Quotas           // in place of some of [DefaultQuotas]
}

// VTN is a virtual top node. Its methods are safe for concurrent use.
type VTN struct {
	cfg   Config
	reg   waking
	clock Clock
	log   zerolog.Logger

	transports map[string]Transport // fixed before Run
	presence   *presence
	window     *window
	fanOuts    *fanOuts
	metrics    *metrics
	quota      *quotaWatch
	lines      *Lines

	payload   []byte        // the dispatcher's
	waits     time.Duration // likewise, for the store
	wake      wake.Signal   // something may be due
	outcomes  *outcomes
	arrivals  chan arrival
	missed    atomic.Bool // news was dropped
	searches  chan search
	updates   updates
	points    *points
	clockwork wake.Signal // what is due by time has changed
	inPart    atomic.Bool // some VEN is told of part of its events
	shrunk    wake.Signal // there may be room for more of them
	mu        sync.Mutex
	connected map[string]bool // by transport name
}

// New makes a VTN on a registry. Metrics are registered with m when it is not nil.
func New(cfg Config, reg Registry, clock Clock, log zerolog.Logger, m prometheus.Registerer) *VTN {
	if cfg.InFlight == 0 {
		cfg.InFlight = DefaultInFlight
	}
	if cfg.MaxPayload == 0 {
		cfg.MaxPayload = oadr.DefaultLimits.Size
	}
	if cfg.Retention == 0 {
		cfg.Retention = DefaultRetention
	}
	v := &VTN{
		cfg:        cfg,
		clock:      clock,
		log:        log,
		transports: map[string]Transport{},
		wake:       wake.New(),
		outcomes:   newOutcomes(),
		arrivals:   make(chan arrival, arrivalQueue),
		searches:   make(chan search, searchQueue),
		clockwork:  wake.New(),
		shrunk:     wake.New(),
		updates:    updates{enough: wake.New()},
		points:     newPoints(),
		connected:  map[string]bool{},
	}
	v.reg = waking{reg, v.poke}
	v.presence = newPresence(v.compare)
	v.fanOuts = newFanOuts(log, clock)
	v.window = newWindow(cfg.InFlight, v.poke, func(f *flight, lease bool) {
		if lease {
			v.presence.unanswered(f.token.VENNo, f.to, f.word)
		}
		if !f.silent {
			v.fanOuts.landed(f.token.Rev, 0)
		}
	})
	v.metrics = newMetrics(m, v)
	v.lines = NewLines(log, clock)
	v.quota = newQuotaWatch(cfg.Quotas, clock, log)
	if m != nil {
		v.quota.register(m, reg)
	}
	return v
}

// AddTransport enables a transport: VENs may register with it, and pushes go
// through it. It must be called before [VTN.Run].
func (v *VTN) AddTransport(t Transport) { v.transports[t.Name()] = t }

// compare asks the transport on which somebody was heard; see [Transport.Compare].
func (v *VTN) compare(registered string, heard Peer) AddressMatch {
	if t := v.transports[heard.Transport]; t != nil {
		return t.Compare(registered, heard)
	}
	return OtherIdentity
}

// Run pushes what is due and records outcomes until ctx ends. Then it starts
// nothing new; outcomes that have arrived are still recorded.
func (v *VTN) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	for _, part := range []func(context.Context){v.dispatch, v.recordOutcomes, v.meetArrivals, v.runSearches, v.reportByTime, v.retire, v.catchUp, v.countFigures} {
		wg.Go(func() { part(ctx) })
	}
	wg.Wait()
	return nil
}

// Connected tells that a transport can carry pushes from now on. VENs that
// wait for news are probed, and what is due is pushed.
func (v *VTN) Connected(transport string) {
	v.mu.Lock()
	v.connected[transport] = true
	v.mu.Unlock()
	v.lookFor(search{transport: transport})
	v.poke()
}

// Disconnected tells that a transport lost its connection: what was in flight
// is due again, and nobody is known to be there any more.
func (v *VTN) Disconnected(transport string) {
	v.mu.Lock()
	v.connected[transport] = false
	v.mu.Unlock()
	v.presence.clear(transport)
	for _, f := range v.window.drain(transport) {
		v.record(f.ends(Outcome{Result: Requeue, Error: "connection lost"}))
	}
}

// Lost tells that a transport lost one of its connections while others stand:
// these pushes may not have arrived and are due again, and VENs may have come
// without word of it. A push that did arrive is only repeated.
func (v *VTN) Lost(transport string, pushes []Token) {
	for _, t := range pushes {
		if f := v.window.land(t); f != nil {
			v.record(f.ends(Outcome{Result: Requeue, Error: "connection lost"}))
		}
	}
	v.lookFor(search{transport: transport})
	v.poke()
}

func (v *VTN) anyConnected() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, c := range v.connected {
		if c {
			return true
		}
	}
	return false
}

// poke wakes the dispatcher. It never blocks.
func (v *VTN) poke() { v.wake.Wake() }
