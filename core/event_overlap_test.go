package core_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// overlapping says which VENs of a group hold an event that overlaps spec.
func overlapping(sets map[string][]oadr.Event, vens map[string][]string, group string, spec core.EventSpec) (want string) {
	for id, groups := range vens {
		for _, e := range sets[id] {
			p := e.ActivePeriod
			if strings.Contains(strings.Join(groups, " "), group) && p.Start.Before(spec.Start.Add(spec.Duration)) && spec.Start.Before(p.Start.Add(p.Duration)) {
				want += fmt.Sprintf("%s holds %s %s from %s for %s; ", id, e.Descriptor.EventID, e.Descriptor.Status, p.Start, p.Duration)
			}
		}
	}
	return want
}

// optInToSome has VENs opt in to about a third of the events that they hold.
func (r *rig) optInToSome(sets map[string][]oadr.Event, random *rand.Rand) {
	for id, set := range sets {
		for _, e := range set {
			if random.IntN(3) == 0 {
				must[response](r, peer(id), answer(id, "x", e.Descriptor.EventID, e.Descriptor.ModificationNumber, "optIn"))
			}
		}
	}
}

// The property of rule E13, the profile's 18: an event is refused if and only if one of
// its VENs holds another at the same time. That may be a cancelled one, for all or for
// the VEN, until the VEN has acknowledged it.
func TestE13WhatAVENIsToldDoesNotOverlap(t *testing.T) {
	seeds := uint64(4)
	if testing.Short() {
		seeds = 1
	}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := start(t)
			go r.acknowledgeAll()
			random := rand.New(rand.NewPCG(seed, 18))
			vens := map[string][]string{"ven0": {"g0", "g1"}, "ven1": {"g1"}, "ven2": {"g2"}}
			for id, groups := range vens {
				r.join(id, func(v *core.VEN) { v.Groups = groups })
			}
			var events []string
			refused, taken := 0, 0
			for n := range 150 {
				r.clock.Move(time.Second)
				sets := map[string][]oadr.Event{}
				for id := range vens {
					sets[id] = r.set(peer(id))
				}
				any := func() string { return events[random.IntN(len(events))] }
				group := fmt.Sprint("g", random.IntN(3))
				to := []core.Target{{Kind: core.TargetGroup, Value: group}}
				switch what := random.IntN(6); {
				case what < 2 || len(events) == 0:
					spec := simple(to...)
					spec.EventID = fmt.Sprint("event", n)
					spec.Start, spec.Duration = t0.Add(time.Duration(10+random.IntN(200))*time.Hour), time.Duration(1+random.IntN(20))*time.Hour
					spec.Signals[0].Intervals[0].Duration = spec.Duration
					want := overlapping(sets, vens, group, spec)
					_, err := r.CreateEvent(t.Context(), spec, "test")
					if errors.Is(err, core.ErrConflict) != (want != "") || err != nil && !errors.Is(err, core.ErrConflict) {
						t.Fatalf("step %d: %s for %s from %s for %s: %v; %s", n, spec.EventID, group, spec.Start, spec.Duration, err, want)
					}
					if err == nil {
						events = append(events, spec.EventID)
						taken++
					} else {
						refused++
					}
				case what == 2:
					r.cancel(any())
				case what == 3: // may overlap what is there, or be cancelled
					_, err := r.ModifyEvent(t.Context(), any(), func(s core.EventSpec) (core.EventSpec, error) { s.Targets = to; return s, nil }, "test")
					if err != nil && !errors.Is(err, core.ErrConflict) {
						t.Fatal(err)
					}
				default:
					r.optInToSome(sets, random)
				}
			}
			if taken < 5 || refused < 5 {
				t.Errorf("%d were accepted, %d refused: too few of one kind to show anything", taken, refused)
			}
		})
	}
}
