package ven

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"mellium.im/xmpp/jid"

	"github.com/vtn-xmpp/vtn-xmpp/internal/wake"
)

// VEN is a virtual end node. It is safe for use by several goroutines.
type VEN struct {
	cfg    Config
	names  names
	events eventSet

	handler Handler // of the VTN's requests
	sender  Sender  // of the VEN's

	reports     reportSet
	reportPoked wake.Signal // something about reports may be due

	jobs  chan func()     // requests of the VTN, in the order they came
	poked wake.Signal     // an answer to an event may be due
	life  context.Context // ends with Close
	die   context.CancelCauseFunc
	alive sync.WaitGroup

	mu            sync.Mutex
	state         State
	session       *session // nil while there is none
	services      Services
	registration  Registration
	registered    bool
	reregistering bool
}

// State is how far a VEN has come.
type State uint8

// States.
const (
	Disconnected State = iota // no session with the server; one is being made
	Connected                 // there is a session, but no registration
	Registered                // both
	Closed
)

func (s State) String() string {
	switch s {
	case Connected:
		return "connected"
	case Registered:
		return "registered"
	case Closed:
		return "closed"
	}
	return "disconnected"
}

var errClosed = errors.New("the VEN was closed")

// Dial logs in, finds the VTN and tells the server that the VEN is there. ctx
// bounds that much only: the VEN then stays connected until it is closed. The
// error wraps [ErrNotAuthorized] where another attempt is in vain, and
// [ErrNoVTN] where the VTN may not be there yet.
func Dial(ctx context.Context, cfg Config) (*VEN, error) {
	n, err := cfg.check()
	if err != nil {
		return nil, err
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	v := &VEN{
		cfg:   cfg,
		names: n,
		jobs:  make(chan func(), 64),
		poked: wake.New(),

		reportPoked: wake.New(),

		registration: cfg.Registration,
		registered:   cfg.Registration != Registration{},
	}
	v.handler, v.sender = v.handle, v.send
	if cfg.WrapHandler != nil {
		v.handler = cfg.WrapHandler(v, v.handler)
	}
	if cfg.WrapSender != nil {
		v.sender = cfg.WrapSender(v.sender)
	}
	if v.registered { // the VTN may ask for what an earlier run was asked for
		v.announceReports()
	}
	v.life, v.die = context.WithCancelCause(context.Background())
	s, err := v.connect(ctx)
	if err != nil {
		v.die(err)
		return nil, err
	}
	v.alive.Go(v.work)
	v.alive.Go(v.answerEvents)
	if cfg.Reports != nil {
		v.alive.Go(v.reporting)
	}
	v.alive.Go(func() { v.stayConnected(s) })
	return v, nil
}

// work does the VTN's requests one after another.
func (v *VEN) work() {
	for {
		select {
		case job := <-v.jobs:
			job()
		case <-v.life.Done():
			return
		}
	}
}

// Close ends the session with a goodbye and the VEN with it. The registration
// stays: a VEN that comes back with the same account is the same VEN.
func (v *VEN) Close(ctx context.Context) error {
	v.die(errClosed)
	if s, err := v.current(); err == nil {
		s.close(ctx)
	}
	return v.wait(ctx)
}

// Abort ends the VEN without a goodbye, as a loss of power would.
func (v *VEN) Abort() {
	v.die(errClosed)
	v.Drop()
	_ = v.wait(context.Background())
}

func (v *VEN) wait(ctx context.Context) error {
	gone := make(chan struct{})
	go func() {
		v.alive.Wait()
		close(gone)
	}()
	select {
	case <-gone:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("close %s: %w", v.names.account, context.Cause(ctx))
	}
}

// Drop cuts the TCP connection without a goodbye. The VEN connects again, as it
// does after every break.
func (v *VEN) Drop() {
	if s, err := v.current(); err == nil {
		s.end(errors.New("dropped"))
	}
}

// JID is the full JID of the session, the zero JID while there is none.
func (v *VEN) JID() jid.JID {
	if s, err := v.current(); err == nil {
		return s.self
	}
	return jid.JID{}
}

// State is how far the VEN has come.
func (v *VEN) State() State {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.state
}

// Services are the JIDs of the VTN.
func (v *VEN) Services() Services {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.services
}

// current is the session there is.
func (v *VEN) current() (*session, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.session == nil {
		return nil, ErrNotConnected
	}
	return v.session, nil
}

// update changes what the state depends on, and tells of a new state.
func (v *VEN) update(change func()) {
	v.mu.Lock()
	change()
	was := v.state
	switch {
	case v.state == Closed:
	case v.session == nil && v.life.Err() != nil:
		v.state = Closed
	case v.session == nil:
		v.state = Disconnected
	case v.registered:
		v.state = Registered
	default:
		v.state = Connected
	}
	is, venID := v.state, v.registration.VENID
	v.mu.Unlock()
	if is == was {
		return
	}
	v.cfg.Log.Info(is.String(), "jid", v.names.account.Bare().String(), "venID", venID)
	if v.cfg.OnState != nil {
		v.cfg.OnState(is)
	}
	v.poke()
}

// poke makes the VEN look whether answers to events, or reports, are due.
func (v *VEN) poke() {
	v.poked.Wake()
	v.reportPoked.Wake()
}
