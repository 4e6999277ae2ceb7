package ven

import (
	"context"
	"sync"

	"mellium.im/xmpp/jid"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// overXMPP is the XMPP of a VEN: its account, and where its VTN is. In a VEN that speaks
// HTTP it does nothing.
type overXMPP struct {
	*node
	names  names
	server *server

	mu    sync.Mutex
	found Services
}

// JID is the full JID of the session, the zero JID while there is none.
func (x *overXMPP) JID() jid.JID {
	if s, err := x.session(); err == nil {
		return s.self
	}
	return jid.JID{}
}

// Services are the JIDs of the VTN.
func (x *overXMPP) Services() Services {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.found
}

// Discover finds a VTN by service discovery (XEP-0030): first at the VEN's own
// domain, where a server with delegation answers for the VTN, then at the domains
// that the server lists. It returns ErrNoVTN if there is none. The VEN itself keeps
// the services it found when it was dialed.
func (x *overXMPP) Discover(ctx context.Context) (Services, error) {
	s, err := x.session()
	if err != nil {
		return Services{}, err
	}
	return s.discover(ctx)
}

// SendRaw sends an IQ set with any content, such as a request that OpenADR does not
// define, and returns the stanza that answers it, a result or an error. An empty to
// is the VTN's EiEvent service.
func (x *overXMPP) SendRaw(ctx context.Context, to string, inside []byte) ([]byte, error) {
	s, err := x.session()
	if err != nil {
		return nil, err
	}
	if to == "" {
		to = x.Services().EiEvent.String()
	}
	answer, err := s.exchange(ctx, "set", to, inside)
	if err != nil {
		return nil, err
	}
	return answer.raw, nil
}

// Write puts a stanza on the stream as it is and does not wait for an answer.
func (x *overXMPP) Write(ctx context.Context, b []byte) error {
	s, err := x.session()
	if err != nil {
		return err
	}
	return s.send(ctx, append([]byte(nil), b...))
}

// session is the present one, ErrNotConnected while there is none.
func (x *overXMPP) session() (*session, error) {
	l, err := x.current()
	if err != nil {
		return nil, err
	}
	over, ok := l.(*xmppLink)
	if !ok {
		return nil, ErrNotConnected
	}
	return over.session, nil
}

func (x *overXMPP) start() error { return nil }

// open makes a session and says that the VEN is there.
func (x *overXMPP) open(ctx context.Context) (link, error) {
	s, err := open(ctx, &x.cfg, x.names.account, x.serve)
	if err != nil {
		return nil, err
	}
	// The VEN must know its VTN before it is seen: a push may follow at once.
	if err := x.locate(ctx, s); err != nil {
		s.close(ctx)
		return nil, err
	}
	l := &xmppLink{session: s, over: x}
	x.joined(l)
	if err := s.send(ctx, []byte(`<presence/>`)); err != nil {
		s.end(err)
		x.lost(l)
		return nil, err
	}
	if x.cfg.PingAfter > 0 {
		x.alive.Go(func() { s.keepAlive(x.cfg.PingAfter) })
	}
	return l, nil
}

// locate finds the VTN, once.
func (x *overXMPP) locate(ctx context.Context, s *session) error {
	if x.Services().known() {
		return nil
	}
	vtn := x.names.vtn
	found := Services{EiEvent: vtn, EiRegisterParty: vtn, EiReport: vtn, EiOpt: vtn}
	if x.cfg.VTN == "" {
		var err error
		if found, err = s.discover(ctx); err != nil {
			return err
		}
		x.cfg.Log.Debug("discovered the VTN", "vtn", found.EiRegisterParty.String())
	}
	x.mu.Lock()
	x.found = found
	x.mu.Unlock()
	return nil
}

// introduce names the address at which the VEN takes pushes: its session's.
func (x *overXMPP) introduce(m *oadr.CreatePartyRegistration) {
	m.TransportName = oadr.TransportXMPP
	m.TransportAddress = x.cfg.TransportAddress
	if m.TransportAddress == "" {
		m.TransportAddress = x.JID().String()
	}
}

// catchesUp: a VEN of 2.0a requests nothing over XMPP (rule A5).
func (x *overXMPP) catchesUp() bool { return !x.simple() }
