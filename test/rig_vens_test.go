package test

import (
	"context"
	"crypto/tls"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
	"github.com/vtn-xmpp/vtn-xmpp/ven/faulty"
)

// vens makes VENs, well-behaved and otherwise.
type vens struct{ clients }

// config returns the configuration of a VEN with this account.
func (s *vens) config(a rig.Account) ven.Config {
	if s.way.http() {
		return s.httpConfig(a)
	}
	return ven.Config{
		JID: s.jid(a), Password: a.Password, Server: s.server.ClientAddr, TLS: &tls.Config{RootCAs: s.server.CertPool},
		OnPayload: received.Record, Bare: true,
	}
}

// connect connects a VEN until the test ends, and does not register it.
func (s *vens) connect(c ven.Config) *ven.VEN {
	s.t.Helper()
	v, err := s.dial(c)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(v.Abort)
	if c.HTTP != nil {
		lines.Store(v, s.line(c.TLS.Certificates[0]))
	}
	return v
}

// dial connects a VEN, and looks for the VTN again while there is none: from the end of a VTN's connection until the next one has its
// namespaces delegated, ejabberd answers nobody who asks its domain for items.
func (s *vens) dial(c ven.Config) (*ven.VEN, error) {
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	for {
		v, err := ven.Dial(s.t.Context(), c)
		if !errors.Is(err, ven.ErrNoVTN) {
			return v, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// join connects and registers a VEN with an account of its own.
func (s *vens) join(change ...func(*ven.Config)) *ven.VEN {
	s.t.Helper()
	c := s.config(s.account())
	for _, f := range change {
		f(&c)
	}
	v := s.connect(c)
	if _, err := v.Register(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	return v
}

// greeted registers a VEN and waits until it has acknowledged the greeting, so that no later push waits for that (rule N11).
func (s *vens) greeted(v *ven.VEN) ven.Registration {
	s.t.Helper()
	before := s.counters()
	r, err := v.Register(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	s.grows(before, series("vtn_pushes_total", "result", "acknowledged", "transport", s.way.transport()))
	return r
}

// stranger connects a VEN with a new account, and does not register it.
func (s *vens) stranger() *ven.VEN {
	s.t.Helper()
	return s.connect(s.config(s.account()))
}

// leave registers a VEN and closes it.
func (s *vens) leave(a rig.Account) ven.Registration {
	s.t.Helper()
	v := s.connect(s.config(a))
	r := s.greeted(v)
	if err := v.Close(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	return r
}

// comeBack connects a VEN that has kept its registration.
func (s *vens) comeBack(a rig.Account, r ven.Registration) *ven.VEN {
	s.t.Helper()
	c := s.config(a)
	c.Registration, c.SkipCatchUp = r, true
	if c.HTTP == nil {
		c.VTN = "vtn@" + vtnDomain // the VTN may be away: nothing to discover
	}
	return s.connect(c)
}

// holder registers a VEN that passes each push to the test, after change.
func (s *vens) holder(change ...func(*ven.Config)) *holder {
	s.t.Helper()
	h := &holder{t: s.t, pushes: make(chan *oadr.DistributeEvent, 100)}
	h.VEN = s.join(append([]func(*ven.Config){func(c *ven.Config) {
		faulty.Faults{OnPush: h.see}.Apply(c)
	}}, change...)...)
	return h
}

// mute registers a VEN that answers pushes and never sends an oadrCreatedEvent
// of its own accord. The test sends them.
func (s *vens) mute(change ...func(*ven.Config)) (h *holder, venID string) {
	s.t.Helper()
	h = &holder{t: s.t, pushes: make(chan *oadr.DistributeEvent, 100)}
	c := s.config(s.account())
	faulty.Faults{OnPush: h.see}.Apply(&c)
	for _, f := range change {
		f(&c)
	}
	h.VEN = s.connect(c)
	// Behind the library's back: without a venID it has nobody to answer for.
	return h, register(s.t, h.VEN, registration()).VENID
}

// speak connects a VEN that uses a form.
func (s *vens) speak(a rig.Account, f form, change ...func(*ven.Config)) (*ven.VEN, <-chan heard) {
	s.t.Helper()
	c := s.config(a)
	c.Stanza, c.Form = f.stanza, oadr.Form{Root: f.root}
	for _, by := range change {
		by(&c)
	}
	told := listener(s.t, &c)
	return s.connect(c), told
}

// selfAware registers a VEN whose reply to a push needs the VEN itself.
func (s *vens) selfAware(reply func(self func() *ven.VEN) func(*oadr.DistributeEvent) faulty.Reply) *ven.VEN {
	var self atomic.Pointer[ven.VEN]
	self.Store(s.join(func(c *ven.Config) { faulty.Faults{OnPush: reply(self.Load)}.Apply(c) }))
	return self.Load()
}

// puppet returns a newcomer that has registered, acknowledged the VTN reports, and registered the reports of [offers].
func (s *vens) puppet(change ...func(*ven.Config)) *puppet {
	s.t.Helper()
	p := s.newcomer(change...)
	p.register()
	p.expect(oadr.KindRegisterReport).ok()
	p.says("oadrRegisteredReport 200", &oadr.RegisterReport{RequestID: "reports", VENID: p.id, Reports: offers()})
	return p
}

// fleet connects and registers n VENs with accounts of their own, all at once.
func (s *vens) fleet(n int, change ...func(*ven.Config)) []*ven.VEN {
	s.t.Helper()
	group := s.accounts(n)
	vens, errs := make([]*ven.VEN, n), make([]error, n)
	var wg sync.WaitGroup
	for i, a := range group {
		wg.Go(func() {
			c := s.config(a)
			for _, f := range change {
				f(&c)
			}
			if vens[i], errs[i] = s.dial(c); errs[i] == nil {
				s.t.Cleanup(vens[i].Abort)
				_, errs[i] = vens[i].Register(s.t.Context())
			}
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		s.t.Fatal(err)
	}
	return vens
}

// unregistered waits until a VEN knows that it is no longer registered.
func (s *vens) unregistered(v *ven.VEN) {
	s.t.Helper()
	s.eventually("the VEN to be unregistered", func() bool { _, ok := v.Registration(); return !ok })
}

// became waits until the last notice to a VEN has this kind and outcome.
func (s *vens) became(venID, kind, outcome string) *client.Notice {
	s.t.Helper()
	var last *client.Notice
	s.eventually(venID+" to have "+kind+" "+outcome, func() bool {
		v, err := s.GetVEN(s.t.Context(), venID)
		if err != nil {
			s.t.Fatal(err)
		}
		last = v.LastNotice
		return last != nil && last.Kind == kind && last.Outcome == outcome
	})
	return last
}

// patchVEN changes a VEN by a patch that the API must accept.
func (s *vens) patchVEN(venID string, p patch) {
	s.t.Helper()
	if _, err := s.PatchVEN(s.t.Context(), venID, p); err != nil {
		s.t.Fatal(err)
	}
}
