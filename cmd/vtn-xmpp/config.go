package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/webhook"
)

// serveConfig are the settings of serve.
type serveConfig struct {
	ID                string   `name:"id" env:"VTN_ID" default:"VTN" help:"vtnID in payloads."`
	XMPPServer        string   `name:"xmpp-server" env:"VTN_XMPP_SERVER" default:"127.0.0.1:5347" help:"The XMPP server's component listener. The connection is not encrypted: use loopback or a private network."`
	XMPPDomain        string   `name:"xmpp-domain" env:"VTN_XMPP_DOMAIN" default:"vtn.localhost" help:"The component's domain."`
	XMPPSecretFile    string   `name:"xmpp-secret-file" env:"VTN_XMPP_SECRET_FILE" placeholder:"FILE" help:"File with the component's secret (or VTN_XMPP_SECRET). One of them is needed."`
	XMPPAllowDomains  []string `name:"xmpp-allow-domains" env:"VTN_XMPP_ALLOW_DOMAINS" placeholder:"DOMAIN" help:"Domains whose accounts may register; without it the domain above the component's."`
	XMPPConnections   int      `name:"xmpp-connections" env:"VTN_XMPP_CONNECTIONS" default:"1" help:"Component connections kept open."`
	Store             string   `name:"store" env:"VTN_STORE" default:"sqlite:vtn.db" help:"Where everything is kept: sqlite:PATH or postgres://… (one with a password must come from the environment or the file)."`
	APIListen         string   `name:"api-listen" env:"VTN_API_LISTEN" default:"${apiListen}" help:"Where the operator's API listens."`
	APITokenFile      string   `name:"api-token-file" env:"VTN_API_TOKEN_FILE" placeholder:"FILE" help:"File with the API's bearer token (or VTN_API_TOKEN). Needed where the API listens beyond loopback."`
	Registration      string   `name:"registration" env:"VTN_REGISTRATION" default:"known" help:"Who may register: known (VENs that were entered beforehand), open, or webhook (each is asked of VTN_WEBHOOK_URL)."`
	WebhookURL        string   `name:"webhook-url" env:"VTN_WEBHOOK_URL" placeholder:"URL" help:"What decides on registrations with VTN_REGISTRATION=webhook; https, or http to loopback."`
	WebhookSecretFile string   `name:"webhook-secret-file" env:"VTN_WEBHOOK_SECRET_FILE" placeholder:"FILE" help:"File with the secret its requests are signed with (or VTN_WEBHOOK_SECRET)."`
	MaxPayload        int      `name:"max-payload" env:"VTN_MAX_PAYLOAD" default:"${maxPayload}" help:"Largest payload."`
	InFlight          int      `name:"in-flight" env:"VTN_IN_FLIGHT" default:"${inFlight}" help:"Pushes in flight that are younger than a second."`
	Rate              int      `name:"rate" env:"VTN_RATE" default:"${rate}" help:"Stanzas per second taken from one identity."`
	Retention         span     `name:"retention" env:"VTN_RETENTION" default:"${retention}" help:"How long what has ended is kept; report data counts from the start of its interval, however late it came."`
	Quota             quotas   `name:"quota" env:"VTN_QUOTA" placeholder:"KIND=ROWS/BYTES,…" help:"How much each VEN may have stored, in place of defaults; kinds: values, points, opts, history, requests, registrations, pushes."`
	Strangers         string   `name:"strangers" env:"VTN_STRANGERS" default:"463" help:"What the unregistered are told: 463 (an OpenADR response, as rule 517 has it) or error (a stanza error)."`
	LogLevel          string   `name:"log-level" env:"VTN_LOG_LEVEL" default:"info" help:"trace, debug, info, warn or error."`
	LogFormat         string   `name:"log-format" env:"VTN_LOG_FORMAT" placeholder:"FORMAT" help:"json or console; without it console on a terminal."`

	secret, token, webhookSecret string
}

// complete reads the secrets and checks all settings. Its error names everything
// that is wrong.
func (c *serveConfig) complete(s *settings) error {
	return errors.Join(c.readSecrets(s), c.checkAddresses(s), c.checkRegistration(s), c.checkNumbers(), c.checkLog())
}

// readSecrets reads the secrets that serve always uses.
func (c *serveConfig) readSecrets(s *settings) error {
	secret, errSecret := s.secret("VTN_XMPP_SECRET", c.XMPPSecretFile)
	if errSecret == nil && secret == "" {
		errSecret = fmt.Errorf("the component's secret is missing: set VTN_XMPP_SECRET_FILE or VTN_XMPP_SECRET to what the XMPP server has for %s", c.XMPPDomain)
	}
	token, errToken := s.secret("VTN_API_TOKEN", c.APITokenFile)
	c.secret, c.token = secret, token
	return errors.Join(errSecret, errToken)
}

