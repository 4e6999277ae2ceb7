package registry_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/core/coretest"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// away is a transport that reaches no VEN: VENs only send requests.
type away struct{}

func (away) Name() string                                { return "xmpp" }
func (away) Push(context.Context, core.Push) error       { return core.ErrNotConnected }
func (away) Probe(context.Context, []string) error       { return nil }
func (away) Compare(string, core.Peer) core.AddressMatch { return core.OtherIdentity }

func startOptWalk(t *testing.T, w *world, seed uint64) *optWalk {
	o := &optWalk{world: w, Rand: rand.New(rand.NewPCG(seed, 0)), clock: coretest.NewClock(w.now), answer: map[string]oadr.EventResponse{},
		peer: core.Peer{Transport: "xmpp", Identity: "ven-1@example.org", Address: "ven-1@example.org/a"}}
	o.vtn = core.New(core.Config{VTNID: "VTN", Registration: core.RegistrationOpen}, w.Registry, o.clock, zerolog.Nop(), nil)
	o.vtn.AddTransport(away{})
	_, err := o.vtn.AddVEN(ctx, core.VEN{VENID: "ven-1", Identities: []core.Identity{jid("ven-1")}})
	w.must(err)
	o.say(&oadr.CreatePartyRegistration{RequestID: "r", ProfileName: "2.0b", TransportName: "xmpp"})
	for i, long := range []time.Duration{time.Hour, 90 * time.Minute, 0, 30 * time.Minute} {
		e, err := o.vtn.CreateEvent(ctx, core.EventSpec{
			EventID: fmt.Sprint("e", i), MarketContext: "http://example.org/" + string("aabb"[i]), Start: w.now.Add(time.Duration(i+1) * 2 * time.Hour), Duration: long,
			ResponseRequired: "always", Overlap: "allow", Targets: []core.Target{{Kind: core.TargetVENID, Value: "ven-1"}},
			Signals: []core.Signal{{Name: "SIMPLE", Type: "level", Intervals: []core.Interval{{Duration: long, Value: 1}}}},
		}, "test")
		w.must(err)
		o.events = append(o.events, e.EventID)
	}
	return o
}

// Rules E17, P2, P3, P5, P6, G6: whatever opts a VEN creates and cancels, in whatever
// order, its events show what all of them mean.
func TestE17P2P3P5P6OptsAtRandom(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		seed := rand.Uint64()
		t.Log("seed ", seed)
		o := startOptWalk(t, w, seed)
		for range 150 {
			o.once()
			o.check()
		}
	})
}
