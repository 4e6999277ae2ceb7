package test

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/oadr/oadrtest"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
)

// TestP1P2P3P4P5Schedules takes the steps of a certification with opt
// schedules, and checks that events take them into account.
func TestP1P2P3P4P5Schedules(t *testing.T) {
	s := start(t)
	v, other := s.join(), s.join()
	e := s.create(event(venID(v), venID(other))) // from one hour on to two
	s.eventually("the answers", func() bool {
		return s.status(e.EventID, venID(v)).Opt == oadr.OptIn && s.status(e.EventID, venID(other)).Opt == oadr.OptIn
	})
	o := &scheduler{s: s, t: t, v: v, id: venID(v), e: e, made: time.Now().UTC().Truncate(time.Second)}
	o.coverTheEvent()
	o.listSchedules(venID(other))
	o.cancelOne()
	for _, wrong := range []struct {
		name, code string
		err        error
	}{
		{"an unknown optID", "452", v.CancelOpt(t.Context(), "s2")},
		{"another's optID", "452", other.CancelOpt(t.Context(), "s1")},
		{"no time at all", "454", o.schedule("s9", 0, 0, func(m *oadr.CreateOpt) { m.Availability = nil })},
		{"neither event nor schedule", "454", o.schedule("s9", 0, 0, func(m *oadr.CreateOpt) { m.Schedule, m.Availability = false, nil })},
		{"both", "454", o.schedule("s9", 0, 0, func(m *oadr.CreateOpt) { m.Event = &oadr.QualifiedEventID{EventID: e.EventID} })},
		{"another's venID", "452", o.schedule("s9", 0, 0, func(m *oadr.CreateOpt) { m.Target.VENs = []string{venID(other)} })},
	} {
		if !strings.Contains(fmt.Sprint(wrong.err), wrong.code) {
			t.Errorf("%s is answered %v, want %s", wrong.name, wrong.err, wrong.code)
		}
	}
	o.useTheCommandLine()
	// Schedules survive the end of the VTN's process.
	s.vtn.Kill()
	s.restart()
	o.out(true)
}

// scheduler is a VEN that makes schedules around an event.
type scheduler struct {
	s    *stack
	t    *testing.T
	v    *ven.VEN
	id   string
	e    *client.Event
	made time.Time // createdDateTime of the last schedule
}

// schedule makes a schedule that begins some time after the event's start. A length of 0 leaves it open.
func (o *scheduler) schedule(optID string, from, long time.Duration, change ...func(*oadr.CreateOpt)) error {
	o.made = o.made.Add(time.Second)
	m := oadr.CreateOpt{OptID: optID, OptType: oadr.OptOut, OptReason: "x-schedule", CreatedDateTime: o.made, Schedule: true,
		Availability: []oadr.Available{{Start: o.e.Start.Add(from), Duration: long}}}
	for _, f := range change {
		f(&m)
	}
	_, err := o.v.CreateOpt(o.t.Context(), m)
	return err
}

func (o *scheduler) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

// out checks whether the event's list of VENs that are opted out by schedule holds this VEN, and nobody else.
func (o *scheduler) out(want bool) {
	o.t.Helper()
	vens, err := o.s.EventVENsOptedOutBySchedule(o.t.Context(), o.e.EventID)
	o.must(err)
	shown, err := o.s.GetEvent(o.t.Context(), o.e.EventID)
	o.must(err)
	if is := len(vens) == 1 && vens[0].VENID == o.id; is != want || shown.VENs.OptedOutBySchedule != len(vens) {
		o.t.Errorf("opted out by schedule are %+v, and %d; want this VEN: %v", vens, shown.VENs.OptedOutBySchedule, want)
	}
}

