package core

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/internal/wake"
)

// Alarms, which are entries of the journal. Each is raised, and cleared when it is over.
const (
	AlarmLacking    = "lacking"    // VENs lack an event that has started, or starts within ten minutes
	AlarmConnection = "connection" // a transport has lost its connection
	AlarmStore      = "store"      // the store did not work; told when it does again
)

const (
	alarmAfterLacking    = time.Minute      // how long it must be so: a fan-out takes its time
	alarmAfterConnection = 10 * time.Second // a restart of the server is over by then, or is none
	alarmEvery           = 5 * time.Second
	maxAlarms            = 100 // that wait for the store
)

// alarmKey names an alarm: what, and of which transport.
type alarmKey struct{ what, transport string }

// standing is an alarm that stands, or will when it has stood long enough.
type standing struct {
	since  time.Time
	count  int
	raised bool
}

// alarms tells the journal of what a person should look at.
type alarms struct {
	*common
	some wake.Signal

	mu           sync.Mutex
	stand        map[alarmKey]*standing
	waiting      []JournalEntry
	troubleSince time.Time // since when the store does not work; zero: it does
	trouble      string
}

func newAlarms(c *common) *alarms {
	return &alarms{common: c, some: wake.New(), stand: map[alarmKey]*standing{}}
}

// set notes that an alarm stands, or does not. count is how many VENs it is about.
func (a *alarms) set(key alarmKey, stands bool, count int) {
	now := a.clock.Now()
	a.mu.Lock()
	defer a.mu.Unlock()
	s := a.stand[key]
	switch {
	case stands && s == nil:
		a.stand[key] = &standing{since: now, count: count}
	case stands:
		s.count = count
	case s != nil:
		delete(a.stand, key)
		if s.raised {
			a.tell(key, "cleared", s, now)
		}
	}
}

// raise raises what has stood long enough.
func (a *alarms) raise(now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for key, s := range a.stand {
		after := alarmAfterLacking
		if key.what == AlarmConnection {
			after = alarmAfterConnection
		}
		if !s.raised && now.Sub(s.since) >= after {
			s.raised = true
			a.tell(key, "raised", s, now)
		}
	}
}

// tell queues an entry.
func (a *alarms) tell(key alarmKey, state string, s *standing, now time.Time) {
	if len(a.waiting) >= maxAlarms {
		return
	}
	a.waiting = append(a.waiting, JournalEntry{At: now, Kind: JournalAlarm, What: key.what,
		Body: JournalBody{Transport: key.transport, State: state, Count: s.count, Since: journalTime(s.since)}})
	a.some.Wake()
}

// counted takes new figures.
func (a *alarms) counted(f *Figures, err error) {
	switch {
	case err == nil:
		late := f.Lacking[LateStarted] + f.Lacking[LateTenMinutes]
		a.set(alarmKey{what: AlarmLacking}, late > 0, late)
		a.storeWorks()
	case errors.Is(err, ErrStore):
		a.storeFails(err)
	}
}

func (a *alarms) storeFails(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.troubleSince.IsZero() {
		a.troubleSince, a.trouble = a.clock.Now(), err.Error()
	}
}

// storeWorks tells of a failure of the store that is over.
func (a *alarms) storeWorks() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.troubleSince.IsZero() || len(a.waiting) >= maxAlarms {
		return
	}
	a.waiting = append(a.waiting, JournalEntry{At: a.clock.Now(), Kind: JournalAlarm, What: AlarmStore, Body: JournalBody{State: "cleared", Since: journalTime(a.troubleSince), Error: a.trouble}})
	a.troubleSince, a.trouble = time.Time{}, ""
	a.some.Wake()
}

// run raises alarms and stores entries until ctx ends.
func (a *alarms) run(ctx context.Context) {
	for ctx.Err() == nil {
		a.raise(a.clock.Now())
		if err := a.store(ctx); errors.Is(err, ErrStore) && ctx.Err() == nil {
			a.storeFails(err)
		} else if err != nil && ctx.Err() == nil {
			a.failed(err).Msg("cannot tell the journal of an alarm; trying again")
		}
		waitUntil(ctx, a.clock, a.clock.Now().Add(alarmEvery), a.some)
	}
}

// store stores what waits.
func (a *alarms) store(ctx context.Context) error {
	a.mu.Lock()
	entries := a.waiting
	a.mu.Unlock()
	if len(entries) == 0 {
		return nil
	}
	err := a.reg.Update(ctx, func(tx Tx) error {
		for _, e := range entries {
			tx.Note(e)
		}
		return nil
	})
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.waiting = a.waiting[len(entries):]
	for _, e := range entries {
		a.log.Warn().Str("alarm", e.What).Str("state", e.Body.State).Str("transport", e.Body.Transport).Int("vens", e.Body.Count).Str("since", e.Body.Since).Msg("alarm; docs/MONITORING.md says what to do")
	}
	return nil
}
