package core_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/core/coretest"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// away is a registry whose database is unreachable.
type away struct {
	core.Registry
	is atomic.Bool
}

var errAway = fmt.Errorf("%w: connection refused", core.ErrStore)

func (a *away) Update(ctx context.Context, fn func(core.Tx) error) error {
	if a.is.Load() {
		return errAway
	}
	return a.Registry.Update(ctx, fn)
}

func (a *away) Change(ctx context.Context, fn func(core.Tx, int64) error) error {
	if a.is.Load() {
		return errAway
	}
	return a.Registry.Change(ctx, fn)
}

func (a *away) Changes(ctx context.Context, fn func(core.Tx, core.Revisions) error) error {
	if a.is.Load() {
		return errAway
	}
	return a.Registry.Changes(ctx, fn)
}

func (a *away) View(ctx context.Context, fn func(core.Reader) error) error {
	if a.is.Load() {
		return errAway
	}
	return a.Registry.View(ctx, fn)
}

func (a *away) NextDue(ctx context.Context) ([]core.Due, error) {
	if a.is.Load() {
		return nil, errAway
	}
	return a.Registry.NextDue(ctx)
}

func (a *away) Settle(ctx context.Context, now time.Time, s []core.Settlement, settled func(core.Tx, core.Settlement) error) ([]core.Verdict, error) {
	if a.is.Load() {
		return nil, errAway
	}
	return a.Registry.Settle(ctx, now, s, settled)
}

// locked is a buffer for several writers.
type locked struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *locked) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// While the database is unreachable only its registry logs that, not each call that fails.
func TestAStoreThatIsAwayIsNotToldByEachRequest(t *testing.T) {
	if testing.Short() {
		t.Skip("the VTN takes 5 s to give up the store when it ends")
	}
	r := start(t)
	ven := r.join("ven1")
	r.stop() // its VTN; the store goes on with another
	r.run()
	store := &away{Registry: r.reg}
	var said locked
	v := core.New(core.Config{VTNID: "VTN", Registration: core.RegistrationOpen}, store, coretest.NewClock(t0), zerolog.New(&said).Level(zerolog.InfoLevel), nil)
	v.AddTransport(r.wire)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- v.Run(ctx) }()
	v.Connected("xmpp")
	store.is.Store(true)
	for range 200 {
		for _, m := range []oadr.Message{&oadr.RequestEvent{RequestID: "x", VENID: "ven1"}, answer("ven1", "x", "e", 0, "optIn"), registration()} {
			p, err := oadr.Decode(oadr.Append(nil, oadr.Form{}, m), oadr.DefaultLimits)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := v.Handle(ctx, ven, p); err == nil {
				t.Fatal("it was answered")
			}
		}
		v.Appear(ven)
		v.Vanish(ven)
		v.Settle(ven, core.Token{Topic: core.TopicEvents, VENNo: 1, Rev: 1}, core.Outcome{Result: core.Acknowledged})
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if n := strings.Count(said.String(), "\n"); n != 0 {
		t.Errorf("%d lines, the first of them:\n%.2000s", n, said.String())
	}
}
