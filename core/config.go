package core

import (
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// RegistrationMode says who may register.
type RegistrationMode string

// Registration modes.
const (
	RegistrationOpen  RegistrationMode = "open"  // anybody the transport allows
	RegistrationKnown RegistrationMode = "known" // VENs that the operator entered
	// RegistrationWebhook asks [Config.Admission] each time.
	RegistrationWebhook RegistrationMode = "webhook"
)

// Defaults of [Config].
const (
	DefaultInFlight  = 500
	DefaultRetention = 400 * 24 * time.Hour
)

// Config holds the settings of a VTN.
type Config struct {
	VTNID          string           // vtnID in payloads
	Registration   RegistrationMode // who may register
	Admission      Admission        // decides in the mode webhook
	StrangersError bool             // answer strangers with [ErrNotRegistered] instead of code 463 (rule G3)
	InFlight       int              // pushes in flight that are younger than a second; 0: [DefaultInFlight]
	MaxPayload     int              // bytes of the largest payload to send; 0: that of [oadr.DefaultLimits]
	Retention      time.Duration    // how long ended events are kept; 0: [DefaultRetention]
	Journal        int              // entries that the journal keeps; 0: [DefaultJournal]
	Quotas         Quotas           // in place of some of [DefaultQuotas]
	Encoder        Encoder          // writes pushes; nil: [oadr.Append]. A [SigningEncoder] signs
	Signatures     SignatureMode    // of VENs that have no mode of their own; empty: [SignaturesOff]
}

// withDefaults replaces zero values by the defaults.
func (c Config) withDefaults() Config {
	if c.InFlight == 0 {
		c.InFlight = DefaultInFlight
	}
	if c.MaxPayload == 0 {
		c.MaxPayload = oadr.DefaultLimits.Size
	}
	if c.Retention == 0 {
		c.Retention = DefaultRetention
	}
	if c.Journal == 0 {
		c.Journal = DefaultJournal
	}
	return c
}
