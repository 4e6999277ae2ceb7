package ven

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/internal/wake"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// HTTP says how a VEN speaks simple HTTP with its VTN: it polls or, if it listens, the
// VTN pushes.
type HTTP struct {
	// URL is the VTN's, https://host:port/ with any prefix. What the profile adds, such
	// as OpenADR2/Simple/2.0b/EiEvent (rule H1), may be left out.
	URL string
	// Listen is the host:port at which the VEN takes pushes; port 0: one that is free.
	// Empty: it polls.
	Listen string
	// PollInterval is the time between polls; 0: what the VTN asks for (rule H13), ten
	// seconds if it asks for nothing. A VEN of 2.0a requests its events this often
	// (rule A2).
	PollInterval time.Duration
}

const (
	pollDefault = 10 * time.Second
	pollLeast   = time.Second // if the VTN says how often
)

func (c *Config) checkHTTP() error {
	u, err := url.Parse(c.HTTP.URL)
	switch {
	case c.JID != "":
		return errors.New("give a JID or HTTP, not both: a VEN has one transport at a time")
	case err != nil || u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.User != nil:
		return fmt.Errorf("the VTN's URL %q is not of the form https://host:port/prefix", c.HTTP.URL)
	case !c.certified():
		return errors.New("over HTTP a VEN needs a client certificate (rule T5); give TLS one")
	case c.HTTP.PollInterval < 0:
		return fmt.Errorf("a VEN cannot poll every %v", c.HTTP.PollInterval)
	case c.HTTP.Listen == "":
		return nil
	case len(c.TLS.Certificates) == 0:
		return errors.New("a VEN that listens needs its certificate in TLS.Certificates")
	}
	if _, _, err := net.SplitHostPort(c.HTTP.Listen); err != nil {
		return fmt.Errorf("listen address %q is not host:port: %w", c.HTTP.Listen, err)
	}
	return nil
}

// overHTTP is the simple HTTP of a VEN. It keeps at most one connection to the VTN.
type overHTTP struct {
	*caller
	server   *server
	settings HTTP
	tls      *tls.Config // of connections to the VTN
	wake     wake.Signal // woken when there may be reason to poll

	mu        sync.Mutex
	fruitless Backoff // of links over which nothing came
	failed    bool    // the last one was such a link
}

func newOverHTTP(c *caller, server *server) *overHTTP {
	h := &overHTTP{caller: c, server: server, settings: *c.cfg.HTTP, wake: wake.New()}
	host, _ := h.target()
	h.tls = c.cfg.clientTLS(host)
	return h
}

// target is the VTN's host and port.
func (h *overHTTP) target() (host, port string) {
	u, err := url.Parse(h.settings.URL)
	if err != nil {
		return "", "" // it was checked
	}
	if port = u.Port(); port == "" {
		port = "443"
	}
	return u.Hostname(), port
}

// endpoint is the URL of a service at a base, which may have the profile's part already
// (rules H1, H18, A1).
func endpoint(base string, profile oadr.Profile, service string) string {
	part := "/OpenADR2/Simple/2.0b"
	if profile == oadr.ProfileA {
		part = "/OpenADR2/Simple"
	}
	base = strings.TrimSuffix(strings.TrimSuffix(base, "/"), part+"/"+service)
	base = strings.TrimSuffix(base, part)
	return base + part + "/" + service
}

// start listens, if the VEN takes pushes.
func (h *overHTTP) start() error {
	if h.settings.Listen == "" {
		return nil
	}
	return h.listen()
}

// open makes a connection to the VTN, the first of a link, and keeps it for the first
// request. While links bring nothing, each waits longer: in TLS 1.3 a VEN learns only
// from its first request that its certificate is refused (rule T5).
func (h *overHTTP) open(ctx context.Context) (link, error) {
	h.mu.Lock()
	var wait time.Duration
	if h.failed {
		wait = h.fruitless.Next()
	}
	h.mu.Unlock()
	if wait > 0 {
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, loginTimeout)
	defer cancel()
	l := newHTTPLink(h)
	conn, err := l.connect(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", h.settings.URL, err)
	}
	l.first <- conn
	h.joined(l)
	if h.Address() == "" {
		h.alive.Go(func() { h.stayPolling(l) })
	}
	return l, nil
}

// fared records whether anything came over a link.
func (h *overHTTP) fared(well bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.failed = !well
	if well {
		h.fruitless = Backoff{}
	}
}

func (h *overHTTP) introduce(m *oadr.CreatePartyRegistration) {
	m.TransportName = oadr.TransportSimpleHTTP
	m.HTTPPullModel = new(h.Address() == "")
	m.TransportAddress = h.cfg.TransportAddress
	if m.TransportAddress == "" {
		m.TransportAddress = h.Address()
	}
}

// catchesUp: who polls does so right away.
func (h *overHTTP) catchesUp() bool { return h.Address() != "" }
