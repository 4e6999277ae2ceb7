package test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
)

// ownServer is an ejabberd that a test may stop, for the test alone.
func ownServer(t *testing.T, components ...string) *rig.Ejabberd {
	t.Helper()
	return ownServerWith(t, rig.EjabberdOptions{Components: components})
}

func ownServerWith(t *testing.T, o rig.EjabberdOptions) *rig.Ejabberd {
	t.Helper()
	e, err := rig.StartEjabberd(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e
}

// proxied is a proxy between a VTN and a server of its.
func proxied(t *testing.T, target string) *rig.Proxy {
	t.Helper()
	p, err := rig.StartProxy(t.Context(), target)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// fleet makes n VENs with accounts of their own and registers them, all at once.
func (s *stack) fleet(n int, change ...func(*ven.Config)) []*ven.VEN {
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
			if vens[i], errs[i] = ven.Dial(s.t.Context(), c); errs[i] == nil {
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

func venIDs(vens []*ven.VEN) []string {
	ids := make([]string, len(vens))
	for i, v := range vens {
		ids[i] = venID(v)
	}
	return ids
}

// restart starts the VTN again.
func (s *stack) restart() {
	s.t.Helper()
	if err := s.vtn.Start(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}

// events lists all events.
func (s *stack) events() ([]client.Event, error) {
	var events []client.Event
	for cursor := ""; ; {
		page, err := s.ListEvents(s.t.Context(), cursor, 0)
		if err != nil {
			return nil, err
		}
		events = append(events, page.Items...)
		if cursor = page.Next; cursor == "" {
			return events, nil
		}
	}
}

// converge waits until each of these VENs holds exactly its events as the API
// tells them, and the registry says of each that it is acknowledged.
func (s *stack) converge(vens []*ven.VEN) {
	s.t.Helper()
	s.convergeWithin(vens, patience)
}

func (s *stack) convergeWithin(vens []*ven.VEN, patience time.Duration) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	for {
		wrong := s.differences(vens)
		if len(wrong) == 0 {
			return
		}
		select {
		case <-ctx.Done():
			s.t.Fatalf("after %s the VENs and the registry still differ in %d things:\n%s", patience, len(wrong), strings.Join(wrong[:min(len(wrong), 50)], "\n"))
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (s *stack) differences(vens []*ven.VEN) (wrong []string) {
	s.t.Helper()
	events, err := s.events()
	if err != nil {
		return []string{err.Error()}
	}
	for _, v := range vens {
		wrong = append(wrong, s.holdings(v, events)...)
	}
	if len(wrong) > 0 {
		return wrong // the rest is worth asking only when this is right
	}
	for _, e := range events {
		rows, err := s.EventVENs(s.t.Context(), e.EventID)
		if err != nil {
			return []string{err.Error()}
		}
		missing := map[string]bool{} // those the registry must tell of, until it does
		for _, v := range vens {
			missing[venID(v)] = concerns(e, venID(v))
		}
		for _, r := range rows {
			if _, asked := missing[r.VENID]; !asked {
				continue
			}
			delete(missing, r.VENID)
			switch {
			case r.Delivery != "acknowledged":
				wrong = append(wrong, fmt.Sprintf("the delivery of %s to %s is %s after %d attempts, last error %q", e.EventID, r.VENID, r.Delivery, r.Attempts, r.LastError))
			case !r.Withdrawn && (r.ModificationNumber == nil || *r.ModificationNumber != r.Current):
				wrong = append(wrong, fmt.Sprintf("%s is said to hold another modificationNumber of %s than %d", r.VENID, e.EventID, r.Current))
			}
		}
		for id, due := range missing {
			if due {
				wrong = append(wrong, fmt.Sprintf("%s is not told to be for %s", e.EventID, id))
			}
		}
	}
	return wrong
}

// holdings says what is wrong with the events that a VEN holds: each that concerns
// it must be there as it is now, and no other, cancelled ones aside, which a VEN
// may still hold as cancelled.
func (s *stack) holdings(v *ven.VEN, events []client.Event) (wrong []string) {
	held := map[string]oadr.EventDescriptor{}
	for _, e := range v.Events() {
		held[e.Descriptor.EventID] = e.Descriptor
	}
	for _, e := range events {
		d, holds := held[e.EventID]
		delete(held, e.EventID)
		switch over := e.Status == oadr.StatusCancelled || !concerns(e, venID(v)); {
		case over && (!holds || d.Status == oadr.StatusCancelled):
		case over:
			wrong = append(wrong, fmt.Sprintf("%s holds %s as %s, and it is cancelled for it", venID(v), e.EventID, d.Status))
		case !holds:
			wrong = append(wrong, fmt.Sprintf("%s does not hold %s", venID(v), e.EventID))
		case d.ModificationNumber == e.ModificationNumber && d.Status != oadr.StatusCancelled:
		default:
			if want := s.own(e.EventID, venID(v)); d.ModificationNumber != want || d.Status == oadr.StatusCancelled {
				wrong = append(wrong, fmt.Sprintf("%s holds modificationNumber %d of %s as %s, want %d", venID(v), d.ModificationNumber, e.EventID, d.Status, want))
			}
		}
	}
	for id := range held {
		wrong = append(wrong, fmt.Sprintf("%s holds %s, which there is not", venID(v), id))
	}
	return wrong
}

// own is the modificationNumber that a VEN is to hold of an event: the event's, unless
// it was taken off and came back, or was not told of some changes.
func (s *stack) own(eventID, venID string) uint32 {
	rows, err := s.EventVENs(s.t.Context(), eventID)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, r := range rows {
		if r.VENID == venID {
			return r.Current
		}
	}
	s.t.Fatalf("%s is not listed for %s", venID, eventID)
	return 0
}

func concerns(e client.Event, venID string) bool {
	for _, id := range e.Targets.VENIDs {
		if id == venID {
			return true
		}
	}
	return e.Targets.All
}

// operator changes events at random and remembers what the API acknowledged.
type operator struct {
	s      *stack
	random *rand.Rand
	vens   []string
	said   map[string]acknowledged // by eventID
	live   []string                // those that can be changed
	acts   uint32
}

type acknowledged struct {
	modificationNumber uint32
	cancelled          bool
}

func (s *stack) operator(random *rand.Rand, vens []*ven.VEN) *operator {
	return &operator{s: s, random: random, vens: venIDs(vens), said: map[string]acknowledged{}}
}

// act creates, modifies or cancels an event. An event whose change was not
// answered is left alone afterwards.
func (o *operator) act(ctx context.Context) error {
	o.acts++
	what := o.random.IntN(10)
	if len(o.live) < 3 || len(o.live) < 10 && what < 4 {
		spec := event()
		spec.EventID, spec.Targets = fmt.Sprintf("event-%d", o.acts), o.targets()
		e, err := o.s.CreateEvent(ctx, spec)
		if err == nil {
			o.live = append(o.live, e.EventID)
		}
		return o.note(e, err)
	}
	i := o.random.IntN(len(o.live))
	id := o.live[i]
	last := len(o.live) - 1
	o.live[i], o.live = o.live[last], o.live[:last]
	var e *client.Event
	var err error
	if what < 8 {
		e, err = o.s.PatchEvent(ctx, id, map[string]any{"priority": o.acts, "targets": o.targets()})
		if err == nil {
			o.live = append(o.live, id)
		}
	} else {
		e, err = o.s.CancelEvent(ctx, id)
	}
	return o.note(e, err)
}

func (o *operator) note(e *client.Event, err error) error {
	if err == nil {
		o.said[e.EventID] = acknowledged{e.ModificationNumber, e.Status == oadr.StatusCancelled}
	}
	return err
}

// targets are all VENs or some.
func (o *operator) targets() client.Targets {
	if o.random.IntN(4) == 0 {
		return client.Targets{All: true, VENIDs: []string{}}
	}
	var some []string
	for _, i := range o.random.Perm(len(o.vens))[:1+o.random.IntN(len(o.vens)/2)] {
		some = append(some, o.vens[i])
	}
	return client.Targets{VENIDs: some}
}

// check fails the test where the API does not tell what it acknowledged. A change
// without an answer may have been stored or not.
func (o *operator) check() {
	o.s.t.Helper()
	for id, said := range o.said {
		e, err := o.s.GetEvent(o.s.t.Context(), id)
		switch {
		case err != nil:
			o.s.t.Errorf("event %s was acknowledged: %v", id, err)
		case e.ModificationNumber < said.modificationNumber || e.ModificationNumber > said.modificationNumber+1:
			o.s.t.Errorf("event %s has modificationNumber %d, acknowledged was %d", id, e.ModificationNumber, said.modificationNumber)
		case said.cancelled && e.Status != oadr.StatusCancelled:
			o.s.t.Errorf("the cancellation of %s was acknowledged, and it is %s", id, e.Status)
		}
	}
}

// unseen makes an account whose presence the VTN is told by mod_privilege alone.
func (s *stack) unseen() rig.Account {
	s.t.Helper()
	a := rig.Account{User: fmt.Sprintf("ven%d", accounts.Add(1)), Password: "secret"}
	if err := s.server.Register(s.t.Context(), a); err != nil {
		s.t.Fatal(err)
	}
	return a
}

// ready says whether a part of the VTN is ready, as /readyz tells.
func (s *stack) ready(part string) bool {
	s.t.Helper()
	r, err := s.Ready(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	for _, p := range r.Parts {
		if p.Name == part {
			return p.Ready
		}
	}
	s.t.Fatalf("/readyz does not tell of %s: %+v", part, r)
	return false
}
