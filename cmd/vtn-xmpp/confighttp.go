package main

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/transport/lane"
	"github.com/vtn-xmpp/vtn-xmpp/transport/simplehttp"
)

// httpConfig holds the settings of serve for the transport simpleHttp.
type httpConfig struct {
	HTTPListen       string   `name:"http-listen" env:"VTN_HTTP_LISTEN" placeholder:"HOST:PORT" help:"Where VENs that use simpleHttp connect; without it this transport is off."`
	HTTPListenOld    string   `name:"http-listen-old" env:"VTN_HTTP_LISTEN_OLD" placeholder:"HOST:PORT" help:"Where VENs of 2.0a connect that know TLS 1.0 only, which can be broken: let nobody else reach this port."`
	HTTPCertFile     []string `name:"http-cert-file" env:"VTN_HTTP_CERT_FILE" placeholder:"FILE" help:"The VTN's own certificates with their chains, PEM: the one with an RSA key first, then the one with an ECC key. Without any, only proxies may connect, without TLS. Certificate, key and CA files are read anew when they change."`
	HTTPKeyFile      []string `name:"http-key-file" env:"VTN_HTTP_KEY_FILE" placeholder:"FILE" help:"Their keys, PEM, in the same order."`
	HTTPClientCAFile string   `name:"http-client-ca-file" env:"VTN_HTTP_CLIENT_CA_FILE" placeholder:"FILE" help:"The authorities that issue the certificates of VENs, PEM."`
	HTTPTLS          string   `name:"http-tls" env:"VTN_HTTP_TLS" default:"profile" help:"profile (TLS 1.2 with the profile's two cipher suites) or modern (TLS 1.3 and newer suites, too)."`
	HTTPPoll         string   `name:"http-poll" env:"VTN_HTTP_POLL" default:"${httpPoll}" help:"How often VENs are asked to poll."`
	HTTPProxies      []string `name:"http-proxies" env:"VTN_HTTP_PROXIES" placeholder:"ADDRESS" help:"Addresses or networks of proxies that tell a VEN's certificate in a header. They may connect without TLS. Whoever uses these addresses can act for any VEN."`
	HTTPProxyHeader  string   `name:"http-proxy-header" env:"VTN_HTTP_PROXY_HEADER" placeholder:"NAME" help:"That header, as nginx, Envoy, HAProxy or RFC 9440 write it. The proxy must remove the one that it receives."`
	HTTPPushPrivate  bool     `name:"http-push-private" env:"VTN_HTTP_PUSH_PRIVATE" help:"Push to VENs at private and loopback addresses, too."`
	HTTPConnections  int      `name:"http-connections" env:"VTN_HTTP_CONNECTIONS" default:"${httpConnections}" help:"How many connections of VENs and proxies may stand."`

	poll         time.Duration
	certificates []tls.Certificate
	authorities  *x509.CertPool
	proxies      []netip.Prefix
}

// completeHTTP reads the certificates and checks the settings of simpleHttp.
func (c *httpConfig) completeHTTP() error {
	var bad problems
	if c.HTTPListen == "" {
		if c.HTTPListenOld != "" || len(c.HTTPCertFile)+len(c.HTTPKeyFile)+len(c.HTTPProxies) > 0 || c.HTTPClientCAFile != "" || c.HTTPProxyHeader != "" || c.HTTPPushPrivate {
			bad.add("VTN_HTTP_LISTEN is not set, so the other settings VTN_HTTP_… have no use: set it to HOST:PORT, or remove them")
		}
		return bad.err()
	}
	if _, _, err := net.SplitHostPort(c.HTTPListen); err != nil {
		bad.add("VTN_HTTP_LISTEN %q is not HOST:PORT", c.HTTPListen)
	}
	if c.HTTPListenOld != "" {
		if _, _, err := net.SplitHostPort(c.HTTPListenOld); err != nil {
			bad.add("VTN_HTTP_LISTEN_OLD %q is not HOST:PORT", c.HTTPListenOld)
		}
		if len(c.HTTPCertFile) == 0 {
			bad.add("VTN_HTTP_LISTEN_OLD is set, and not VTN_HTTP_CERT_FILE: old VENs connect with TLS")
		}
	}
	if mode := simplehttp.TLSMode(c.HTTPTLS); mode != simplehttp.TLSProfile && mode != simplehttp.TLSModern {
		bad.add("VTN_HTTP_TLS %q is neither profile nor modern", c.HTTPTLS)
	}
	var err error
	if c.poll, err = parseSpan(c.HTTPPoll); err != nil || c.poll < time.Second || c.poll > 24*time.Hour || c.poll%time.Second != 0 {
		bad.add("VTN_HTTP_POLL %q is not a length of time from 1s to 24h in whole seconds, such as PT10S or 1m", c.HTTPPoll)
	}
	if n := c.HTTPConnections; n < 16 || n > 1_000_000 {
		bad.add("VTN_HTTP_CONNECTIONS %d is not from 16 to 1000000", n)
	}
	c.completeCertificates(&bad)
	c.completeProxies(&bad)
	return bad.err()
}

