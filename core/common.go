package core

import (
	"time"

	"github.com/rs/zerolog"
)

// common is what all parts of a VTN work with.
type common struct {
	cfg        Config
	reg        waking
	clock      Clock
	log        zerolog.Logger
	lines      *Lines
	quota      *quotaWatch
	metrics    *metrics
	transports map[string]Transport // by name; fixed before [VTN.Run]
}

func newCommon(cfg Config, reg waking, clock Clock, log zerolog.Logger) *common {
	return &common{
		cfg: cfg.withDefaults(), reg: reg, clock: clock, log: log,
		lines: NewLines(log, clock), quota: newQuotaWatch(cfg.Quotas, clock, log),
		transports: map[string]Transport{},
	}
}

// AddTransport enables a transport: VENs may register with it, and pushes go
// through it. It must be called before [VTN.Run].
func (c *common) AddTransport(t Transport) { c.transports[t.Name()] = t }

// Now returns the time of the VTN's clock.
func (c *common) Now() time.Time { return c.clock.Now() }

// compare is [Transport.Compare] of the transport on which a peer was heard.
func (c *common) compare(registered string, heard Peer) AddressMatch {
	if t := c.transports[heard.Transport]; t != nil {
		return t.Compare(registered, heard)
	}
	return OtherIdentity
}