// coverTheEvent makes schedules that reach into the event, end before it (P2), are open ended (P4), or are for a part of the VEN or for
// another market context.
func (o *scheduler) coverTheEvent() {
	o.t.Helper()
	o.must(o.schedule("s1", -time.Minute, 2*time.Minute))
	o.out(true)
	if got := o.s.status(o.e.EventID, o.id); got.Opt != oadr.OptIn || !reflect.DeepEqual(got.ScheduleOpt, &client.ScheduleOpt{Opt: oadr.OptOut, OptID: "s1"}) {
		o.t.Errorf("the VEN's opt and schedule are shown as %+v", got)
	}
	o.must(o.schedule("s1", -2*time.Minute, time.Minute))
	o.out(false)
	o.must(o.schedule("s2", -time.Hour, 0))
	o.out(true)
	o.must(o.schedule("s3", 0, time.Hour, func(m *oadr.CreateOpt) { // newer, for a resource and a device class
		m.OptType, m.Target.Resources, m.DeviceClass = oadr.OptIn, []string{"r1"}, &oadr.Target{EndDeviceAssets: []string{"Thermostat"}}
	}))
	if got := o.s.status(o.e.EventID, o.id).ScheduleOpt; got == nil || got.OptID != "s2" || !reflect.DeepEqual(got.Resources, map[string]client.ScheduledOpt{
		"r1": {Opt: oadr.OptIn, OptID: "s3", DeviceClasses: []string{"Thermostat"}}}) {
		o.t.Errorf("with a schedule for a resource the VEN is shown as %+v", got)
	}
	o.must(o.schedule("s4", 0, time.Hour, func(m *oadr.CreateOpt) { m.MarketContext = "http://example.org/other" }))
}

// listSchedules checks what the API lists of the schedules that coverTheEvent has made.
func (o *scheduler) listSchedules(otherID string) {
	o.t.Helper()
	listed := o.s.opts(client.OptFilter{VENID: o.id, Replaced: true})
	var ids []string
	for _, opt := range listed {
		ids = append(ids, opt.OptID)
	}
	if !slices.Equal(ids, []string{"s1", "s2", "s3", "s4"}) || listed[0].ReplacedAt == nil || listed[1].ReplacedAt != nil {
		o.t.Fatalf("listed are %+v", listed)
	}
	if opt := listed[1]; opt.VENID != o.id || opt.OptType != oadr.OptOut || opt.Reason != "x-schedule" || len(opt.Periods) != 1 || !opt.Periods[0].Start.Equal(o.e.Start.Add(-time.Hour)) || opt.Periods[0].End != nil {
		o.t.Errorf("the open-ended one is %+v", opt)
	}
	if opt := listed[2]; !slices.Equal(opt.DeviceClasses, []string{"Thermostat"}) || !slices.Equal(opt.Resources, []string{"r1"}) || !opt.Periods[0].End.Equal(o.e.Start.Add(time.Hour)) {
		o.t.Errorf("the one for a resource is %+v", opt)
	}
	if n := len(o.s.opts(client.OptFilter{VENID: otherID})); n != 0 {
		o.t.Errorf("the other VEN has %d opts, want none", n)
	}
	if active := o.s.opts(client.OptFilter{Active: true, At: o.e.Start.Add(90 * time.Minute)}); len(active) != 1 || active[0].OptID != "s2" {
		o.t.Errorf("active after the event are %+v", active)
	}
}

// cancelOne cancels the schedule that covers the event (P3).
func (o *scheduler) cancelOne() {
	o.t.Helper()
	o.must(o.v.CancelOpt(o.t.Context(), "s2"))
	o.out(false)
	if gone := o.s.opts(client.OptFilter{VENID: o.id, Cancelled: true})[0]; gone.OptID != "s2" || gone.CancelledAt == nil {
		o.t.Errorf("the cancelled schedule is %+v", gone)
	}
	if n := len(o.s.opts(client.OptFilter{VENID: o.id})); n != 2 {
		o.t.Errorf("%d schedules are left, want 2", n)
	}
}

