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
)

// TestP1P2P3P4P5Schedules walks through what a certification does with opt
// schedules, and sees that events take them into account.
func TestP1P2P3P4P5Schedules(t *testing.T) {
	s := start(t)
	v, other := s.join(), s.join()
	id, otherID := venID(v), venID(other)
	e := s.create(event(id, otherID)) // from one hour on to two
	s.eventually("the answers", func() bool {
		return s.status(e.EventID, id).Opt == oadr.OptIn && s.status(e.EventID, otherID).Opt == oadr.OptIn
	})
	made := time.Now().UTC().Truncate(time.Second)
	schedule := func(optID string, from, long time.Duration, change ...func(*oadr.CreateOpt)) error {
		made = made.Add(time.Second)
		o := oadr.CreateOpt{OptID: optID, OptType: oadr.OptOut, OptReason: "x-schedule", CreatedDateTime: made, Schedule: true,
			Availability: []oadr.Available{{Start: e.Start.Add(from), Duration: long}}}
		for _, c := range change {
			c(&o)
		}
		_, err := v.CreateOpt(t.Context(), o)
		return err
	}
	out := func(want bool) {
		t.Helper()
		vens, err := s.EventVENsOptedOutBySchedule(t.Context(), e.EventID)
		if err != nil {
			t.Fatal(err)
		}
		shown, err := s.GetEvent(t.Context(), e.EventID)
		if err != nil {
			t.Fatal(err)
		}
		if is := len(vens) == 1 && vens[0].VENID == id; is != want || shown.VENs.OptedOutBySchedule != len(vens) {
			t.Errorf("opted out by schedule are %+v, and %d; want this VEN: %v", vens, shown.VENs.OptedOutBySchedule, want)
		}
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}

	must(schedule("s1", -time.Minute, 2*time.Minute)) // into the event
	out(true)
	if got := s.status(e.EventID, id); got.Opt != oadr.OptIn || !reflect.DeepEqual(got.ScheduleOpt, &client.ScheduleOpt{Opt: oadr.OptOut, OptID: "s1"}) {
		t.Errorf("beside its own opt the schedule is shown as %+v", got)
	}
	must(schedule("s1", -2*time.Minute, time.Minute)) // P2: up to before it
	out(false)
	must(schedule("s2", -time.Hour, 0)) // P4: open ended
	out(true)
	must(schedule("s3", 0, time.Hour, func(o *oadr.CreateOpt) { // newer, for a resource and a device class
		o.OptType, o.Target.Resources, o.DeviceClass = oadr.OptIn, []string{"r1"}, &oadr.Target{EndDeviceAssets: []string{"Thermostat"}}
	}))
	if got := s.status(e.EventID, id).ScheduleOpt; got == nil || got.OptID != "s2" || !reflect.DeepEqual(got.Resources, map[string]client.ScheduledOpt{
		"r1": {Opt: oadr.OptIn, OptID: "s3", DeviceClasses: []string{"Thermostat"}}}) {
		t.Errorf("with one for a resource it is %+v", got)
	}
	must(schedule("s4", 0, time.Hour, func(o *oadr.CreateOpt) { o.MarketContext = "http://example.org/other" }))
	listed := s.opts(client.OptFilter{VENID: id, Replaced: true})
	var ids []string
	for _, o := range listed {
		ids = append(ids, o.OptID)
	}
	if !slices.Equal(ids, []string{"s1", "s2", "s3", "s4"}) || listed[0].ReplacedAt == nil || listed[1].ReplacedAt != nil {
		t.Fatalf("listed are %+v", listed)
	}
	if o := listed[1]; o.VENID != id || o.OptType != oadr.OptOut || o.Reason != "x-schedule" || len(o.Periods) != 1 || !o.Periods[0].Start.Equal(e.Start.Add(-time.Hour)) || o.Periods[0].End != nil {
		t.Errorf("the open-ended one is %+v", o)
	}
	if o := listed[2]; !slices.Equal(o.DeviceClasses, []string{"Thermostat"}) || !slices.Equal(o.Resources, []string{"r1"}) || !o.Periods[0].End.Equal(e.Start.Add(time.Hour)) {
		t.Errorf("the one of a resource is %+v", o)
	}
	if n := len(s.opts(client.OptFilter{VENID: otherID})); n != 0 {
		t.Errorf("the other VEN has %d", n)
	}
	if active := s.opts(client.OptFilter{Active: true, At: e.Start.Add(90 * time.Minute)}); len(active) != 1 || active[0].OptID != "s2" {
		t.Errorf("active after the event are %+v", active)
	}

	// P3, and what is refused: P1, P5.
	must(v.CancelOpt(t.Context(), "s2"))
	out(false)
	if gone := s.opts(client.OptFilter{VENID: id, Cancelled: true})[0]; gone.OptID != "s2" || gone.CancelledAt == nil {
		t.Errorf("cancelled, it is %+v", gone)
	}
	if n := len(s.opts(client.OptFilter{VENID: id})); n != 2 {
		t.Errorf("%d are left", n)
	}
	for _, wrong := range []struct {
		name, code string
		err        error
	}{
		{"an unknown optID", "452", v.CancelOpt(t.Context(), "s2")},
		{"another's optID", "452", other.CancelOpt(t.Context(), "s1")},
		{"no time at all", "454", schedule("s9", 0, 0, func(o *oadr.CreateOpt) { o.Availability = nil })},
		{"neither event nor schedule", "454", schedule("s9", 0, 0, func(o *oadr.CreateOpt) { o.Schedule, o.Availability = false, nil })},
		{"both", "454", schedule("s9", 0, 0, func(o *oadr.CreateOpt) { o.Event = &oadr.QualifiedEventID{EventID: e.EventID} })},
		{"another's venID", "452", schedule("s9", 0, 0, func(o *oadr.CreateOpt) { o.Target.VENs = []string{otherID} })},
	} {
		if !strings.Contains(fmt.Sprint(wrong.err), wrong.code) {
			t.Errorf("%s is answered %v, want %s", wrong.name, wrong.err, wrong.code)
		}
	}

	// The same from the command line.
	lines := s.table("opt", "list", "--ven", id, "--replaced") // with the answer to the event
	if len(lines) != 5 || !slices.Contains(lines[4], "oadrCreatedEvent") || slices.Contains(lines[3], "oadrCreatedEvent") || lines[0][0] != "venID" || lines[2][1] != "s3" || !slices.Contains(lines[2], "r1") || !slices.Contains(lines[2], "Thermostat") {
		t.Errorf("the table of opts is %q", lines)
	}
	must(schedule("s5", 0, time.Hour))
	if page := runJSON[client.Page[client.Opt]](s, "opt", "list", "--active", "--at", e.Start.Format(time.RFC3339), "--limit", "2"); len(page.Items) != 2 || page.Next == "" {
		t.Errorf("the first two are %+v", page)
	}
	lines = s.table("event", "show", e.EventID, "--opted-out-by-schedule")
	if last := lines[len(lines)-1]; len(lines) != 5 || last[0] != id || !slices.Contains(last, "optIn") || !slices.Contains(last, "optOut") {
		t.Errorf("the table of who opted out is %q", lines)
	}
	for _, bad := range [][]string{{"opt", "list", "--ven", "nobody"}, {"opt", "list", "--active", "--at", "noon"}, {"opt", "list", "--event", "nothing"}} {
		if c := s.run(bad...); c.status != 1 || c.stdout != "" || c.stderr == "" {
			t.Errorf("%q ends with %d: %s%s", bad, c.status, c.stdout, c.stderr)
		}
	}
	// What is asked of it survives the VTN.
	s.vtn.Kill()
	s.restart()
	out(true)
}

