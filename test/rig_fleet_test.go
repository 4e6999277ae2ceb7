package test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
)

// ownServer starts an ejabberd for this test alone, which may stop it.
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

func venIDs(vens []*ven.VEN) []string {
	ids := make([]string, len(vens))
	for i, v := range vens {
		ids[i] = venID(v)
	}
	return ids
}

func concerns(e client.Event, venID string) bool {
	for _, id := range e.Targets.VENIDs {
		if id == venID {
			return true
		}
	}
	return e.Targets.All
}

// operator changes events at random, and remembers what the API acknowledged.
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

// act creates, modifies or cancels an event. It does not touch an event again if a change to it got no answer.
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

// targets returns all VENs or some.
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

// check fails the test if the API does not return what it acknowledged. A change without an answer may have been stored or not.
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