// completeCertificates reads the VTN's own certificates and those of authorities.
func (c *httpConfig) completeCertificates(bad *problems) {
	var err error
	if c.certificates, err = simplehttp.LoadCertificates(c.HTTPCertFile, c.HTTPKeyFile); err != nil {
		bad.add("VTN_HTTP_CERT_FILE, VTN_HTTP_KEY_FILE: %w", err)
	}
	switch {
	case c.HTTPClientCAFile != "":
		if c.authorities, err = simplehttp.LoadAuthorities(c.HTTPClientCAFile); err != nil {
			bad.add("VTN_HTTP_CLIENT_CA_FILE: %w", err)
		}
	case len(c.HTTPCertFile) > 0:
		bad.add("VTN_HTTP_CLIENT_CA_FILE is not set: name the authorities that issue the certificates of VENs")
	}
	if len(c.HTTPCertFile) == 0 && len(c.HTTPProxies) == 0 {
		bad.add("VTN_HTTP_LISTEN is set: set VTN_HTTP_CERT_FILE, too (VENs connect with TLS), or VTN_HTTP_PROXIES (a proxy does TLS)")
	}
}

// completeProxies reads the proxies' addresses.
func (c *httpConfig) completeProxies(bad *problems) {
	for _, written := range c.HTTPProxies {
		written = strings.TrimSpace(written)
		network, err := netip.ParsePrefix(written)
		if ip, errIP := netip.ParseAddr(written); errIP == nil {
			network, err = netip.PrefixFrom(ip.Unmap(), ip.Unmap().BitLen()), nil
		}
		if err != nil {
			bad.add("VTN_HTTP_PROXIES: %q is neither an IP address nor a network such as 10.0.0.0/24", written)
			continue
		}
		c.proxies = append(c.proxies, network.Masked())
	}
	switch {
	case len(c.HTTPProxies) > 0 && c.HTTPProxyHeader == "":
		bad.add("VTN_HTTP_PROXIES is set: name in VTN_HTTP_PROXY_HEADER the header in which they tell a VEN's certificate")
	case len(c.HTTPProxies) == 0 && c.HTTPProxyHeader != "":
		bad.add("VTN_HTTP_PROXY_HEADER is set: name in VTN_HTTP_PROXIES the proxies that it is believed from")
	case !isToken(c.HTTPProxyHeader):
		bad.add("VTN_HTTP_PROXY_HEADER %q is no name of a header", c.HTTPProxyHeader)
	}
	c.HTTPProxyHeader = http.CanonicalHeaderKey(c.HTTPProxyHeader)
}

// isToken reports whether a text can be the name of a header.
func isToken(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_')
	})
}

// transportConfig configures the transport.
func (c *httpConfig) transportConfig() simplehttp.Config {
	return simplehttp.Config{
		Listen:       c.HTTPListen,
		ListenOld:    c.HTTPListenOld,
		Certificates: c.certificates,
		ClientCAs:    c.authorities,
		TLS:          simplehttp.TLSMode(c.HTTPTLS),
		Poll:         c.poll,
		Proxies:      c.proxies,
		ProxyHeader:  c.HTTPProxyHeader,
		PushPrivate:  c.HTTPPushPrivate,
		Connections:  c.HTTPConnections,
	}
}

// httpTransport makes the transport and begins to listen, so that a port that is taken is found at once. It is nil when off.
func (c *serveCommand) httpTransport(vtn simplehttp.Handler, budget *lane.Budget, log zerolog.Logger, metrics prometheus.Registerer) (*simplehttp.Transport, error) {
	if c.HTTPListen == "" {
		return nil, nil
	}
	cfg := c.transportConfig()
	cfg.Limits = oadr.Limits{Size: c.MaxPayload, Depth: oadr.DefaultLimits.Depth}
	cfg.Rate, cfg.Version, cfg.Logger, cfg.Metrics = c.Rate, version(), log, metrics
	cfg.Codec, cfg.Budget = c.codec(false), budget
	t := simplehttp.New(cfg, vtn)
	if _, err := t.Listen(); err != nil {
		return nil, err
	}
	return t, nil
}
