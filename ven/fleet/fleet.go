// Package fleet runs many VENs at once: the engine of vtn-xmpp simulate.
package fleet

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
)

// Options say which VENs run, how they behave and when they stop. Accounts are
// required; everything else has a default. The functions may be called from several
// goroutines and should return soon.
type Options struct {
	// Accounts are those of the VENs; see [Pattern] and [ReadAccounts].
	Accounts []Account
	// Server is the host:port of the XMPP server; empty: what DNS says.
	Server string
	// TLS holds the roots the server's certificate is checked against; nil: the
	// system's.
	TLS *tls.Config
	// VTN is the JID of the VTN; empty: found by service discovery.
	VTN string
	// HTTP makes the VENs speak simple HTTP; nil: XMPP. With Listen, each takes a port
	// of its own.
	HTTP *ven.HTTP
	// VTNFingerprints are [ven.Config]'s.
	VTNFingerprints []string
	// PingAfter is [ven.Config]'s.
	PingAfter time.Duration

	// ConnectRate is how many VENs log in per second; 0: 50.
	ConnectRate float64
	// OptOut is the share of VENs that answer events with optOut, from 0 to 1.
	// They are always the same ones: of ten VENs with 0.1, the last.
	OptOut float64
	// Delay is from an event's arrival to its answer.
	Delay time.Duration
	// OptSchedule is the share of VENs that opt out by schedule when they have
	// registered, from 0 to 1; of ten VENs with 0.1, the first. The schedule begins
	// ScheduleIn later and lasts ScheduleFor; 0: it is open ended. The VENs answer
	// events as if they had no schedule: the VTN decides which of the two counts.
	OptSchedule             float64
	ScheduleIn, ScheduleFor time.Duration
	// Errors is the share of VENs with a fault, from 0 to 1; of ten VENs with 0.1,
	// the fifth. They get the Faults in turn; none: all faults that would show.
	Errors float64
	Faults []Fault
	// Form and Stanza are [ven.Config]'s. With Form.Signed the VENs sign with their
	// certificates.
	Form   oadr.Form
	Stanza ven.Stanza

	// ReportEvery is how often the loads of each VEN can be read, in whole seconds; 0:
	// the VENs have no reports. A VEN reports what the VTN requests; see [Reports].
	ReportEvery time.Duration
	Points      int    // loads per VEN; 0: one
	Seed        uint64 // of their values: the same seed, the same values; see [Meter]

	// Duration ends the run; 0: it ends with its context.
	Duration time.Duration
	// Events ends the run when so many events have arrived and been answered, summed
	// over all VENs; 0: never. Each modificationNumber of an event counts.
	Events int64

	// OnProgress is called with how far the run is, each time that Every has passed
	// and once at the end.
	OnProgress func(Progress)
	Every      time.Duration // 0: a second
	// OnRegistered is called for each VEN when it has registered for the first time.
	OnRegistered func(Account, ven.Registration)
	// OnEvent and OnAnswer are [ven.Config]'s, with the VEN's account.
	OnEvent  func(Account, ven.Event)
	OnAnswer func(Account, ven.Event)
	// OnUpdate is [ven.Config]'s, with the VEN's account.
	OnUpdate func(Account, *oadr.UpdateReport)
	// OnSchedule is called with each schedule that the VTN has accepted, OnFault each
	// time that a VEN has done something wrong.
	OnSchedule func(Account, ven.Schedule)
	OnFault    func(Account, Fault)

	// Log takes the log of the VENs; nil: they log nothing.
	Log *slog.Logger
}

// Progress is how far a run is.
type Progress struct {
	Elapsed    time.Duration
	VENs       int   // in all
	Connected  int   // with a session, registered or not
	Registered int   // with a session and a registration
	Failed     int   // given up: refused, or the server's name or certificate is wrong
	Events     int64 // that arrived
	Opts       int64 // answers to events that the VTN accepted
	OptOuts    int64 // of these, with optOut
	Updates    int64 // of reports that the VTN accepted
	Values     int64 // in these
	Schedules  int64 // of opts that the VTN accepted
	Faults     int64 // times that a VEN did something wrong
	// Troubles are what keeps VENs from being connected and registered.
	Troubles []Trouble
}

// closeTimeout is how long a VEN's goodbye may take.
const closeTimeout = 10 * time.Second

