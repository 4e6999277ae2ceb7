package ven

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"

	"mellium.im/sasl"
	"mellium.im/xmpp"
	"mellium.im/xmpp/dial"
	"mellium.im/xmpp/jid"
)

// wire is a TLS connection that can be read byte by byte. From an [io.ByteReader] an
// XML decoder reads no more than it needs, so the login leaves everything behind it
// to be read by the session.
type wire struct {
	*tls.Conn
	buffered *bufio.Reader
	tcp      net.Conn
}

func (w *wire) Read(p []byte) (int, error) { return w.buffered.Read(p) }
func (w *wire) ReadByte() (byte, error)    { return w.buffered.ReadByte() }

// login connects to the server of an account and authenticates: TCP, STARTTLS
// (RFC 6120 section 5, always), and SASL by certificate or with SCRAM (section 6).
// The session binds a resource afterwards.
func login(ctx context.Context, cfg *Config, account jid.JID) (*wire, error) {
	tcp, err := dialServer(ctx, cfg.Server, account)
	if err != nil {
		return nil, fmt.Errorf("connect to the XMPP server of %s: %w", account.Domain(), err)
	}
	features := xmpp.StreamConfig{Features: []xmpp.StreamFeature{
		startTLS(cfg.tls(account.Domainpart()), tcp),
		authenticate(cfg, account.Localpart()),
		leaveBind(),
	}}
	// The stream is opened without the VEN's address, since the server would repeat
	// it and mellium refuses some addresses that servers authenticate.
	session, err := xmpp.NewSession(ctx, account.Domain(), jid.JID{}, tcp, 0,
		xmpp.NewNegotiator(func(*xmpp.Session, *xmpp.StreamConfig) xmpp.StreamConfig { return features }))
	if err != nil {
		tcp.Close()
		return nil, fmt.Errorf("log in as %s: %w", account.Bare(), errors.Join(err, context.Cause(ctx)))
	}
	w, ok := session.Conn().(*wire)
	if !ok || session.State()&xmpp.Authn == 0 {
		tcp.Close()
		return nil, fmt.Errorf("log in as %s: the server ended the negotiation without TLS and authentication", account.Bare())
	}
	return w, nil
}

func dialServer(ctx context.Context, server string, account jid.JID) (net.Conn, error) {
	if server != "" {
		return new(net.Dialer).DialContext(ctx, "tcp", server)
	}
	d := dial.Dialer{NoTLS: true} // TLS is by STARTTLS
	return d.Dial(ctx, "tcp", account)
}

// startTLS is the STARTTLS feature; it turns the connection into a [wire].
func startTLS(cfg *tls.Config, tcp net.Conn) xmpp.StreamFeature {
	f := xmpp.StartTLS(cfg)
	negotiate := f.Negotiate
	f.Negotiate = func(ctx context.Context, s *xmpp.Session, data any) (xmpp.SessionState, io.ReadWriter, error) {
		mask, rw, err := negotiate(ctx, s, data)
		if err != nil {
			return mask, rw, err
		}
		conn, ok := rw.(*tls.Conn)
		if !ok {
			return mask, nil, fmt.Errorf("STARTTLS made a %T", rw)
		}
		// The handshake comes here so that its error is not mistaken for one of the
		// stream, and so that SCRAM can bind to the connection.
		if err := conn.HandshakeContext(ctx); err != nil {
			return mask, nil, fmt.Errorf("TLS: %w", err)
		}
		return mask, &wire{Conn: conn, buffered: bufio.NewReader(conn), tcp: tcp}, nil
	}
	return f
}

// errNoCertificate says that the VEN has no password and that the server does not
// accept its certificate.
var errNoCertificate = fmt.Errorf("%w: it offers no login by certificate (SASL EXTERNAL) to this one", ErrNotAuthorized)

// authenticate is the SASL feature. The VEN logs in by certificate if it has one that
// the server accepts, otherwise by password.
func authenticate(cfg *Config, username string) xmpp.StreamFeature {
	var mechanisms []sasl.Mechanism
	if cfg.certified() {
		mechanisms = append(mechanisms, external)
	}
	if cfg.Password != "" {
		mechanisms = append(mechanisms, scram(username, cfg.Password)...)
	}
	f := xmpp.SASL("", cfg.Password, mechanisms...)
	negotiate := f.Negotiate
	f.Negotiate = func(ctx context.Context, s *xmpp.Session, data any) (xmpp.SessionState, io.ReadWriter, error) {
		if offered, ok := data.([]string); ok && cfg.Password == "" && !slices.Contains(offered, external.Name) {
			return 0, nil, errNoCertificate
		}
		mask, rw, err := negotiate(ctx, s, data)
		// The type of a <failure/> is not exported, so only its method tells it from
		// a broken connection.
		var failure interface {
			error
			TokenReader() xml.TokenReader
		}
		if errors.As(err, &failure) || errors.Is(err, sasl.ErrAuthn) {
			err = fmt.Errorf("%w: %w", ErrNotAuthorized, err)
		}
		return mask, rw, err
	}
	return f
}

// external is SASL EXTERNAL (RFC 4422 appendix A): the TLS certificate says who
// the VEN is, and it asks for no other account (RFC 6120 section 6.3.8).
var external = sasl.Mechanism{
	Name:  "EXTERNAL",
	Start: func(*sasl.Negotiator) (bool, []byte, any, error) { return false, nil, nil, nil },
	Next: func(*sasl.Negotiator, []byte, any) (bool, []byte, any, error) {
		return false, nil, nil, sasl.ErrTooManySteps
	},
}

// scram returns the SCRAM mechanisms, strongest first. PLAIN is not among them, so
// the password never leaves the VEN.
func scram(username, password string) []sasl.Mechanism {
	mechanisms := []sasl.Mechanism{sasl.ScramSha256Plus, sasl.ScramSha256, sasl.ScramSha1Plus, sasl.ScramSha1}
	for i := range mechanisms {
		start := mechanisms[i].Start
		mechanisms[i].Start = func(n *sasl.Negotiator) (bool, []byte, any, error) {
			sasl.Credentials(func() (_, _, _ []byte) { return []byte(username), []byte(password), nil })(n)
			return start(n)
		}
	}
	return mechanisms
}

// leaveBind is the resource binding feature; it ends the login. [session.bind] sends
// the IQ that binds.
func leaveBind() xmpp.StreamFeature {
	f := xmpp.BindResource()
	f.Negotiate = func(context.Context, *xmpp.Session, any) (xmpp.SessionState, io.ReadWriter, error) {
		return xmpp.Ready, nil, nil
	}
	return f
}
