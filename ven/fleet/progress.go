package fleet

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
)

// maxFailures is how many failures the error of a run names.
const maxFailures = 10

// state records how far a VEN has come. The last progress tells how it was before its
// goodbye.
func (f *fleet) state(i int, s ven.State) {
	if s == ven.Closed {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.states[i] = s
	if s != ven.Disconnected {
		f.troubles[i] = nil
	}
}

func (f *fleet) event(a Account, e ven.Event) {
	f.mu.Lock()
	f.counts.Events++
	f.mu.Unlock()
	if f.OnEvent != nil {
		f.OnEvent(a, e)
	}
	f.enough()
}

func (f *fleet) answer(e ven.Event) {
	f.mu.Lock()
	f.counts.Opts++
	if e.OptType == oadr.OptOut {
		f.counts.OptOuts++
	}
	f.mu.Unlock()
	f.enough()
}

func (f *fleet) update(m *oadr.UpdateReport) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.counts.Updates++
	for _, r := range m.Reports {
		for _, i := range r.Intervals {
			f.counts.Values += int64(len(i.Payloads))
		}
	}
}

// enough ends the run when it has seen as many events as the Options ask for.
func (f *fleet) enough() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.Events > 0 && f.counts.Events >= f.Events && f.counts.Opts >= f.Events {
		f.stop()
	}
}

// fail records that a VEN was given up, unless it failed because the run ends.
func (f *fleet) fail(ctx context.Context, i int, err error) {
	if ctx.Err() != nil {
		return
	}
	err = fmt.Errorf("%s: %w", f.Accounts[i], err)
	f.Log.Error("gave up", "error", err)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.counts.Failed++
	f.states[i], f.troubles[i] = ven.Disconnected, err
	if len(f.failures) < maxFailures {
		f.failures = append(f.failures, err)
	}
}

// failed is the error of the run: nil unless VENs were given up.
func (f *fleet) failed() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.counts.Failed == 0 {
		return nil
	}
	return fmt.Errorf("%d of %d VENs were given up:\n%w", f.counts.Failed, len(f.Accounts), errors.Join(f.failures...))
}

func (f *fleet) progress() Progress {
	f.mu.Lock()
	defer f.mu.Unlock()
	p := f.counts
	p.Troubles = sumTroubles(f.troubles)
	p.Elapsed, p.VENs = time.Since(f.started), len(f.Accounts)
	for _, s := range f.states {
		switch s {
		case ven.Connected:
			p.Connected++
		case ven.Registered:
			p.Connected++
			p.Registered++
		}
	}
	return p
}

// report calls OnProgress from time to time, until ctx ends.
func (f *fleet) report(ctx context.Context) {
	if f.OnProgress == nil {
		return
	}
	every := time.NewTicker(f.Every)
	defer every.Stop()
	for {
		select {
		case <-every.C:
			f.OnProgress(f.progress())
		case <-ctx.Done():
			return
		}
	}
}