// checkAddresses checks who the VTN is, and where it connects and listens.
func (c *serveConfig) checkAddresses(s *settings) error {
	var bad problems
	if strings.TrimSpace(c.ID) == "" {
		bad.add("VTN_ID is empty")
	}
	if given, _, _ := s.lookup("VTN_STORE"); holdsPassword(c.Store) && c.Store != given {
		bad.add("--store has a password, which other users of the machine can see; set VTN_STORE instead")
	}
	if _, _, err := net.SplitHostPort(c.XMPPServer); err != nil {
		bad.add("VTN_XMPP_SERVER %q is not HOST:PORT", c.XMPPServer)
	}
	switch local, err := isLoopback(c.APIListen); {
	case err != nil:
		bad.add("VTN_API_LISTEN %q is not HOST:PORT", c.APIListen)
	case !local && c.token == "":
		bad.add("VTN_API_LISTEN %q can be reached from elsewhere: set VTN_API_TOKEN_FILE or VTN_API_TOKEN, or listen on 127.0.0.1", c.APIListen)
	}
	return bad.err()
}

// checkRegistration checks who may register and what the others are told.
func (c *serveConfig) checkRegistration(s *settings) error {
	var bad problems
	switch core.RegistrationMode(c.Registration) {
	case core.RegistrationKnown, core.RegistrationOpen:
	case core.RegistrationWebhook:
		if err := c.completeWebhook(s); err != nil {
			bad.add("%w", err)
		}
	default:
		bad.add("VTN_REGISTRATION %q is none of known, open, webhook", c.Registration)
	}
	if c.Strangers != "error" && c.Strangers != "463" {
		bad.add("VTN_STRANGERS %q is neither 463 nor error", c.Strangers)
	}
	return bad.err()
}

func (c *serveConfig) checkNumbers() error {
	var bad problems
	for _, n := range []struct {
		name        string
		value       int
		least, most int
	}{
		{"VTN_MAX_PAYLOAD", c.MaxPayload, 4 << 10, 1_000_000}, // ejabberd takes stanzas of 1 MiB
		{"VTN_IN_FLIGHT", c.InFlight, 1, 100_000},
		{"VTN_RATE", c.Rate, 1, 100_000},
		{"VTN_XMPP_CONNECTIONS", c.XMPPConnections, 1, 16},
	} {
		if n.value < n.least || n.value > n.most {
			bad.add("%s %d is not from %d to %d", n.name, n.value, n.least, n.most)
		}
	}
	if c.Retention < span(time.Hour) {
		bad.add("VTN_RETENTION is below one hour")
	}
	return bad.err()
}

// problems collects what is wrong with settings.
type problems []error

func (p *problems) add(format string, args ...any) { *p = append(*p, fmt.Errorf(format, args...)) }
func (p problems) err() error                      { return errors.Join(p...) }

// completeWebhook reads the webhook's secret and finds what is wrong with its settings.
func (c *serveConfig) completeWebhook(s *settings) (err error) {
	if c.webhookSecret, err = s.secret("VTN_WEBHOOK_SECRET", c.WebhookSecretFile); err != nil {
		return err
	}
	switch wrong := webhook.Check(c.WebhookURL); {
	case c.WebhookURL == "":
		return errors.New("VTN_REGISTRATION is webhook: set VTN_WEBHOOK_URL to what decides on registrations")
	case wrong != nil:
		return fmt.Errorf("VTN_WEBHOOK_URL %w", wrong)
	case c.webhookSecret == "":
		return errors.New("the webhook's secret is missing: set VTN_WEBHOOK_SECRET_FILE or VTN_WEBHOOK_SECRET to what its requests are to be signed with")
	}
	return nil
}

// holdsPassword says whether a store's URL has a password in it.
func holdsPassword(store string) bool {
	u, err := url.Parse(store)
	if err != nil {
		return strings.Contains(store, "@")
	}
	_, set := u.User.Password()
	return set || u.Query().Has("password")
}

// isLoopback says whether an address to listen on is for this machine only.
func isLoopback(listen string) (bool, error) {
	host, _, err := net.SplitHostPort(listen)
	if err != nil || host == "localhost" {
		return err == nil, err
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback(), nil
}
