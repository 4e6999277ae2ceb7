package simplehttp

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/netip"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/transport/lane"
)

// Name is the oadrTransportName of this transport.
const Name = "simpleHttp"

// Defaults of [Config].
const (
	DefaultRate        = 20
	DefaultPoll        = 10 * time.Second
	DefaultConnections = 32_768
)

// TLSMode says which versions and cipher suites of TLS are spoken.
type TLSMode string

// TLS modes (rule T1).
const (
	TLSProfile TLSMode = "profile" // TLS 1.2 with the two suites of the profile, nothing else
	TLSModern  TLSMode = "modern"  // TLS 1.3 and 1.2 with what Go thinks safe, and these two suites
)

// Codec reads and writes payloads.
type Codec interface {
	Decode(raw []byte) (*oadr.Payload, error)
	core.Encoder
}

// Config is what the transport needs to know.
type Config struct {
	Listen       string            // host:port
	ListenOld    string            // host:port for VENs of 2.0a that know TLS 1.0 alone (rule A6); empty: none
	Certificates []tls.Certificate // the VTN's own, as server and as client, RSA first (rule T4); none: HTTP without TLS, which proxies alone may speak
	ClientCAs    *x509.CertPool    // who issues the certificates of VENs (rule T6)
	TLS          TLSMode           // empty: [TLSProfile]
	Poll         time.Duration     // how often VENs are asked to poll (rule H13); 0: [DefaultPoll]
	Proxies      []netip.Prefix    // who may say in a header which certificate a VEN has (rule T10)
	ProxyHeader  string            // the name of that header
	PushPrivate  bool              // push to private and loopback addresses, too
	Limits       oadr.Limits
	Codec        Codec  // nil: [oadr.Codec]
	Rate         int    // requests per second and identity; 0: [DefaultRate]
	Connections  int    // that stand at once; 0: [DefaultConnections]
	Version      string // of this program, for the User-Agent
	Logger       zerolog.Logger
	Clock        core.Clock            // nil is the machine's
	Budget       *lane.Budget          // of work, shared with other transports; nil: one of its own
	Metrics      prometheus.Registerer // nil for none
}

// complete fills in the defaults.
func (cfg Config) complete() Config {
	if cfg.TLS == "" {
		cfg.TLS = TLSProfile
	}
	if cfg.Poll == 0 {
		cfg.Poll = DefaultPoll
	}
	if cfg.Limits == (oadr.Limits{}) {
		cfg.Limits = oadr.DefaultLimits
	}
	if cfg.Codec == nil {
		cfg.Codec = oadr.Codec{Limits: cfg.Limits}
	}
	if cfg.Rate == 0 {
		cfg.Rate = DefaultRate
	}
	if cfg.Connections == 0 {
		cfg.Connections = DefaultConnections
	}
	if cfg.Clock == nil {
		cfg.Clock = core.SystemClock{}
	}
	if cfg.Budget == nil {
		cfg.Budget = lane.NewBudget(cfg.Clock)
	}
	return cfg
}

// check says what is wrong with the settings.
func (cfg Config) check() error {
	switch {
	case len(cfg.Certificates) == 0 && len(cfg.Proxies) == 0:
		return errors.New("there are no certificates of the VTN and no proxies: name one or the other")
	case len(cfg.Certificates) == 0 && cfg.ListenOld != "":
		return errors.New("the port for old VENs needs certificates of the VTN")
	case len(cfg.Certificates) > 0 && cfg.ClientCAs == nil:
		return errors.New("nobody is named who issues the certificates of VENs")
	case len(cfg.Proxies) > 0 && cfg.ProxyHeader == "":
		return errors.New("there are proxies and no name of the header in which they tell a VEN's certificate")
	}
	return nil
}
