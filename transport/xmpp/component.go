package xmpp

import (
	"context"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/transport/lane"
)

// Name is the oadrTransportName of this transport.
const Name = "xmpp"

// DefaultRate is what a [Config] means by a Rate of 0.
const DefaultRate = 20

// Codec reads and writes payloads.
type Codec interface {
	Decode(raw []byte) (*oadr.Payload, error)
	Append(dst []byte, f oadr.Form, m oadr.Message) []byte
}

// Config is what a component needs to know.
type Config struct {
	Server       string   // host:port of the server's component listener
	Domain       string   // the component's domain
	Secret       string   // shared with the server
	VTNID        string   // gives the service JID its localpart
	AllowDomains []string // whose accounts may register; empty is the domain above Domain
	Limits       oadr.Limits
	Codec        Codec  // nil: [oadr.Codec]
	Rate         int    // stanzas per second and identity; 0: [DefaultRate]
	Connections  int    // to the server; 0 is 1
	Store        string // names the store, where other processes at the domain may share it; else empty
	Version      string // of this program, for whoever asks (XEP-0092)
	Logger       zerolog.Logger
	Clock        core.Clock            // nil is the machine's
	Budget       *lane.Budget          // of work, shared with other transports; nil: one of its own
	Metrics      prometheus.Registerer // nil for none
}

// Component is an external component of an XMPP server. Its methods are safe for
// concurrent use. It is made of parts:
//
//   - connections to the server, through which everything is sent
//   - a receiver, which decides what each stanza is and passes it on
//   - requests of VENs and others, and their replies
//   - pushes to VENs, and what becomes of them
//   - presences: who came and left
//   - inquiries: the component's own questions to the server
//   - grants: what the server lets the component do
//   - instances: other processes that serve the domain
//
// Work on requests and answers runs in lanes, one for each identity.
type Component struct {
	*base
	*connections
	*receiver
	*requests
	*pushes
	*presences
	*inquiries
	*grants
	*instances
	lanes *lane.Runner

	err         error // what is wrong with the settings
	stopWorking context.CancelFunc
	drained     sync.Once
}

var (
	_ core.Transport = (*Component)(nil)
	_ core.Carrier   = (*Component)(nil)
)

// New makes a component that hands what it receives to h.
func New(cfg Config, h Handler) *Component {
	cfg = cfg.complete()
	b := &base{
		cfg: cfg, log: cfg.Logger, said: core.NewLines(cfg.Logger, cfg.Clock), clock: cfg.Clock, timing: defaultTiming,
		rate: core.NewAllowances(float64(cfg.Rate), 2*float64(cfg.Rate), cfg.Clock),
	}
	c := &Component{base: b}
	b.addresses, c.err = newAddresses(cfg)
	b.working, c.stopWorking = context.WithCancel(context.Background())
	c.connections = newConnections(b, h)
	b.metrics = newMetrics(cfg.Metrics, c.lines.count)
	c.inquiries = newInquiries(b, c.connections)
	c.lanes = lane.NewRunner(cfg.Budget, b.overBudget)
	c.requests = newRequests(b, c.connections, c.lanes, h)
	c.pushes = newPushes(b, c.connections, c.lanes, h)
	c.presences = &presences{base: b, out: c.connections, handler: h}
	c.instances = newInstances(b, c.connections, c.inquiries)
	c.grants = &grants{base: b, inquiries: c.inquiries, conns: c.connections, instances: c.instances}
	c.receiver = &receiver{
		base: b, requests: c.requests, pushes: c.pushes, presences: c.presences,
		inquiries: c.inquiries, grants: c.grants, instances: c.instances, serverTakes: &c.limit,
	}
	c.connections.reader, c.connections.pinger, c.connections.sent = c.receiver, c.inquiries, c.flights
	c.connections.drain = c.drain
	return c
}

// complete fills in the defaults.
func (cfg Config) complete() Config {
	if cfg.Limits == (oadr.Limits{}) {
		cfg.Limits = oadr.DefaultLimits
	}
	if cfg.Rate == 0 {
		cfg.Rate = DefaultRate
	}
	if cfg.Codec == nil {
		cfg.Codec = oadr.Codec{Limits: cfg.Limits}
	}
	cfg.Connections = max(cfg.Connections, 1)
	if cfg.Clock == nil {
		cfg.Clock = core.SystemClock{}
	}
	if cfg.Budget == nil {
		cfg.Budget = lane.NewBudget(cfg.Clock)
	}
	return cfg
}

// Name is "xmpp".
func (c *Component) Name() string { return Name }

// ServiceJID is where VENs find the VTN and where pushes come from (rules X2, X3).
func (c *Component) ServiceJID() string { return c.service }

// Run keeps the connections to the server until ctx ends. Then it finishes what
// is in flight, closes the streams and returns nil. It fails if the server refuses
// the component before it was ever connected, since then a setting is wrong. A
// component runs once.
func (c *Component) Run(ctx context.Context) error {
	if c.err != nil {
		return c.err
	}
	defer c.stopWorking()
	defer c.drain()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var wg sync.WaitGroup
	var err error
	wg.Go(func() {
		if err = c.connections.keep(ctx, 0); err != nil {
			stop()
		}
	})
	for n := 1; n < c.cfg.Connections; n++ {
		wg.Go(func() {
			select {
			case <-c.taken: // one connection finds out whether the settings are right
				_ = c.connections.keep(ctx, n)
			case <-ctx.Done():
			}
		})
	}
	wg.Go(func() { c.grants.keep(ctx) })
	wg.Go(func() { c.instances.keep(ctx) })
	wg.Wait()
	return err
}

// drain takes no more requests or pushes and waits for the requests there are.
// Answers to pushes still count.
func (c *Component) drain() {
	c.drained.Do(func() {
		c.stopping.Store(true)
		c.connections.close()
		c.log.Info().Msg("taking no more requests; finishing what is in flight")
		if !c.lanes.Close(c.timing.stop) {
			c.log.Warn().Dur("waited", c.timing.stop).Msg("requests were still being handled; they are left unanswered")
		}
	})
}