// Run connects and registers the VENs, and closes them when ctx or the options end the
// run. A VEN that is refused, or whose server's name or certificate is wrong, is given
// up; the others go on, and the run ends early if all were given up. The error names
// those VENs; the end of ctx is no error.
func Run(ctx context.Context, o Options) (Progress, error) {
	if err := o.check(); err != nil {
		return Progress{}, err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	if o.Duration > 0 {
		ctx, stop = context.WithTimeout(ctx, o.Duration)
		defer stop()
	}
	f := &fleet{Options: o, stop: stop, started: time.Now(), states: make([]ven.State, len(o.Accounts)),
		troubles: make([]error, len(o.Accounts)), offered: Reports(o.Points, o.ReportEvery)}
	reported := make(chan struct{})
	go func() {
		f.report(ctx)
		close(reported)
	}()
	f.start(ctx)
	f.running.Wait()
	stop()
	<-reported
	p := f.progress()
	if o.OnProgress != nil {
		o.OnProgress(p)
	}
	return p, f.failed()
}

func (o *Options) check() error {
	switch {
	case len(o.Accounts) == 0:
		return errors.New("no accounts: give a pattern and a number, or a list")
	case !isShare(o.OptOut):
		return fmt.Errorf("the share of optOut is %v; it must be from 0 to 1", o.OptOut)
	case !isShare(o.OptSchedule):
		return fmt.Errorf("the share of opt schedules is %v; it must be from 0 to 1", o.OptSchedule)
	case !isShare(o.Errors):
		return fmt.Errorf("the share of errors is %v; it must be from 0 to 1", o.Errors)
	case o.Form.Profile == oadr.ProfileA && (o.ReportEvery > 0 || o.OptSchedule > 0):
		return errors.New("2.0a has neither reports nor opt schedules")
	case o.ScheduleFor < 0 || o.ScheduleFor%time.Second != 0:
		return fmt.Errorf("an opt schedule cannot last %v; give whole seconds, or 0 if it is open ended", o.ScheduleFor)
	case o.ConnectRate < 0:
		return fmt.Errorf("the connect rate is %v; it must not be negative", o.ConnectRate)
	case o.ReportEvery < 0 || o.ReportEvery%time.Second != 0:
		return fmt.Errorf("loads cannot be read every %v; give whole seconds, or 0 for no reports", o.ReportEvery)
	case o.Points < 0 || o.Points > maxPoints:
		return fmt.Errorf("points is %d; it must be from 1 to %d", o.Points, maxPoints)
	}
	if o.Points == 0 {
		o.Points = 1
	}
	if o.ConnectRate == 0 {
		o.ConnectRate = 50
	}
	if o.Every <= 0 {
		o.Every = time.Second
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o.checkFaults()
}

func isShare(s float64) bool { return s >= 0 && s <= 1 }

// fleet is one run.
type fleet struct {
	Options
	stop    context.CancelFunc
	started time.Time
	offered []ven.Report
	running sync.WaitGroup

	mu       sync.Mutex
	states   []ven.State // by the index of the account
	troubles []error     // what a VEN fails at, by the same index
	counts   Progress
	failures []error
}

// start starts the VENs one after another, ConnectRate a second.
func (f *fleet) start(ctx context.Context) {
	pace := time.NewTicker(time.Duration(float64(time.Second) / f.ConnectRate))
	defer pace.Stop()
	for i := range f.Accounts {
		f.running.Go(func() { f.live(ctx, i) })
		select {
		case <-pace.C:
		case <-ctx.Done():
			return
		}
	}
}

// live is the life of one VEN.
func (f *fleet) live(ctx context.Context, i int) {
	v, err := f.connect(ctx, i)
	if err != nil {
		f.fail(ctx, i, err)
		return
	}
	defer goodbye(v)
	r, err := f.register(ctx, i, v)
	if err != nil {
		f.fail(ctx, i, err)
		return
	}
	if f.OnRegistered != nil {
		f.OnRegistered(f.Accounts[i], r)
	}
	if f.schedules(i) {
		if err := f.schedule(ctx, i, v); err != nil {
			f.fail(ctx, i, err)
			return
		}
	}
	<-ctx.Done()
}

// goodbye closes a VEN, and gives up after closeTimeout.
func goodbye(v *ven.VEN) {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	_ = v.Close(ctx)
}

// connect tries until the VEN is connected, trying again is hopeless or the run ends.
func (f *fleet) connect(ctx context.Context, i int) (*ven.VEN, error) {
	cfg, err := f.config(i)
	if err != nil {
		return nil, err
	}
	f.reports(i, &cfg)
	f.misbehave(i, &cfg)
	var b ven.Backoff
	for {
		v, err := ven.Dial(ctx, cfg)
		if err == nil || hopeless(err) {
			return v, err
		}
		f.troubled(i, err)
		f.Log.Warn("cannot connect, trying again", "account", f.Accounts[i].String(), "error", err)
		if !wait(ctx, b.Next()) {
			return nil, err
		}
	}
}

// register tries until the VTN accepts or refuses the VEN or the run ends.
func (f *fleet) register(ctx context.Context, i int, v *ven.VEN) (ven.Registration, error) {
	var b ven.Backoff
	for {
		r, err := v.Register(ctx)
		if err == nil || hopeless(err) {
			return r, err
		}
		f.troubled(i, err)
		f.Log.Warn("cannot register, trying again", "account", f.Accounts[i].String(), "error", err)
		if !wait(ctx, b.Next()) {
			return r, err
		}
	}
}

func wait(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

// chosen reports whether the VEN with index i belongs to a share that is spread evenly.
func chosen(i int, share float64) bool { return upTo(i+1, share) > upTo(i, share) }

// upTo is how many of the first n VENs are chosen.
func upTo(n int, share float64) int {
	const rounding = 1e-9
	return int(float64(n)*share + rounding)
}
