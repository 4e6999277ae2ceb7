package ven

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"mellium.im/xmpp/jid"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// Config says who a VEN is and how it behaves. It speaks XMPP if JID is set, and then
// needs Password or a certificate; it speaks HTTP if HTTP is set, and then needs a
// certificate. Everything else has a default. The functions may be called from
// several goroutines. Those named On… should return soon: the next push waits.
type Config struct {
	// JID is the VEN's account, such as ven1@example.org. If it has a resource the
	// VEN asks the server for that one, and takes it over from another session.
	JID string
	// Password is required if TLS has no certificate for the VEN, or if the server
	// may not accept that.
	Password string
	// Server is the host:port to connect to; empty: what DNS says for the JID's
	// domain (RFC 6120 section 3.2).
	Server string
	// HTTP makes the VEN speak simple HTTP instead of XMPP; nil: XMPP.
	HTTP *HTTP
	// TLS holds the roots that the server's certificate is checked against; nil:
	// the system's. The name checked is ServerName or, if that is empty, the JID's
	// domain or the host of the VTN's URL. If TLS has a client certificate and the
	// server accepts it, the VEN logs in with that (SASL EXTERNAL); its common name is
	// the account's (rule X10). Over HTTP the certificate is who the VEN is (rule T8).
	TLS *tls.Config
	// VTNFingerprints are those of the certificates (rule T7) that the VTN shows as
	// server, as client of a push and in signatures, as "vtn-xmpp certificate FILE"
	// prints them. Over HTTP the names in its certificate do not matter then (rule T6),
	// and a VEN that signs takes nothing unsigned. Empty: whatever TLS trusts.
	VTNFingerprints []string
	// PingAfter is how long the server may be silent before the VEN pings it. If
	// the ping gets no answer the VEN connects again. 0: no pings. About a minute
	// suits a VEN that runs for long.
	PingAfter time.Duration

	// VTN is the JID to send requests to; empty: found by service discovery.
	VTN string
	// VENID is the venID to ask for when registering; empty: the VTN chooses one.
	VENID   string
	VENName string
	// Registration is that of an earlier run, if the VEN has kept it; zero: none.
	// The VEN then is registered as soon as it is connected, and the VTN pushes
	// what has changed since. A VEN that has not kept its events asks for them
	// with [VEN.RequestEvent].
	Registration Registration
	// ReportOnly registers a VEN that gets no events (rule E1).
	ReportOnly bool
	// TransportAddress is the oadrTransportAddress to register; empty: the
	// session's full JID, or the URL at which the VEN listens.
	TransportAddress string
	// Form is how payloads are written; the zero Form is the specification's. With the
	// profile 2.0a the VEN has no registration, reports or opts; VENID is required
	// then. With Signed the VEN signs all that it sends, if its Codec can.
	Form oadr.Form
	// Codec reads and writes payloads; nil: one that leaves signatures unread.
	Codec Codec
	// Stanza is the kind of stanza that carries the VEN's requests. The VTN's
	// requests are read in any kind, and answered in the same.
	Stanza Stanza
	// Bare makes [VEN.Register] send nothing but the registration. The VEN does not
	// ask for its events; it registers its reports, if it has any, a little later.
	Bare bool
	// SkipCatchUp leaves out the oadrRequestEvent after a reconnect.
	SkipCatchUp bool

	// Reports are what the VEN offers to report. It registers them, even if there
	// are none, whenever it has registered itself, and sends what the VTN asks for.
	Reports []Report
	// Meter gives the values of Reports.
	Meter Meter
	// OnUpdate is called with each oadrUpdateReport that the VTN has accepted.
	OnUpdate func(*oadr.UpdateReport)
	// OnReports is called with each list of what the VTN can report (rules N11, R9).
	OnReports func(*oadr.RegisterReport)
	// Clock gives the time of reports; nil: the machine's.
	Clock Clock

	// Decide decides how to answer an event. It is called once for each
	// modificationNumber, but not for cancellations; nil: optIn, at once.
	Decide func(oadr.Event) Decision

	// WrapHandler, if not nil, is called once, with the VEN and its own Handler, and
	// returns the Handler to use, which may call the VEN's.
	WrapHandler func(*VEN, Handler) Handler
	// WrapSender does the same for the Sender of the VEN's messages.
	WrapSender func(Sender) Sender

	// OnState is called when the VEN connects, registers, loses either or closes.
	OnState func(State)
	// OnRetry is called with the reason when the VEN could not connect again, before
	// it tries once more.
	OnRetry func(error)
	// OnEvent is called with each event that is new or has a new modificationNumber.
	OnEvent func(Event)
	// OnChange is called with all events whenever one came, changed or went.
	OnChange func([]Event)
	// OnAnswer is called with each event whose answer the VTN has accepted.
	OnAnswer func(Event)
	// OnPayload is called with the bytes of each OpenADR payload that arrives, and
	// OnStanza, just before, with those of its stanza.
	OnPayload func([]byte)
	OnStanza  func([]byte)

	// Log takes the VEN's log; nil: it logs nothing.
	Log *slog.Logger
}

// Decision is how a VEN answers an event.
type Decision struct {
	OptType string        // OptIn or OptOut; empty: OptIn
	Code    oadr.Code     // 0: 200; oadr.CodeSignal says that a signal is not supported
	After   time.Duration // from the event's arrival to the answer
}

// names are the parsed addresses of a Config.
type names struct {
	account jid.JID // with the resource to ask for, if any
	domain  jid.JID // of the VEN's own server
	vtn     jid.JID // zero: to be discovered
}

// check checks the Config and returns its addresses. The error says what to mend.
func (c *Config) check() (names, error) {
	if c.simple() && c.VENID == "" {
		return names{}, errors.New("a VEN of 2.0a needs the VENID under which its operator entered it at the VTN")
	}
	if err := checkReports(c.Reports, c.Meter); err != nil {
		return names{}, err
	}
	if c.HTTP != nil {
		return names{}, c.checkHTTP()
	}
	return c.checkXMPP()
}

// simple reports whether the VEN speaks 2.0a.
func (c *Config) simple() bool { return c.Form.Profile == oadr.ProfileA }

func (c *Config) checkXMPP() (names, error) {
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
	n := names{account: account, domain: account.Domain()}
	if c.VTN != "" {
		if n.vtn, err = asWritten(c.VTN); err != nil {
			return names{}, fmt.Errorf("VTN %q is not a JID: %w", c.VTN, err)
		}
	}
	return n, nil
}

// who is the VEN in its log.
func (c *Config) who(n names) slog.Attr {
	if c.HTTP == nil {
		return slog.String("jid", n.account.Bare().String())
	}
	if c.VENName != "" {
		return slog.String("ven", c.VENName)
	}
	return slog.String("ven", c.HTTP.URL)
}

// certified reports whether the VEN has a client certificate.
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
