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

// serveConfig holds the settings of serve.
type serveConfig struct {
	ID                string   `name:"id" env:"VTN_ID" default:"VTN" help:"vtnID in payloads."`
	XMPPServer        string   `name:"xmpp-server" env:"VTN_XMPP_SERVER" default:"127.0.0.1:5347" help:"The XMPP server's component listener. The connection is not encrypted: use loopback or a private network."`
	XMPPDomain        string   `name:"xmpp-domain" env:"VTN_XMPP_DOMAIN" default:"vtn.localhost" help:"The component's domain."`
	XMPPSecretFile    string   `name:"xmpp-secret-file" env:"VTN_XMPP_SECRET_FILE" placeholder:"FILE" help:"File with the component's secret (or VTN_XMPP_SECRET). One of the two is required."`
	XMPPAllowDomains  []string `name:"xmpp-allow-domains" env:"VTN_XMPP_ALLOW_DOMAINS" placeholder:"DOMAIN" help:"Domains whose accounts may register; by default the domain above the component's."`
	XMPPConnections   int      `name:"xmpp-connections" env:"VTN_XMPP_CONNECTIONS" default:"1" help:"How many component connections to keep open."`
	httpConfig        `embed:""`
	signConfig        `embed:""`
	Store             string `name:"store" env:"VTN_STORE" default:"sqlite:vtn.db" help:"The store: sqlite:PATH or postgres://… (a URL with a password must come from the environment or the file)."`
	APIListen         string `name:"api-listen" env:"VTN_API_LISTEN" default:"${apiListen}" help:"Where the operator's API listens."`
	APITokenFile      string `name:"api-token-file" env:"VTN_API_TOKEN_FILE" placeholder:"FILE" help:"File with the API's bearer token (or VTN_API_TOKEN). Required if the API listens beyond loopback."`
	Registration      string `name:"registration" env:"VTN_REGISTRATION" default:"known" help:"Who may register: known (VENs that the operator has entered), open (any account of the allowed domains), or webhook (VTN_WEBHOOK_URL decides on each)."`
	WebhookURL        string `name:"webhook-url" env:"VTN_WEBHOOK_URL" placeholder:"URL" help:"Decides on registrations with VTN_REGISTRATION=webhook; https, or http to loopback."`
	WebhookSecretFile string `name:"webhook-secret-file" env:"VTN_WEBHOOK_SECRET_FILE" placeholder:"FILE" help:"File with the secret that signs the webhook's requests (or VTN_WEBHOOK_SECRET)."`
	NotifyPrivate     bool   `name:"notify-private" env:"VTN_NOTIFY_PRIVATE" help:"Send to webhooks at private and loopback addresses, too."`
	MaxPayload        int    `name:"max-payload" env:"VTN_MAX_PAYLOAD" default:"${maxPayload}" help:"Size of the largest payload, in bytes."`
	InFlight          int    `name:"in-flight" env:"VTN_IN_FLIGHT" default:"${inFlight}" help:"How many pushes that are younger than a second may be in flight."`
	Work              int    `name:"work" env:"VTN_WORK" default:"${work}" help:"How much of a processor's time the VTN spends on one identity over time, in percent; 0: as much as it asks for."`
	Rate              int    `name:"rate" env:"VTN_RATE" default:"${rate}" help:"How many stanzas or HTTP requests a second the VTN takes from one identity."`
	Retention         span   `name:"retention" env:"VTN_RETENTION" default:"${retention}" help:"How long to keep what has ended; report data counts from the start of its interval, even if it came later."`
	Journal           int    `name:"journal" env:"VTN_JOURNAL" default:"${journal}" help:"How many entries the journal keeps for programs that follow it; none is kept longer than VTN_RETENTION."`
	Quota             quotas `name:"quota" env:"VTN_QUOTA" placeholder:"KIND=ROWS/BYTES,…" help:"How much each VEN may store, instead of the defaults. Kinds: values, points, opts, history, requests, registrations, pushes."`
	Strangers         string `name:"strangers" env:"VTN_STRANGERS" default:"463" help:"How to answer VENs that are not registered: 463 (an OpenADR response, as rule 517 says) or error (a stanza error, over HTTP the status 403)."`
	LogLevel          string `name:"log-level" env:"VTN_LOG_LEVEL" default:"info" help:"trace, debug, info, warn or error."`
	LogFormat         string `name:"log-format" env:"VTN_LOG_FORMAT" placeholder:"FORMAT" help:"json or console; by default console on a terminal, otherwise json."`

	secret, token, webhookSecret string
}

// complete reads the secrets and checks all settings. Its error names everything
// that is wrong.
func (c *serveConfig) complete(s *settings) error {
	return errors.Join(c.readSecrets(s), c.checkAddresses(s), c.checkRegistration(s), c.completeHTTP(), c.completeSignatures(), c.checkNumbers(), c.checkLog())
}

// readSecrets reads the secrets that serve always uses.
func (c *serveConfig) readSecrets(s *settings) error {
	secret, errSecret := s.secret("VTN_XMPP_SECRET", c.XMPPSecretFile)
	if errSecret == nil && secret == "" {
		errSecret = fmt.Errorf("the component's secret is missing: set VTN_XMPP_SECRET_FILE or VTN_XMPP_SECRET to the secret that the XMPP server has for %s", c.XMPPDomain)
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

// checkRegistration checks who may register and how the others are answered.
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
		{"VTN_WORK", c.Work, 0, 100},
		{"VTN_JOURNAL", c.Journal, 1000, 1_000_000_000},
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

// completeWebhook reads the webhook's secret and checks its settings.
func (c *serveConfig) completeWebhook(s *settings) (err error) {
	if c.webhookSecret, err = s.secret("VTN_WEBHOOK_SECRET", c.WebhookSecretFile); err != nil {
		return err
	}
	switch wrong := webhook.Check(c.WebhookURL); {
	case c.WebhookURL == "":
		return errors.New("VTN_REGISTRATION is webhook: set VTN_WEBHOOK_URL to the URL that decides on registrations")
	case wrong != nil:
		return fmt.Errorf("VTN_WEBHOOK_URL %w", wrong)
	case c.webhookSecret == "":
		return errors.New("the webhook's secret is missing: set VTN_WEBHOOK_SECRET_FILE or VTN_WEBHOOK_SECRET to the secret that signs its requests")
	}
	return nil
}

// holdsPassword reports whether a store's URL contains a password.
func holdsPassword(store string) bool {
	u, err := url.Parse(store)
	if err != nil {
		return strings.Contains(store, "@")
	}
	_, set := u.User.Password()
	return set || u.Query().Has("password")
}

// isLoopback reports whether an address to listen on is for this machine only.
func isLoopback(listen string) (bool, error) {
	host, _, err := net.SplitHostPort(listen)
	if err != nil || host == "localhost" {
		return err == nil, err
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback(), nil
}
