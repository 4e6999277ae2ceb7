package ven

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// node is what all parts of a VEN share: its configuration, its life, and how it
// stands with its VTN.
type node struct {
	cfg  Config
	who  slog.Attr       // the VEN in its log
	life context.Context // ends with Close or Abort
	die  context.CancelCauseFunc
	// The VEN's goroutines.
	alive sync.WaitGroup

	changed func() // called after each change of the state

	mu           sync.Mutex
	state        State
	link         link // nil while there is none
	registration Registration
	registered   bool
	left         bool          // it or the VTN ended the registration, or it is about to
	address      string        // where the VEN takes pushes over HTTP; empty: it takes none
	pollFreq     time.Duration // what the VTN asked for when it registered the VEN; 0: nothing
}

// State is how far the VEN has come.
func (n *node) State() State {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.state
}

// Address is the URL at which the VEN takes pushes over HTTP; empty: it takes none.
func (n *node) Address() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.address
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

// current is the link, ErrNotConnected while there is none.
func (n *node) current() (link, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.link == nil {
		return nil, ErrNotConnected
	}
	return n.link, nil
}

// update applies a change to what the state depends on, and tells of a new state.
func (n *node) update(change func()) {
	n.mu.Lock()
	change()
	was := n.state
	switch {
	case n.state == Closed:
	case n.link == nil && n.life.Err() != nil:
		n.state = Closed
	case n.link == nil:
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
	n.cfg.Log.Info(is.String(), n.who, "venID", venID)
	if n.cfg.OnState != nil {
		n.cfg.OnState(is)
	}
	n.changed()
}

// respond answers a request with the kind of message it asks for, and a code.
func (n *node) respond(w Responder, m oadr.Message, code oadr.Code, description string) {
	w.Result(oadr.Answer(m, code, description, oadr.Party{VENID: n.VENID()}))
}

// simple reports whether the VEN speaks 2.0a, where nobody registers (rule A4).
func (n *node) simple() bool { return n.cfg.simple() }
