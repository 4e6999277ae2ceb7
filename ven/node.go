package ven

import (
	"context"
	"sync"

	"mellium.im/xmpp/jid"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// node is what all parts of a VEN share: its configuration, its life, and how it
// stands with its server and its VTN.
type node struct {
	cfg   Config
	names names
	life  context.Context // ends with Close or Abort
	die   context.CancelCauseFunc
	alive sync.WaitGroup // the VEN's goroutines

	changed func() // called after each change of the state

	mu           sync.Mutex
	state        State
	session      *session // nil while there is none
	services     Services
	registration Registration
	registered   bool
}

// JID is the full JID of the session, the zero JID while there is none.
func (n *node) JID() jid.JID {
	if s, err := n.current(); err == nil {
		return s.self
	}
	return jid.JID{}
}

// State is how far the VEN has come.
func (n *node) State() State {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.state
}

// Services are the JIDs of the VTN.
func (n *node) Services() Services {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.services
}

// Registration is the current one; ok is false while there is none.
func (n *node) Registration() (r Registration, ok bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.registration, n.registered
}

// VENID returns the venID of the registration, or Config.VENID if there is none.
func (n *node) VENID() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.registration.VENID != "" {
		return n.registration.VENID
	}
	return n.cfg.VENID
}

// current is the session, ErrNotConnected while there is none.
func (n *node) current() (*session, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.session == nil {
		return nil, ErrNotConnected
	}
	return n.session, nil
}

// update applies a change to what the state depends on, and tells of a new state.
func (n *node) update(change func()) {
	n.mu.Lock()
	change()
	was := n.state
	switch {
	case n.state == Closed:
	case n.session == nil && n.life.Err() != nil:
		n.state = Closed
	case n.session == nil:
		n.state = Disconnected
	case n.registered:
		n.state = Registered
	default:
		n.state = Connected
	}
	is, venID := n.state, n.registration.VENID
	n.mu.Unlock()
	if is == was {
		return
	}
	n.cfg.Log.Info(is.String(), "jid", n.names.account.Bare().String(), "venID", venID)
	if n.cfg.OnState != nil {
		n.cfg.OnState(is)
	}
	n.changed()
}

// encode writes a message as the VEN writes it.
func (n *node) encode(m oadr.Message) []byte { return oadr.Append(nil, n.cfg.Form, m) }

// respond answers a request with the kind of message it asks for, and a code.
func (n *node) respond(w Responder, m oadr.Message, code oadr.Code, description string) {
	w.Result(oadr.Answer(m, code, description, oadr.Party{VENID: n.VENID()}))
}

// tellOf tells the VEN's program of a payload that arrived in a stanza.
func (n *node) tellOf(s *stanza, payload []byte) {
	if n.cfg.OnStanza != nil {
		n.cfg.OnStanza(s.raw)
	}
	if n.cfg.OnPayload != nil {
		n.cfg.OnPayload(payload)
	}
}
