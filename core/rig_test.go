package core_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/core/coretest"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/oadr/oadrtest"
	"github.com/vtn-xmpp/vtn-xmpp/registry/registrytest"
)

// client is another client of a VEN's account.
func client(ven core.Peer, resource string) core.Peer {
	ven.Address = ven.Identity + "/" + resource
	return ven
}

// t0 is the time at which every test begins.
var t0 = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// rig is what a test of this package drives: a VTN with its steps by subject.
type rig struct {
	*testVTN
	eventSteps
	registrationSteps
	reportSteps
}

func newRig(vtn *testVTN) *rig {
	return &rig{vtn, eventSteps{vtn}, registrationSteps{vtn}, reportSteps{vtn}}
}

// start runs a VTN with open registration on an empty database, until the test
// ends. The payloads that it sent are then validated against the schema.
func start(t *testing.T, change ...func(*core.Config)) *rig {
	t.Helper()
	cfg := core.Config{VTNID: "VTN", Registration: core.RegistrationOpen}
	for _, c := range change {
		c(&cfg)
	}
	r := newRig(&testVTN{t: t, cfg: cfg, store: registrytest.SQLite(t), clock: coretest.NewClock(t0), sent: &oadrtest.Recorder{}})
	t.Cleanup(func() {
		r.stop()
		if len(r.sent.Payloads()) > 0 {
			r.sent.Validate(t)
		}
	})
	r.run()
	return r
}

// known configures registration for known VENs only.
func known(c *core.Config) { c.Registration = core.RegistrationKnown }

// peer is the account name@example.org with one client.
func peer(name string) core.Peer {
	return core.Peer{Transport: "xmpp", Identity: name + "@example.org", Address: name + "@example.org/client"}
}

// registration is a usual oadrCreatePartyRegistration.
func registration() *oadr.CreatePartyRegistration {
	return &oadr.CreatePartyRegistration{RequestID: "r1", ProfileName: "2.0b", TransportName: "xmpp", VENName: "a VEN"}
}

// group puts a VEN into group g.
func group(g string) func(*core.VEN) { return func(v *core.VEN) { v.Groups = append(v.Groups, g) } }

// venIDs are event targets that name VENs.
func venIDs(ids ...string) (t []core.Target) {
	for _, id := range ids {
		t = append(t, core.Target{Kind: core.TargetVENID, Value: id})
	}
	return t
}

// oweEveryTopic makes an event, a report request and a registration notice due to a VEN.
func (r *rig) oweEveryTopic(venID string) {
	r.t.Helper()
	r.create(simple(venIDs(venID)...))
	r.request(core.ReportSpec{Targets: venIDs(venID), SpecifierID: "METADATA"})
	r.reregister(venID)
}

// wantCode checks the response code and the request ID of an answer (rule G1).
func wantCode(t *testing.T, got oadr.EIResponse, want oadr.Code, requestID string) {
	t.Helper()
	if got.Code != want {
		t.Errorf("code %d (%s), want %d", got.Code, got.Description, want)
	}
	if got.RequestID != requestID {
		t.Errorf("eiResponse repeats requestID %q, want %q (G1)", got.RequestID, requestID)
	}
}

// replyOf is the eiResponse of a message, nil if it has none.
func replyOf(m oadr.Message) *oadr.EIResponse {
	switch field := reflect.ValueOf(m).Elem().FieldByName("Response"); r := field.Interface().(type) {
	case oadr.EIResponse:
		return &r
	case *oadr.EIResponse:
		return r
	}
	return nil
}

// accounts are the identities of these names at example.org.
func accounts(names ...string) (ids []core.Identity) {
	for _, name := range names {
		ids = append(ids, core.Identity{Transport: "xmpp", Name: peer(name).Identity})
	}
	return ids
}

func modify(r *rig, e *core.Event, comment string) {
	r.t.Helper()
	if _, err := r.ModifyEvent(r.t.Context(), e.EventID, func(s core.EventSpec) (core.EventSpec, error) {
		s.Comment = comment
		return s, nil
	}, "test"); err != nil {
		r.t.Fatal(err)
	}
}

func lines(entries []core.HistoryEntry) (out []string) {
	for _, h := range entries {
		out = append(out, line(h))
	}
	return out
}

