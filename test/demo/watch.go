package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/ven"
	"github.com/vtn-xmpp/vtn-xmpp/ven/fleet"
)

// watch notes what the VENs tell, by account.
type watch struct {
	mu      sync.Mutex
	changed chan struct{} // closed and replaced at each note
	ids     map[string]string
	held    map[string]time.Time // when the VEN held the event
	opts    map[string]string
}

func newWatch() *watch {
	return &watch{changed: make(chan struct{}), ids: map[string]string{}, held: map[string]time.Time{}, opts: map[string]string{}}
}

func (w *watch) note(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f()
	close(w.changed)
	w.changed = make(chan struct{})
}

func (w *watch) registered(a fleet.Account, r ven.Registration) {
	w.note(func() { w.ids[a.String()] = r.VENID })
}

func (w *watch) event(a fleet.Account, e ven.Event) {
	w.note(func() { w.held[a.String()] = e.Received })
}

func (w *watch) answered(a fleet.Account, e ven.Event) {
	w.note(func() { w.opts[a.String()] = e.OptType })
}

// wait waits until what the VENs told is enough. A fleet that ends before is an
// error.
func (w *watch) wait(ctx context.Context, fleetEnded <-chan error, what string, enough func() bool) error {
	for {
		w.mu.Lock()
		ok, changed := enough(), w.changed
		w.mu.Unlock()
		if ok {
			return nil
		}
		select {
		case <-changed:
		case err := <-fleetEnded:
			return fmt.Errorf("waiting for %s: the VENs ended: %w", what, err)
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s: %w", what, ctx.Err())
		}
	}
}

// poll asks until the answer is yes.
func (w *watch) poll(ctx context.Context, what string, ask func() (bool, error)) error {
	for {
		if ok, err := ask(); ok || err != nil {
			return err
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s: %w", what, ctx.Err())
		}
	}
}