// useTheCommandLine lists the same by commands, and makes a schedule for the whole event.
func (o *scheduler) useTheCommandLine() {
	o.t.Helper()
	lines := o.s.table("opt", "list", "--ven", o.id, "--replaced") // with the answer to the event
	if len(lines) != 5 || !slices.Contains(lines[4], "oadrCreatedEvent") || slices.Contains(lines[3], "oadrCreatedEvent") || lines[0][0] != "venID" || lines[2][1] != "s3" || !slices.Contains(lines[2], "r1") || !slices.Contains(lines[2], "Thermostat") {
		o.t.Errorf("the table of opts is %q", lines)
	}
	o.must(o.schedule("s5", 0, time.Hour))
	if page := runJSON[client.Page[client.Opt]](o.s, "opt", "list", "--active", "--at", o.e.Start.Format(time.RFC3339), "--limit", "2"); len(page.Items) != 2 || page.Next == "" {
		o.t.Errorf("the first two are %+v", page)
	}
	lines = o.s.table("event", "show", o.e.EventID, "--opted-out-by-schedule")
	if last := lines[len(lines)-1]; len(lines) != 5 || last[0] != o.id || !slices.Contains(last, "optIn") || !slices.Contains(last, "optOut") {
		o.t.Errorf("the table of VENs opted out by schedule is %q", lines)
	}
	for _, bad := range [][]string{{"opt", "list", "--ven", "nobody"}, {"opt", "list", "--active", "--at", "noon"}, {"opt", "list", "--event", "nothing"}} {
		if c := o.s.run(bad...); c.status != 1 || c.stdout != "" || c.stderr == "" {
			o.t.Errorf("%q ends with %d: %s%s", bad, c.status, c.stdout, c.stderr)
		}
	}
}

// TestEventHistory reads the history of an event over the API and from the
// command line.
func TestEventHistory(t *testing.T) {
	s := start(t)
	h, id := s.mute()
	lifeOfAnEvent(s, h, id)
	page, err := s.EventHistory(t.Context(), "ev", "", "", 0)
	if err != nil || page.Next != "" {
		t.Fatalf("%+v, %v", page, err)
	}
	var got []string
	var before time.Time
	for _, entry := range page.Items {
		line := historyLine(entry)
		got = append(got, line)
		if entry.At.Before(before) || entry.At.IsZero() {
			t.Errorf("%s is at %s, after %s", line, entry.At, before)
		}
		if (entry.VENID == id) == (entry.By != "") || entry.What == "acknowledged" && (entry.SentAt == nil || entry.Attempts != 1) {
			t.Errorf("%s is %+v", line, entry)
		}
		before = entry.At
	}
	want := []string{
		"created 0 by local", "acknowledged 0", "answered 0 optIn", "optCreated 0 optOut o", "optCreated 0 optOut o [boiler]", "optReplaced 0 optIn o [boiler]",
		"optCancelled 0 optOut o", "optCancelled 0 optIn o [boiler]",
		"modified 1 by local", "acknowledged 1", "answered 1 optOut 460 no such signal", "cancelled 2 by local", "acknowledged 2", "answered 2 optIn",
	}
	if !slices.Equal(got, want) {
		t.Errorf("the history is\n%q, want\n%q", got, want)
	}
	lines := s.table("event", "history", "ev", "--ven", id, "--limit", "11")
	if len(lines) != 13 || lines[1][1] != "created" || lines[11][1] != "answered" || !slices.Contains(lines[11], "460") || lines[12][3] != "--cursor" {
		t.Errorf("the table of the history is %q", lines)
	}
	rest := runJSON[client.Page[client.HistoryEntry]](s, "event", "history", "ev", "--cursor", lines[12][4])
	if len(rest.Items) != 3 || rest.Items[0].What != "cancelled" {
		t.Errorf("the rest of the history is %+v", rest)
	}
	if c := s.run("event", "history", "nothing"); c.status != 1 || !strings.Contains(c.stderr, "nothing") {
		t.Errorf("the history of an event that does not exist: %d, %s", c.status, c.stderr)
	}
}