// full checks that an error says that these VENs would have too many events.
func full(t *testing.T, err error, vens ...string) {
	t.Helper()
	var invalid *core.InvalidError
	if !errors.As(err, &invalid) || len(invalid.Problems) != 1 || invalid.Problems[0].Rule != core.RuleRoom {
		t.Fatalf("got %v, want an error that there is no room", err)
	}
	for _, ven := range vens {
		if !strings.Contains(invalid.Problems[0].Reason, ven) {
			t.Errorf("%q does not name %s", invalid.Problems[0].Reason, ven)
		}
	}
}

// signal is one interval of an hour.
func signal(name, typ string, unit *oadr.Unit, value float64) core.Signal {
	return core.Signal{Name: name, Type: typ, Unit: unit, Intervals: []core.Interval{{Duration: time.Hour, Value: value}}}
}

// scheduled is what the schedules say, in short.
func scheduled(s *core.ScheduleOpt) string {
	if s == nil {
		return "nothing"
	}
	text := s.OptType + " " + s.OptID
	for _, of := range []map[string]core.ScheduledOpt{s.Resources, s.DeviceClasses} {
		for _, name := range slices.Sorted(maps.Keys(of)) {
			text += fmt.Sprintf(" %s:%s %s", name, of[name].OptType, of[name].OptID)
		}
	}
	for p, o := range s.Parts {
		text += fmt.Sprintf(" %v:%s %s", p, o.OptType, o.OptID)
	}
	return text
}

// schedule is an oadrCreateOpt with a schedule of so many periods, for a resource of
// the same name, so that none replaces another.
func schedule(optID string, periods int) *oadr.CreateOpt {
	m := &oadr.CreateOpt{OptID: optID, OptType: "optOut", OptReason: "economic", VENID: "ven1", CreatedDateTime: t0, RequestID: "r", Schedule: true, Target: oadr.Target{Resources: []string{optID}}}
	for i := range periods {
		m.Availability = append(m.Availability, oadr.Available{Start: t0.Add(time.Duration(-i) * time.Hour), Duration: time.Minute})
	}
	return m
}

func decided(t *testing.T) (*rig, *operator) {
	o := &operator{}
	o.says(core.Decision{Accept: true})
	return start(t, func(c *core.Config) { c.Registration, c.Admission = core.RegistrationWebhook, o }), o
}

// greets is a rig on which the test takes the VTN's greetings.
func greets(t *testing.T, change ...func(*core.Config)) *rig {
	t.Helper()
	r := start(t, change...)
	r.wire.greets.Store(true)
	return r
}

// historian registers a history of energy and power that is kept for a day, beside
// telemetry that is kept for two.
func historian(venID string) *oadr.RegisterReport {
	m := telemetry(venID)
	day := 24 * time.Hour
	m.Reports = append(m.Reports, oadr.Report{
		ReportSpecifierID: "history", ReportName: "METADATA_HISTORY_USAGE", ReportRequestID: "0", CreatedDateTime: t0, Duration: &day,
		Descriptions: []oadr.ReportDescription{
			{RID: "energy", ReportType: "usage", ReadingType: "Direct Read", Unit: &oadr.Unit{Type: "energyReal", Scale: "k"}},
			{RID: "power", ReportType: "usage", ReadingType: "Direct Read", Unit: &oadr.Unit{Type: "powerReal", Scale: "k", Hertz: 50, Voltage: 230, AC: true}},
		},
	})
	return m
}

var fiveRIDs = []string{"power", "reactive", "energy", "voltage", "frequency"}

// line is an entry in short, with the seconds since t0.
func line(h core.HistoryEntry) string {
	s := fmt.Sprintf("%.0f %s %d", h.At.Sub(t0).Seconds(), h.What, h.ModificationNumber)
	for _, word := range []string{h.VENID, h.By, h.OptType, h.OptID, h.Error} {
		if word != "" {
			s += " " + word
		}
	}
	if h.Code != 0 {
		s += fmt.Sprint(" ", h.Code)
	}
	if h.Attempts != 0 {
		s += fmt.Sprintf(" x%d at %.0f", h.Attempts, h.SentAt.Sub(t0).Seconds())
	}
	if h.Resources != nil {
		s += fmt.Sprint(" ", h.Resources)
	}
	return s
}

// operator decides on registrations.
type operator struct {
	applications []core.Application
	answer       func(core.Application) (core.Decision, error)
}

func (o *operator) Decide(_ context.Context, a core.Application) (core.Decision, error) {
	o.applications = append(o.applications, a)
	return o.answer(a)
}

func (o *operator) says(d core.Decision) {
	o.answer = func(core.Application) (core.Decision, error) { return d, nil }
}