// TestEventHistory reads the life of an event back: over the API, and from the
// command line.
func TestEventHistory(t *testing.T) {
	s := start(t)
	h, id := s.mute()
	spec := event(id)
	spec.EventID = "ev"
	s.create(spec)
	h.push("ev 0 far")
	s.delivery("ev", id, "acknowledged")
	ask(t, h.VEN, "", createdEvent(id, response("r", "ev", 0, oadr.OptIn))).expectOutcome(t, "oadrResponse 200")
	opt := &oadr.CreateOpt{OptID: "o", OptType: oadr.OptOut, OptReason: "economic", VENID: id, RequestID: "x", CreatedDateTime: time.Now(),
		Event: &oadr.QualifiedEventID{EventID: "ev"}}
	ask(t, h.VEN, "", opt).expectOutcome(t, "oadrCreatedOpt 200")
	opt.Target.Resources = []string{"boiler"}
	ask(t, h.VEN, "", opt).expectOutcome(t, "oadrCreatedOpt 200")
	opt.OptType, opt.CreatedDateTime = oadr.OptIn, opt.CreatedDateTime.Add(time.Second)
	ask(t, h.VEN, "", opt).expectOutcome(t, "oadrCreatedOpt 200")
	ask(t, h.VEN, "", &oadr.CancelOpt{RequestID: "x", OptID: "o", VENID: id}).expectOutcome(t, "oadrCanceledOpt 200")
	s.patchEvent("ev", patch{"comment": "changed"})
	h.push("ev 1 far")
	s.delivery("ev", id, "acknowledged")
	refusal := response("r", "ev", 1, oadr.OptOut)
	refusal.Code, refusal.Description = oadr.CodeSignal, "no such signal"
	ask(t, h.VEN, "", createdEvent(id, refusal)).expectOutcome(t, "oadrResponse 200")
	s.cancel("ev")
	h.push("ev 2 cancelled")
	s.delivery("ev", id, "acknowledged")
	ask(t, h.VEN, "", createdEvent(id, response("r", "ev", 2, oadr.OptIn))).expectOutcome(t, "oadrResponse 200")

	want := []string{
		"created 0 by api", "acknowledged 0", "answered 0 optIn", "optCreated 0 optOut o", "optCreated 0 optOut o [boiler]", "optReplaced 0 optIn o [boiler]",
		"optCancelled 0 optOut o", "optCancelled 0 optIn o [boiler]",
		"modified 1 by api", "acknowledged 1", "answered 1 optOut 460 no such signal", "cancelled 2 by api", "acknowledged 2", "answered 2 optIn",
	}
	page, err := s.EventHistory(t.Context(), "ev", "", "", 0)
	if err != nil || page.Next != "" {
		t.Fatalf("%+v, %v", page, err)
	}
	var got []string
	var before time.Time
	for _, entry := range page.Items {
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
		got = append(got, line)
		if entry.At.Before(before) || entry.At.IsZero() {
			t.Errorf("%s is at %s, after %s", line, entry.At, before)
		}
		if (entry.VENID == id) == (entry.By != "") || entry.What == "acknowledged" && (entry.SentAt == nil || entry.Attempts != 1) {
			t.Errorf("%s is %+v", line, entry)
		}
		before = entry.At
	}
	if !slices.Equal(got, want) {
		t.Errorf("its life is\n%q, want\n%q", got, want)
	}
	lines := s.table("event", "history", "ev", "--ven", id, "--limit", "11")
	if len(lines) != 13 || lines[1][1] != "created" || lines[11][1] != "answered" || !slices.Contains(lines[11], "460") || lines[12][3] != "--cursor" {
		t.Errorf("the table of it is %q", lines)
	}
	rest := runJSON[client.Page[client.HistoryEntry]](s, "event", "history", "ev", "--cursor", lines[12][4])
	if len(rest.Items) != 3 || rest.Items[0].What != "cancelled" {
		t.Errorf("the rest of it is %+v", rest)
	}
	if c := s.run("event", "history", "nothing"); c.status != 1 || !strings.Contains(c.stderr, "nothing") {
		t.Errorf("of no event: %d, %s", c.status, c.stderr)
	}
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
