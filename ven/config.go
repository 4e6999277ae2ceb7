package ven

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"time"

	"mellium.im/xmpp/jid"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// Config says who a VEN is and how it behaves. JID is needed, and Password or a
// certificate; all else has a default. The functions may be called from several
// goroutines; the ones named On… should return soon, the next push waits for them.
type Config struct {
	// JID is the VEN's account, such as ven1@example.org. With a resource the
	// VEN asks the server for that one, and takes it over from a session that
	// has it.
	JID string
	// Password is needed where TLS has no certificate of the VEN's own, or the
	// server might not take that.
	Password string
	// Server is the host:port to connect to; empty: what DNS says of the JID's
	// domain (RFC 6120 section 3.2).
	Server string
	// TLS holds the roots the server's certificate is checked against; nil:
	// the system's. The name checked is the JID's domain unless it is set. With
	// a certificate of its own there the VEN logs in by that (SASL EXTERNAL)
	// where the server takes it; its common name is the account's (rule X10).
	TLS *tls.Config
	// PingAfter is how long the server may be quiet before it is pinged; one
	// that does not answer is given up and connected to again. 0: never. About
	// a minute suits a VEN that runs for long.
	PingAfter time.Duration

	// VTN is the JID to send requests to; empty: found by service discovery.
	VTN string
	// VENID is the venID to ask for when registering, empty where the VTN
	// gives one out.
	VENID   string
	VENName string
	// Registration is the one of an earlier run, where the VEN has kept it: it
	// is registered as soon as it is connected. The zero Registration is none.
	// The VTN pushes what is new since then; a VEN that has not kept its events
	// asks for them with [VEN.RequestEvent].
	Registration Registration
	// ReportOnly registers a VEN that gets no events (rule E1).
	ReportOnly bool
	// TransportAddress is the oadrTransportAddress to register; empty: the full
	// JID of the session.
	TransportAddress string
	// Form is how payloads are written; the zero Form is the specification's.
	Form oadr.Form
	// Stanza is what requests are carried in. What the VTN sends is read, and
	// answered, in any.
	Stanza Stanza
	// Bare registers and no more: not its reports in the same breath, and it does not
	// ask for its events. It is there to test a VTN with.
	Bare bool
	// SkipCatchUp leaves out the oadrRequestEvent after a reconnect.
	SkipCatchUp bool

	// Reports are what the VEN offers to report. It registers them whenever it
	// has registered itself, though there be none, and then sends what the VTN asks for.
	Reports []Report
	// Meter is where the values of Reports come from.
	Meter Meter
	// OnUpdate is told each oadrUpdateReport that the VTN has taken.
	OnUpdate func(*oadr.UpdateReport)
	// OnReports is told each list of what the VTN can report (rules N11, R9).
	OnReports func(*oadr.RegisterReport)
	// Clock is where the time of reports comes from; nil: the machine.
	Clock Clock

	// Decide is asked once for each modificationNumber of an event that wants
	// an answer; nil: optIn, at once.
	Decide func(oadr.Event) Decision

	// WrapHandler, if not nil, is given the VEN and its own Handler, once, and
	// returns the one to use, which may call the VEN's.
	WrapHandler func(*VEN, Handler) Handler
	// WrapSender does the same for the messages that the VEN sends.
	WrapSender func(Sender) Sender

	// OnState is told when the VEN connects, registers, loses either or closes.
	OnState func(State)
	// OnRetry is told why the VEN could not connect again, before it tries once more.
	OnRetry func(error)
	// OnEvent is told each event that is new or has a new modificationNumber.
	OnEvent func(Event)
	// OnChange is told the whole set whenever an event came, changed or went.
	OnChange func([]Event)
	// OnAnswer is told each event whose answer the VTN has taken.
	OnAnswer func(Event)
	// OnPayload is told each OpenADR payload that arrives, as it arrived, and
	// OnStanza the stanza before, with all that stands in it.
	OnPayload func([]byte)
	OnStanza  func([]byte)

	// Log takes what is worth knowing; nil: nothing is logged.
	Log *slog.Logger
}

// Decision is a VEN's answer to an event.
type Decision struct {
	OptType string        // oadr.OptIn or oadr.OptOut; empty: oadr.OptIn
	Code    oadr.Code     // 0: 200; such as oadr.CodeSignal where a signal is not supported
	After   time.Duration // from the event's arrival to the answer
}

// names are the parsed addresses of a Config.
type names struct {
	account jid.JID // with the resource asked for, if any
	domain  jid.JID // of the VEN's own server
	vtn     jid.JID // zero: to be discovered
}

// check parses the addresses.
func (c *Config) check() (names, error) {
	account, err := asWritten(c.JID)
	if err != nil {
		return names{}, fmt.Errorf("JID %q: %w; give the VEN's account as name@domain", c.JID, err)
	}
	if account.Localpart() == "" {
		return names{}, fmt.Errorf("JID %q has no name before the @; give the VEN's account as name@domain", c.JID)
	}
	if c.Password == "" && !c.certified() {
		return names{}, fmt.Errorf("the account %s has neither password nor certificate", account.Bare())
	}
	if c.Server != "" {
		if _, _, err := net.SplitHostPort(c.Server); err != nil {
			return names{}, fmt.Errorf("server %q is not host:port: %w", c.Server, err)
		}
	}
	if err := checkReports(c.Reports, c.Meter); err != nil {
		return names{}, err
	}
	n := names{account: account, domain: account.Domain()}
	if c.VTN != "" {
		if n.vtn, err = asWritten(c.VTN); err != nil {
			return names{}, fmt.Errorf("VTN %q is not a JID: %w", c.VTN, err)
		}
	}
	return n, nil
}

// certified says whether the VEN has a certificate of its own.
func (c *Config) certified() bool {
	return c.TLS != nil && (len(c.TLS.Certificates) > 0 || c.TLS.GetClientCertificate != nil)
}

// tls is the TLS configuration for a domain, never below TLS 1.2.
func (c *Config) tls(domain string) *tls.Config {
	t := &tls.Config{}
	if c.TLS != nil {
		t = c.TLS.Clone()
	}
	if t.ServerName == "" {
		t.ServerName = domain
	}
	t.MinVersion = max(t.MinVersion, tls.VersionTLS12)
	return t
}
