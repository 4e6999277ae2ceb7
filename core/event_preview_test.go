package core_test

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// TestPreview: it counts whom an event would reach, and stores nothing.
func TestPreview(t *testing.T) {
	r := slipRig(t)
	if _, err := r.AddVEN(t.Context(), core.VEN{VENID: "old", Profile: oadr.Profile20a, Identities: []core.Identity{{Transport: "xmpp", Name: "old@example.org"}}}); err != nil {
		t.Fatal(err)
	}
	away := r.join("away")
	r.schedule(away, "vacation", oadr.OptOut, span(-1, 5))
	spec := simple(core.Target{Kind: core.TargetAll})
	spec.Signals[0].Name, spec.Signals[0].Type = "x-heat", "level"
	p, err := r.PreviewEvent(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	got := p.Reach
	if got.Bytes < 500 || got.Bytes > 3000 || got.MaxBytes != oadr.DefaultLimits.Size {
		t.Errorf("%d of %d bytes", got.Bytes, got.MaxBytes)
	}
	got.Bytes, got.MaxBytes = 0, 0
	want := core.Reach{VENs: 5, NotRegistered: 1, Transports: map[string]int{"xmpp": 4}, Presences: map[core.Presence]int{core.PresenceAvailable: 2, core.PresenceUnknown: 2},
		Unreachable: 1, Unsaid: 1, OptedOut: 1, FirstOptedOut: []string{"away"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("it reaches %+v, want %+v", got, want)
	}
	if _, err := r.Event(t.Context(), p.Event.EventID); !errors.Is(err, core.ErrNotFound) {
		t.Errorf("the event is there: %v", err)
	}
	if got := r.set(peer("ven1")); len(got) != 0 {
		t.Errorf("ven1 is told %+v", got)
	}
	// A preview refuses and warns as the event itself would be.
	spec.Start = t0.Add(40 * 24 * time.Hour)
	if p, err = r.PreviewEvent(t.Context(), spec); err != nil || len(p.Event.Warnings) == 0 || p.Event.Warnings[0].Field != "start" {
		t.Errorf("%+v, %v", p, err)
	}
	var invalid *core.InvalidError
	spec.Signals[0].Intervals[0].Duration = time.Minute
	if _, err := r.PreviewEvent(t.Context(), spec); !errors.As(err, &invalid) {
		t.Errorf("a wrong one: %v", err)
	}
}

// TestPreviewOfAChange: it says whom the event would reach then, and changes nothing.
func TestPreviewOfAChange(t *testing.T) {
	r := start(t)
	r.join("ven1")
	r.join("ven2")
	e := r.create(simple(venIDs("ven1")...))
	var conflict *core.ConflictError
	if _, err := r.PreviewEvent(t.Context(), simple(venIDs("ven1")...)); !errors.As(err, &conflict) {
		t.Errorf("one that overlaps: %v", err)
	}
	for vens, change := range map[int]func(core.EventSpec) (core.EventSpec, error){
		1: func(s core.EventSpec) (core.EventSpec, error) { return s, nil },
		2: func(s core.EventSpec) (core.EventSpec, error) {
			s.Targets = venIDs("ven1", "ven2")
			return s, nil
		},
	} {
		p, err := r.PreviewChange(t.Context(), e.EventID, change)
		if err != nil || p.Reach.VENs != vens || p.Event.ModificationNumber != uint32(vens-1) {
			t.Errorf("%d VENs: %+v, %v", vens, p, err)
		}
	}
	if now, err := r.Event(t.Context(), e.EventID); err != nil || now.ModificationNumber != 0 || len(now.Targets) != 1 {
		t.Errorf("it was changed: %+v, %v", now, err)
	}
	if _, err := r.PreviewChange(t.Context(), "none", func(s core.EventSpec) (core.EventSpec, error) { return s, nil }); !errors.Is(err, core.ErrNotFound) {
		t.Error(err)
	}
}
