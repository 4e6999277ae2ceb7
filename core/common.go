package core

import "github.com/rs/zerolog"

// common is what all parts of a VTN work with.
type common struct {
	cfg        Config
	reg        waking
	clock      Clock
	log        zerolog.Logger
	lines      *Lines
	quota      *quotaWatch
	metrics    *metrics
	alarms     *alarms
	transports map[string]Transport // by name; fixed before [VTN.Run]
}

func newCommon(cfg Config, reg waking, clock Clock, log zerolog.Logger) *common {
	c := &common{
		cfg: cfg.withDefaults(), reg: reg, clock: clock, log: log,
		lines: NewLines(log, clock), quota: newQuotaWatch(cfg.Quotas, clock, log),
		transports: map[string]Transport{},
	}
	c.alarms = newAlarms(c)
	return c
}

// compare is [Transport.Compare] of the transport on which a peer was heard.
func (c *common) compare(registered string, heard Peer) AddressMatch {
	if t := c.transports[heard.Transport]; t != nil {
		return t.Compare(registered, heard)
	}
	return OtherIdentity
}