// lifeOfAnEvent creates, modifies and cancels the event ev, while its VEN answers, opts and takes its opts back.
func lifeOfAnEvent(s *stack, h *holder, id string) {
	s.t.Helper()
	say := func(want string, m oadr.Message) {
		s.t.Helper()
		ask(s.t, h.VEN, "", m).expectOutcome(s.t, want)
	}
	spec := event(id)
	spec.EventID = "ev"
	s.create(spec)
	h.push("ev 0 far")
	s.delivery("ev", id, "acknowledged")
	say("oadrResponse 200", createdEvent(id, response("r", "ev", 0, oadr.OptIn)))
	opt := &oadr.CreateOpt{OptID: "o", OptType: oadr.OptOut, OptReason: "economic", VENID: id, RequestID: "x", CreatedDateTime: time.Now(),
		Event: &oadr.QualifiedEventID{EventID: "ev"}}
	say("oadrCreatedOpt 200", opt)
	opt.Target.Resources = []string{"boiler"}
	say("oadrCreatedOpt 200", opt)
	opt.OptType, opt.CreatedDateTime = oadr.OptIn, opt.CreatedDateTime.Add(time.Second)
	say("oadrCreatedOpt 200", opt)
	say("oadrCanceledOpt 200", &oadr.CancelOpt{RequestID: "x", OptID: "o", VENID: id})
	s.patchEvent("ev", patch{"comment": "changed"})
	h.push("ev 1 far")
	s.delivery("ev", id, "acknowledged")
	refusal := response("r", "ev", 1, oadr.OptOut)
	refusal.Code, refusal.Description = oadr.CodeSignal, "no such signal"
	say("oadrResponse 200", createdEvent(id, refusal))
	s.cancel("ev")
	h.push("ev 2 cancelled")
	s.delivery("ev", id, "acknowledged")
	say("oadrResponse 200", createdEvent(id, response("r", "ev", 2, oadr.OptIn)))
}

// historyLine returns what an entry says as one line.
func historyLine(entry client.HistoryEntry) string {
	line := fmt.Sprintf("%s %d", entry.What, entry.ModificationNumber)
	if entry.By != "" {
		line += " by " + entry.By
	}
	if entry.Opt != "" {
		line += " " + entry.Opt
	}
	if entry.OptID != "" {
		line += " " + entry.OptID
	}
	if entry.Resources != nil {
		line += fmt.Sprint(" ", entry.Resources)
	}
	if entry.Error != "" {
		line += fmt.Sprint(" ", entry.Code, " ", entry.Error)
	}
	return line
}

// TestP5FieldOptsAreShownForWhatTheyAre sends what VENs in the field have sent, and
// sees in every command that it is for the parts that it names.
func TestP5FieldOptsAreShownForWhatTheyAre(t *testing.T) {
	s := start(t)
	v := s.join()
	id := venID(v)
	spec := event(id)
	spec.EventID = "opt"
	s.create(spec)
	s.eventually("the answer", func() bool { return s.status("opt", id).Opt == oadr.OptIn })
	for _, file := range []string{"opt-group-only.xml", "opt-two-targets.xml"} {
		raw, err := os.ReadFile(filepath.Join(oadrtest.SharedDir(t), "field", file))
		if err != nil {
			t.Fatal(err)
		}
		askRaw(t, v, "", strings.ReplaceAll(string(raw), "VENID", id)).expectOutcome(t, "oadrCreatedOpt 200")
	}
	stands := s.status("opt", id)
	if stands.Opt != oadr.OptIn || !reflect.DeepEqual(stands.ResourceOpts, map[string]string{"pump": "optOut", "fan": "optOut"}) ||
		!slices.Equal(stands.PartOpts, []client.PartOpt{{Kind: "group", Name: "floor-2", Opt: "optOut"}}) {
		t.Errorf("it stands %+v", stands)
	}
	for _, c := range []struct {
		command []string
		holds   []string
	}{
		{[]string{"event", "show", "opt"}, []string{"optIn fan:optOut pump:optOut group:floor-2:optOut"}},
		{[]string{"opt", "list", "--event", "opt"}, []string{"group:floor-2", "pump fan"}},
		{[]string{"event", "history", "opt", "--ven", id}, []string{"group:floor-2", "pump fan"}},
	} {
		out := s.run(c.command...)
		for _, words := range c.holds {
			if out.status != 0 || !strings.Contains(out.stdout, words) {
				t.Errorf("%q ends with %d, without %q: %s%s", c.command, out.status, words, out.stdout, out.stderr)
			}
		}
	}
}
