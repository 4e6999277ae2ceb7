package registry_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// Reads by operators do not block other transactions. Only two run at a time; a third
// waits and fails with ErrBusy after a while.
func TestBrowseBlocksNoOtherTransaction(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		w.ven("ven-1")
		began, release := make(chan struct{}), make(chan struct{})
		var all sync.WaitGroup
		for range 2 {
			all.Go(func() {
				if err := w.Browse(ctx, func(core.Reader) error { began <- struct{}{}; <-release; return nil }); err != nil {
					t.Error(err)
				}
			})
			<-began
		}
		for range 50 { // more than there are connections
			all.Go(func() {
				err := w.View(ctx, func(r core.Reader) error { _, err := r.VEN("ven-1"); return err })
				if err != nil {
					t.Error(err)
				}
			})
		}
		if _, err := w.NextDue(ctx); err != nil {
			t.Error(err)
		}
		w.ven("ven-2")
		err := w.Browse(ctx, func(core.Reader) error { t.Error("a third Browse runs beside two"); return nil })
		if !errors.Is(err, core.ErrBusy) {
			t.Errorf("the third Browse fails with %v, want ErrBusy", err)
		}
		close(release)
		all.Wait()
		if err := w.Browse(ctx, func(r core.Reader) error { _, err := r.VEN("ven-2"); return err }); err != nil {
			t.Errorf("a Browse after the others: %v", err)
		}
	})
}
