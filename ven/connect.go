package ven

import (
	"context"
	"time"
)

// connect makes a session and says that the VEN is there.
func (v *VEN) connect(ctx context.Context) (*session, error) {
	s, err := open(ctx, &v.cfg, v.names.account, v.serve)
	if err != nil {
		return nil, err
	}
	// First whom to believe, then presence: a push may follow it at once.
	if err := v.locate(ctx, s); err != nil {
		s.close(ctx)
		return nil, err
	}
	v.update(func() { v.session = s })
	if err := s.send(ctx, []byte(`<presence/>`)); err != nil {
		s.end(err)
		v.lost(s)
		return nil, err
	}
	if v.cfg.PingAfter > 0 {
		v.alive.Go(func() { s.keepAlive(v.cfg.PingAfter) })
	}
	return s, nil
}

// locate finds the VTN, once.
func (v *VEN) locate(ctx context.Context, s *session) error {
	if v.Services().known() {
		return nil
	}
	found := Services{v.names.vtn, v.names.vtn, v.names.vtn, v.names.vtn}
	if v.cfg.VTN == "" {
		var err error
		if found, err = s.discover(ctx); err != nil {
			return err
		}
		v.cfg.Log.Debug("discovered the VTN", "vtn", found.EiRegisterParty.String())
	}
	v.mu.Lock()
	v.services = found
	v.mu.Unlock()
	return nil
}

// stayConnected connects again whenever a session ends, until the VEN is closed.
func (v *VEN) stayConnected(s *session) {
	for {
		<-s.ended
		v.lost(s)
		if s = v.reconnect(); s == nil {
			v.update(func() { v.session = nil })
			return
		}
		if !v.cfg.SkipCatchUp {
			v.alive.Go(v.catchUp)
		}
	}
}

// reconnect tries until it succeeds; it gives nil once the VEN is closed. It
// never gives up: a password that is refused now may be an account that the
// server does not have again yet.
func (v *VEN) reconnect() *session {
	var b Backoff
	for {
		select {
		case <-time.After(b.Next()):
		case <-v.life.Done():
			return nil
		}
		s, err := v.connect(v.life)
		switch {
		case v.life.Err() != nil:
			if s != nil {
				s.close(context.Background())
			}
			return nil
		case err == nil:
			return s
		}
		v.cfg.Log.Warn("cannot connect, trying again", "error", err)
		if v.cfg.OnRetry != nil {
			v.cfg.OnRetry(err)
		}
	}
}

// lost notes that a session has ended.
func (v *VEN) lost(s *session) {
	if v.life.Err() == nil {
		v.cfg.Log.Warn("connection lost", "jid", v.names.account.Bare().String(), "error", s.cause)
	}
	v.update(func() {
		if v.session == s {
			v.session = nil
		}
	})
}

// catchUp asks for the events once after a reconnect: where the server tells
// the VTN nothing of presence, the request does.
func (v *VEN) catchUp() {
	if _, ok := v.Registration(); !ok {
		return
	}
	_, err := v.RequestEvent(v.life, 0)
	switch {
	case err == nil || v.life.Err() != nil:
	case registrationRequired(err):
		v.reregister()
	default:
		v.cfg.Log.Warn("cannot ask for events after the reconnect; they come with the next push", "error", err)
	}
}
