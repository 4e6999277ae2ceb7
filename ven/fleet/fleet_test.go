package fleet

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
)

func TestRun(t *testing.T) {
	e, o := start(t)
	eager(t, e)
	o.OptOut, o.Events = 0.1, vens
	var mu sync.Mutex
	registered, opts := map[string]string{}, map[string]string{}
	o.OnRegistered = func(a Account, r ven.Registration) {
		mu.Lock()
		defer mu.Unlock()
		registered[a.JID] = r.VENID
	}
	o.OnAnswer = func(a Account, e ven.Event) {
		mu.Lock()
		defer mu.Unlock()
		opts[a.JID] = e.OptType
	}
	var last Progress
	o.OnProgress = func(p Progress) { last = p }
	p, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(p, last) || len(p.Troubles) > 0 || p.VENs != vens || p.Failed != 0 || p.Events != vens || p.Opts != vens || p.OptOuts != 1 {
		t.Errorf("ended with %+v, was told %+v", p, last)
	}
	if p.Connected != vens || p.Registered != vens {
		t.Errorf("%d connected and %d registered", p.Connected, p.Registered)
	}
	for i, a := range o.Accounts {
		want := oadr.OptIn
		if i == vens-1 {
			want = oadr.OptOut
		}
		if opts[a.JID] != want || registered[a.JID] != fmt.Sprintf("ven%d", i) {
			t.Errorf("%s registered as %q and answered %q", a.JID, registered[a.JID], opts[a.JID])
		}
	}
}

func TestRunReports(t *testing.T) {
	e, o := start(t)
	eager(t, e)
	o.ReportEvery, o.Points, o.Seed = time.Minute, 3, 7
	ctx, cancel := context.WithCancel(t.Context())
	var mu sync.Mutex
	updates := map[string]*oadr.UpdateReport{}
	o.OnUpdate = func(a Account, m *oadr.UpdateReport) {
		mu.Lock()
		defer mu.Unlock()
		if updates[a.JID] = m; len(updates) == vens {
			cancel()
		}
	}
	p, err := Run(ctx, o)
	if err != nil || p.Updates != vens || p.Values != 2*vens {
		t.Errorf("ended with %+v, %v", p, err)
	}
	for i, a := range o.Accounts {
		m := updates[a.JID]
		if m == nil {
			continue // said above
		}
		r := m.Reports[0]
		meter := Meter{Seed: seedOf(7, a.JID)}
		if m.VENID != fmt.Sprintf("ven%d", i) || r.ReportRequestID != "r-"+m.VENID || r.Intervals[0].Payloads[1].Value != meter.Demand("load2", r.Start) {
			t.Errorf("%s sent %+v", a.JID, m)
		}
	}
}

func TestRunGoesOnWithoutTheRefused(t *testing.T) {
	e, o := start(t)
	eager(t, e)
	o.Accounts[3].Password = "wrong"
	o.Events = vens - 1
	p, err := Run(t.Context(), o)
	if !errors.Is(err, ven.ErrNotAuthorized) || !strings.Contains(err.Error(), "ven3@localhost") {
		t.Errorf("ended with %v", err)
	}
	if p.Failed != 1 || p.Opts != vens-1 {
		t.Errorf("ended with %+v", p)
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	_, o := start(t)
	ctx, cancel := context.WithCancel(t.Context())
	o.Every = time.Millisecond
	o.OnProgress = func(p Progress) {
		if p.Connected == vens { // nobody answers a registration here
			cancel()
		}
	}
	if p, err := Run(ctx, o); err != nil || p.Failed != 0 || p.Registered != 0 {
		t.Errorf("ended with %+v, %v", p, err)
	}
}

func TestOptOutShare(t *testing.T) {
	for _, c := range []struct {
		n     int
		share float64
		want  int
	}{{10, 0.1, 1}, {10, 0, 0}, {10, 1, 10}, {1000, 0.25, 250}, {3, 0.5, 1}, {100, 0.29, 29}} {
		outs := 0
		for i := range c.n {
			if chosen(i, c.share) {
				outs++
			}
		}
		if outs != c.want {
			t.Errorf("%d of %d opt out with a share of %v, want %d", outs, c.n, c.share, c.want)
		}
	}
	if !chosen(9, 0.1) {
		t.Error("of ten with 0.1 it is not the last that opts out")
	}
}

// Of ten VENs with 0.1 the last opts out, the first has a schedule and the fifth
// makes errors; kinds of errors are given out in turn.
func TestWhoIsChosen(t *testing.T) {
	f := &fleet{Options: Options{Accounts: make([]Account, 10), OptSchedule: 0.1, Errors: 0.1, Faults: []Fault{FaultSilent, FaultRefuse}}}
	for i := range 10 {
		if f.schedules(i) != (i == 0) {
			t.Errorf("VEN %d has a schedule: %v", i, f.schedules(i))
		}
		if (f.fault(i) != "") != (i == 4) {
			t.Errorf("VEN %d makes the error %q", i, f.fault(i))
		}
	}
	f.Errors = 0.4
	count := map[Fault]int{}
	for i := range 10 {
		count[f.fault(i)]++
	}
	if count[FaultSilent] != 2 || count[FaultRefuse] != 2 {
		t.Errorf("errors made are %v", count)
	}
}

func TestFaultsThatFit(t *testing.T) {
	for every, want := range map[time.Duration]int{0: 3, time.Second: 5} {
		o := Options{Accounts: []Account{{JID: "a@b", Password: "c"}}, ReportEvery: every}
		if err := o.check(); err != nil || len(o.Faults) != want {
			t.Errorf("with reports every %v the errors are %v, %v", every, o.Faults, err)
		}
	}
}

func TestOptionsRefused(t *testing.T) {
	one := []Account{{JID: "a@b", Password: "c"}}
	for _, o := range []Options{{}, {Accounts: one, OptOut: 1.5}, {Accounts: one, OptOut: -1}, {Accounts: one, OptSchedule: 2}, {Accounts: one, Errors: -1},
		{Accounts: one, ScheduleFor: time.Millisecond}, {Accounts: one, Faults: []Fault{FaultRepeat}}, {Accounts: one, ConnectRate: -1},
		{Accounts: one, ReportEvery: time.Millisecond}, {Accounts: one, ReportEvery: -time.Second}, {Accounts: one, Points: -1}, {Accounts: one, Points: 1000}} {
		if _, err := Run(t.Context(), o); err == nil {
			t.Errorf("%+v is taken", o)
		}
	}
}
