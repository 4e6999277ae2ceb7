package registry_test

import (
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// If the clock goes back, waits that have become too long end at once; others are left as
// they are.
func TestRewindEndsWaitsThatAreTooLong(t *testing.T) {
	waits := map[string]func(w *world){
		"due":    func(w *world) {},
		"parked": func(w *world) { w.settle(w.claimOne(), core.Outcome{Result: core.Unreachable}) },
		"silent": func(w *world) { w.claimOne() },
	}
	for name, wait := range waits {
		t.Run(name, func(t *testing.T) {
			contract(t, func(t *testing.T, w *world) {
				w.ven("idle")
				v := w.ven("ven-1")
				w.mark(v, core.UrgencyNormal)
				wait(w)
				before, _ := w.nextDue()
				w.must(w.Rewind(ctx, w.now))
				if due, ok := w.nextDue(); !ok || !due.Equal(before) {
					t.Errorf("the clock did not go back: due %s, want %s", due, before)
				}
				w.pass(-time.Hour)
				w.must(w.Rewind(ctx, w.now))
				if due, ok := w.nextDue(); !ok || !due.Equal(w.now) {
					t.Errorf("due %s, want %s", due, w.now)
				}
				if c := w.claimOneOf(core.ClaimKind{Urgency: core.UrgencyNormal, Silent: name != "due"}); c.VENNo != v.No {
					t.Errorf("claimed %+v", c)
				}
			})
		})
	}
}
