package fleet

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
)

// scheduleID is the optID of each VEN's schedule, so that a later run replaces it (rule
// P2).
const scheduleID = "simulated-schedule"

// schedules reports whether the VEN with index i has an opt schedule. Those VENs are
// spread like those that opt out, from the other end: of ten with 0.1, the first.
func (f *fleet) schedules(i int) bool { return chosen(len(f.Accounts)-1-i, f.OptSchedule) }

// schedule sends a VEN's opt schedule until the VTN accepts or refuses it or the run
// ends.
func (f *fleet) schedule(ctx context.Context, i int, v *ven.VEN) error {
	start := time.Now().Add(f.ScheduleIn).UTC().Truncate(time.Second)
	s := ven.Schedule{OptID: scheduleID, Periods: []oadr.Available{{Start: start, Duration: f.ScheduleFor}}}
	for b := (ven.Backoff{}); ; {
		_, err := v.OptSchedule(ctx, s)
		var no *ven.ResponseError
		switch {
		case err == nil:
			f.scheduled(f.Accounts[i], s)
			return nil
		case errors.As(err, &no):
			return fmt.Errorf("opt schedule: %w", err)
		}
		f.Log.Warn("cannot send the opt schedule, trying again", "account", f.Accounts[i].String(), "error", err)
		if !wait(ctx, b.Next()) {
			return nil
		}
	}
}

func (f *fleet) scheduled(a Account, s ven.Schedule) {
	f.mu.Lock()
	f.counts.Schedules++
	f.mu.Unlock()
	if f.OnSchedule != nil {
		f.OnSchedule(a, s)
	}
}
