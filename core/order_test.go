package core_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/core/coretest"
	"github.com/vtn-xmpp/vtn-xmpp/registry"
	"github.com/vtn-xmpp/vtn-xmpp/registry/registrytest"
)

// Pushes to few VENs go before pushes to many, and among these the event that starts
// first.
func TestOrderOfPushes(t *testing.T) {
	ctx := t.Context()
	reg, err := registry.Open(ctx, registrytest.SQLite(t), zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	defer reg.Close()
	v := core.New(core.Config{VTNID: "VTN"}, reg, coretest.NewClock(t0), zerolog.Nop(), nil) // not run: nothing is pushed
	for i := range 102 {
		ven, err := v.AddVEN(ctx, core.VEN{VENID: fmt.Sprintf("ven-%03d", i), Groups: []string{fmt.Sprint("half-", i%2)}})
		if err == nil {
			err = reg.Update(ctx, func(tx core.Tx) error {
				return tx.OpenOutbox(ven.No, ven.LabelsRev, core.OutboxIdle, t0)
			})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	event := func(id string, start time.Duration, to ...core.Target) {
		t.Helper()
		spec := simple(to...)
		spec.EventID, spec.Start, spec.Overlap = id, t0.Add(start), "allow"
		if _, err := v.CreateEvent(ctx, spec, "operator"); err != nil {
			t.Fatal(err)
		}
	}
	event("late", 9*time.Hour, core.Target{Kind: core.TargetGroup, Value: "half-0"})
	event("early", 5*time.Hour, core.Target{Kind: core.TargetGroup, Value: "half-1"})
	event("one", 7*time.Hour, core.Target{Kind: core.TargetVENID, Value: "ven-000"})
	for _, want := range []struct {
		urgency core.Urgency
		limit   int
		first   string
		n       int
	}{{core.UrgencyCancel, 200, "", 0}, {core.UrgencySoon, 200, "", 0}, {core.UrgencyFew, 200, "ven-000", 1}, {core.UrgencyNormal, 51, "ven-001", 51}, {core.UrgencyNormal, 200, "ven-002", 50}} {
		claims, err := reg.Claim(ctx, core.ClaimKind{Urgency: want.urgency}, t0, want.limit)
		if err != nil {
			t.Fatal(err)
		}
		if len(claims) != want.n || want.n > 0 && claims[0].VENID != want.first {
			t.Errorf("urgency %d: %d claims, want %d with %q first: %+v", want.urgency, len(claims), want.n, want.first, claims)
		}
	}
}
