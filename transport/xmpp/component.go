package xmpp

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"mellium.im/xmpp/jid"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/internal/wake"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/transport/xmpp/address"
)

// Name is the oadrTransportName of this transport.
const Name = "xmpp"

// DefaultRate is what a [Config] means by a Rate of 0.
const DefaultRate = 20

// Config is what a component needs to know.
type Config struct {
	Server       string   // host:port of the server's component listener
	Domain       string   // the component's domain
	Secret       string   // shared with the server
	VTNID        string   // gives the service JID its localpart
	AllowDomains []string // whose accounts may register; empty is the domain above Domain
	Limits       oadr.Limits
	Rate         int    // stanzas per second and identity; 0: [DefaultRate]
	Connections  int    // to the server; 0 is 1
	Store        string // names the store, where other processes at the domain may share it; else empty
	Version      string // of this program, told to who asks (XEP-0092)
	Logger       zerolog.Logger
	Clock        core.Clock            // nil is the machine's
	Metrics      prometheus.Registerer // nil for none
}

// timing is how long things take; tests shorten it.
type timing struct {
	handshake time.Duration // to connect and authenticate
	quiet     time.Duration // without traffic until a ping
	patience  time.Duration // without a byte after it until the connection counts as dead
	backoff   time.Duration // before the first reconnect, doubled after each
	most      time.Duration // between reconnects; a connection that stood so long starts over with backoff
	write     time.Duration // for one write
	stop      time.Duration // for what is in flight to finish
	farewell  time.Duration // for the server to close its stream
	probe     time.Duration // between batches of presence probes
	check     time.Duration // between questions for what the server has granted
	grace     time.Duration // for what is no longer granted to come back by itself
	greet     time.Duration // between greetings of the domain
	echo      time.Duration // for them to come back
}

var defaultTiming = timing{
	handshake: 10 * time.Second,
	quiet:     15 * time.Second,
	patience:  10 * time.Second,
	backoff:   time.Second,
	most:      time.Minute,
	write:     10 * time.Second,
	stop:      5 * time.Second,
	farewell:  time.Second,
	probe:     100 * time.Millisecond,
	check:     30 * time.Second,
	grace:     3 * time.Second,
	greet:     time.Minute,
	echo:      time.Second,
}

// Component is an external component of an XMPP server. Its methods are safe
// for concurrent use.
type Component struct {
	cfg     Config
	err     error // what is wrong with cfg
	handler Handler
	log     zerolog.Logger
	clock   core.Clock
	timing  timing
	metrics *metrics

	domain  string          // in normal form
	service string          // the service JID (rule X3)
	server  string          // a domain of the server itself
	allowed map[string]bool // domains whose accounts may register
	hosts   map[string]bool // the server's domains, as far as they are known

	instances *instances
	limit     atomic.Int64 // bytes of the largest stanza that the server takes
	lines     lines
	telling   sync.Mutex    // orders what the handler is told of connections
	up        bool          // it was told that pushes can be carried
	taken     chan struct{} // closed once the server took the component
	onTaken   sync.Once
	retry     chan struct{} // taken by a connection that waits to be tried again
	lost      wake.Signal   // poked when a connection is lost
	grants    grants
	lanes     *lanes
	rate      *core.Allowances // of stanzas
	said      *core.Lines
	flights   *flights
	pings     atomic.Uint64
	inquiries inquiries
	warned    sync.Once

	working     context.Context // what handlers run in; outlives Run's by the time to stop
	stopWorking context.CancelFunc
	stopping    atomic.Bool
	drained     sync.Once
}

var _ core.Transport = (*Component)(nil)

// New makes a component that hands what it receives to h.
func New(cfg Config, h Handler) *Component {
	if cfg.Limits == (oadr.Limits{}) {
		cfg.Limits = oadr.DefaultLimits
	}
	if cfg.Rate == 0 {
		cfg.Rate = DefaultRate
	}
	cfg.Connections = max(cfg.Connections, 1)
	if cfg.Clock == nil {
		cfg.Clock = core.SystemClock{}
	}
	c := &Component{
		cfg:       cfg,
		handler:   h,
		log:       cfg.Logger,
		clock:     cfg.Clock,
		timing:    defaultTiming,
		allowed:   map[string]bool{},
		hosts:     map[string]bool{},
		rate:      core.NewAllowances(float64(cfg.Rate), 2*float64(cfg.Rate), cfg.Clock),
		said:      core.NewLines(cfg.Logger, cfg.Clock),
		flights:   newFlights(),
		taken:     make(chan struct{}),
		retry:     make(chan struct{}),
		lost:      wake.New(),
		inquiries: inquiries{open: map[string]*question{}},
	}
	c.instances = newInstances(cfg.Store)
	c.limit.Store(stanzaLimit(cfg.Limits.Size))
	c.metrics = newMetrics(cfg.Metrics, c)
	c.lanes = newLanes(cfg.Clock, c.pausedFor)
	c.working, c.stopWorking = context.WithCancel(context.Background())
	c.address()
	return c
}

// address works out the addresses the component deals with.
func (c *Component) address() {
	domain, err := jid.New("", c.cfg.Domain, "")
	if err != nil {
		c.err = fmt.Errorf("VTN_XMPP_DOMAIN %q is not a domain: %w", c.cfg.Domain, err)
		return
	}
	c.domain = domain.String()
	service, err := domain.WithLocal(localpart(c.cfg.VTNID))
	if err != nil {
		c.err = fmt.Errorf("VTN_ID %q cannot be made the localpart of an XMPP address: %w", c.cfg.VTNID, err)
		return
	}
	c.service = service.String()
	_, above, _ := strings.Cut(c.domain, ".")
	c.hosts[above] = above != ""
	allow := c.cfg.AllowDomains
	switch {
	case len(allow) == 0 && above == "":
		c.err = fmt.Errorf("VTN_XMPP_ALLOW_DOMAINS must be set to the domains whose accounts may register: there is no domain above VTN_XMPP_DOMAIN %q", c.domain)
		return
	case len(allow) == 0:
		allow = []string{above}
	}
	for _, a := range allow {
		host, err := address.Normal(a)
		if err == nil && host.Domain != host.String() {
			err = errors.New("it has more than that")
		}
		if err != nil {
			c.err = fmt.Errorf("VTN_XMPP_ALLOW_DOMAINS: %q is not a domain: %w", a, err)
			return
		}
		c.allowed[host.Domain], c.hosts[host.Domain] = true, true
		if c.server == "" || host.Domain == above {
			c.server = host.Domain
		}
	}
}

// localpart makes an ID the localpart of an address (RFC 7622 section 3.3):
// lower case, with a hyphen for each character that is not safe there.
func localpart(id string) string {
	local := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), strings.ContainsRune("-._~+", r):
			return unicode.ToLower(r)
		}
		return '-'
	}, id)
	if local == "" {
		return "vtn"
	}
	return local
}

// Name is "xmpp".
func (c *Component) Name() string { return Name }

// Ready reports whether a connection to the server stands.
func (c *Component) Ready() bool { return c.lines.count() > 0 }

// Connections says how many connections stand, of how many there should be.
func (c *Component) Connections() (standing, wanted int) {
	return c.lines.count(), c.cfg.Connections
}

// ServiceJID is where VENs find the VTN and where pushes come from (rules X2, X3).
func (c *Component) ServiceJID() string { return c.service }

// pause waits, shorter when ctx ends.
func (c *Component) pause(ctx context.Context, d time.Duration) {
	timer, stop := c.clock.After(d)
	defer stop()
	select {
	case <-timer:
	case <-ctx.Done():
	}
}
