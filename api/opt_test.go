package api_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// startWithOpts has an event, ev-1, from 17:00 to 18:00 for three VENs. ven-1 has opted
// out of it, ven-2 and ven-3 have by schedule, ven-3 for one resource.
func startWithOpts(t *testing.T) *rig {
	r := startWithVEN(t)
	r.addVEN(client.VENSpec{VENID: "ven-2"})
	r.addVEN(client.VENSpec{VENID: "ven-3"})
	if a := r.do(http.MethodPost, "/api/v1/events", full); a.status != http.StatusCreated {
		t.Fatal(a.body)
	}
	err := r.reg.Update(t.Context(), func(tx core.Tx) error {
		e, err := tx.Event("ev-1")
		if err != nil {
			return err
		}
		no := map[string]int64{}
		for _, id := range []string{"ven-1", "ven-2", "ven-3"} {
			v, err := tx.VEN(id)
			if err != nil {
				return err
			}
			no[id] = v.No
		}
		for _, o := range []core.Opt{
			{VENNo: no["ven-1"], OptID: "a", EventNo: e.No, OptType: "optOut", Reason: "economic"},
			{VENNo: no["ven-1"], OptID: "b", EventNo: e.No, OptType: "optIn", Reason: "economic", Resources: []string{"r1"}},
			{VENNo: no["ven-2"], OptID: "a", OptType: "optOut", Reason: "x-schedule", MarketContext: "http://example.org/dr",
				Periods: []core.OptPeriod{{Start: noon, End: noon.Add(time.Hour)}, {Start: noon.Add(5 * time.Hour)}}},
			{VENNo: no["ven-3"], OptID: "r", OptType: "optOut", Reason: "economic", Resources: []string{"r1"}, DeviceClasses: []string{"Thermostat"},
				Periods: []core.OptPeriod{{Start: noon.Add(5 * time.Hour)}}},
			{VENNo: no["ven-3"], OptID: "gone", OptType: "optOut", Reason: "economic", Periods: []core.OptPeriod{{Start: noon}}},
		} {
			o.CreatedAt, o.ReceivedAt = noon.Add(-time.Hour), noon
			if err := tx.PutOpt(&o); err != nil {
				return err
			}
		}
		if err := tx.Record(core.HistoryEntry{EventNo: e.No, VENNo: no["ven-1"], At: noon, What: core.HistoryOptCreated, OptType: "optIn", OptID: "b", Resources: []string{"r1"}}); err != nil {
			return err
		}
		if err := tx.Record(core.HistoryEntry{EventNo: e.No, VENNo: no["ven-2"], At: noon, What: core.HistoryAnswered, OptType: "optOut", Code: 460, Error: "no such signal"}); err != nil {
			return err
		}
		_, err = tx.CancelOpts(no["ven-3"], "gone", noon)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

const (
	optA = `{"venID": "ven-1", "message": "oadrCreateOpt", "optID": "a", "optType": "optOut", "reason": "economic", "eventID": "ev-1", "modificationNumber": 0, "resources": [], "deviceClasses": [],
		"createdAt": "2026-11-24T11:00:00Z", "receivedAt": "2026-11-24T12:00:00Z"}`
	optB = `{"venID": "ven-1", "message": "oadrCreateOpt", "optID": "b", "optType": "optIn", "reason": "economic", "eventID": "ev-1", "modificationNumber": 0, "resources": ["r1"], "deviceClasses": [],
		"createdAt": "2026-11-24T11:00:00Z", "receivedAt": "2026-11-24T12:00:00Z"}`
	opt2 = `{"venID": "ven-2", "message": "oadrCreateOpt", "optID": "a", "optType": "optOut", "reason": "x-schedule", "marketContext": "http://example.org/dr", "resources": [], "deviceClasses": [],
		"periods": [{"start": "2026-11-24T12:00:00Z", "end": "2026-11-24T13:00:00Z"}, {"start": "2026-11-24T17:00:00Z", "end": null}],
		"createdAt": "2026-11-24T11:00:00Z", "receivedAt": "2026-11-24T12:00:00Z"}`
	optR = `{"venID": "ven-3", "message": "oadrCreateOpt", "optID": "r", "optType": "optOut", "reason": "economic", "resources": ["r1"], "deviceClasses": ["Thermostat"],
		"periods": [{"start": "2026-11-24T17:00:00Z", "end": null}],
		"createdAt": "2026-11-24T11:00:00Z", "receivedAt": "2026-11-24T12:00:00Z"}`
	optGone = `{"venID": "ven-3", "message": "oadrCreateOpt", "optID": "gone", "optType": "optOut", "reason": "economic", "resources": [], "deviceClasses": [],
		"periods": [{"start": "2026-11-24T12:00:00Z", "end": null}],
		"createdAt": "2026-11-24T11:00:00Z", "receivedAt": "2026-11-24T12:00:00Z", "cancelledAt": "2026-11-24T12:00:00Z"}`
)

func TestOptsAreListed(t *testing.T) {
	r := startWithOpts(t)
	for query, want := range map[string][]string{
		"":                                     {optA, optB, opt2, optR},
		"?venID=ven-1":                         {optA, optB},
		"?eventID=ev-1":                        {optA, optB},
		"?venID=ven-3&cancelled=true":          {optGone, optR},
		"?active=true":                         {optA, optB, opt2},
		"?active=true&at=2026-11-24T14:00:00Z": {optA, optB},
		"?active=true&at=2026-11-25T14:00:00%2B01:00": {opt2, optR},
		"?venID=ven-2&eventID=ev-1":                   {},
	} {
		a := r.do(http.MethodGet, "/api/v1/opts"+query, "")
		if a.status != http.StatusOK {
			t.Errorf("%s: %s", query, a.body)
			continue
		}
		same(t, a.body, `{"items": [`+strings.Join(want, ",")+`]}`)
	}
	// Pages of one opt list the same.
	var got []client.Opt
	for cursor := ""; ; {
		page, err := r.ListOpts(t.Context(), client.OptFilter{Cancelled: true}, cursor, 2)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, page.Items...)
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	if len(got) != 5 || got[3].OptID != "gone" || got[4].OptID != "r" {
		t.Errorf("in parts they are %+v", got)
	}
	active, err := r.ListOpts(t.Context(), client.OptFilter{VENID: "ven-3", Active: true, At: noon.Add(6 * time.Hour)}, "", 0)
	if err != nil || len(active.Items) != 1 {
		t.Errorf("active are %+v, %v", active, err)
	}
	for query, status := range map[string]int{
		"?venID=VEN-1": 404, "?eventID=nothing": 404, "?venID=ven-1&eventID=nothing": 404, "?at=2026-11-24T14:00:00Z": 422, "?active=true&at=noon": 422,
		"?cursor=x": 422, "?cursor=" + url.QueryEscape("!"): 422, "?cursor=dmVu.AA": 422, "?cursor=dmVu._w": 422, "?cursor=dmVu.!": 422, "?limit=0": 422, "?ven=ven-1": 422,
	} {
		if a := r.do(http.MethodGet, "/api/v1/opts"+query, ""); a.status != status {
			t.Errorf("%s: status %d, want %d: %s", query, a.status, status, a.body)
		} else {
			a.problem(t)
		}
	}
}

func TestWhatIsNotThereIsNamed(t *testing.T) {
	r := startWithOpts(t)
	const ven, event = `there is no VEN "VEN-1"`, `there is no event "nothing"`
	for path, want := range map[string]string{
		"opts?venID=VEN-1": ven, "opts?eventID=nothing": event, "opts?venID=VEN-1&eventID=ev-1": ven, "opts?venID=ven-1&eventID=nothing": event,
		"events/ev-1/history?venID=VEN-1": ven, "events/nothing/history?venID=ven-1": event, "events/nothing/history": event,
	} {
		if a := r.do(http.MethodGet, "/api/v1/"+path, ""); a.status != 404 || a.problem(t).Detail != want {
			t.Errorf("%s: %s, want %s", path, a.body, want)
		}
	}
}

func TestP4ScheduleIsShownWithTheEvent(t *testing.T) {
	r := startWithOpts(t)
	a := r.do(http.MethodGet, "/api/v1/events/ev-1/vens?optedOutBySchedule=true", "")
	two := `{"venID": "ven-2", "delivery": "pending", "modificationNumber": null, "currentModificationNumber": 0, "sentAt": null, "acknowledgedAt": null, "opt": "none", "optAt": null,
		"scheduleOpt": {"opt": "optOut", "optID": "a"}, "responseCode": 0, "attempts": 0, "lastError": "", ` + unregistered + `}`
	same(t, a.body, `{"items": [`+two+`]}`)
	a = r.do(http.MethodGet, "/api/v1/events/ev-1/vens", "")
	same(t, a.body, `{"items": [
		{"venID": "ven-1", "delivery": "pending", "modificationNumber": null, "currentModificationNumber": 0, "sentAt": null, "acknowledgedAt": null, "opt": "optOut", "optAt": "2026-11-24T12:00:00Z",
		 "resourceOpts": {"r1": "optIn"}, "responseCode": 0, "attempts": 0, "lastError": "", `+unregistered+`}, `+two+`,
		{"venID": "ven-3", "delivery": "pending", "modificationNumber": null, "currentModificationNumber": 0, "sentAt": null, "acknowledgedAt": null, "opt": "none", "optAt": null,
		 "scheduleOpt": {"opt": "none", "optID": "", "resources": {"r1": {"opt": "optOut", "optID": "r", "deviceClasses": ["Thermostat"]}}},
		 "responseCode": 0, "attempts": 0, "lastError": "", `+unregistered+`}]}`)
	same(t, r.do(http.MethodGet, "/api/v1/events/ev-1", "").body, `{"vens": {"total": 3, "optedOutBySchedule": 1,
		"delivery": {"pending": 3, "sent": 0, "acknowledged": 0, "unreachable": 0, "refused": 0}, "opt": {"none": 2, "optIn": 0, "optOut": 1}}}`)
	vens, err := r.EventVENsOptedOutBySchedule(t.Context(), "ev-1")
	if err != nil || len(vens) != 1 || vens[0].VENID != "ven-2" {
		t.Errorf("listed are %+v, %v", vens, err)
	}
	if _, err := r.EventVENsOptedOutBySchedule(t.Context(), "nothing"); err == nil {
		t.Error("an event that there is not has VENs")
	}
}

// opts stores opts of ven-2, for ev-1 and by schedule.
func (r *rig) opts(put func(core.Tx, *core.Event, *core.VEN) error) {
	r.t.Helper()
	if err := r.reg.Update(r.t.Context(), func(tx core.Tx) error {
		e, err := tx.Event("ev-1")
		if err != nil {
			return err
		}
		v, err := tx.VEN("ven-2")
		if err != nil {
			return err
		}
		return put(tx, e, v)
	}); err != nil {
		r.t.Fatal(err)
	}
}

func TestP5OptForDeviceClassesIsShownWithTheEvent(t *testing.T) {
	r := startWithOpts(t)
	r.opts(func(tx core.Tx, e *core.Event, v *core.VEN) error {
		return tx.PutOpt(&core.Opt{VENNo: v.No, OptID: "d", EventNo: e.No, OptType: "optOut", Reason: "economic", DeviceClasses: []string{"Thermostat"}, CreatedAt: noon, ReceivedAt: noon})
	})
	same(t, r.do(http.MethodGet, "/api/v1/events/ev-1/vens?optedOutBySchedule=true", "").body, `{"items": [
		{"venID": "ven-2", "delivery": "pending", "modificationNumber": null, "currentModificationNumber": 0, "sentAt": null, "acknowledgedAt": null, "opt": "none", "optAt": null,
		 "deviceClassOpts": {"Thermostat": "optOut"}, "scheduleOpt": {"opt": "optOut", "optID": "a"}, "responseCode": 0, "attempts": 0, "lastError": "", `+unregistered+`}]}`)
}

// What an opt is for besides resources is shown wherever the opt is shown.
func TestP5OptForWhateverItNamesIsShown(t *testing.T) {
	r := startWithOpts(t)
	r.opts(func(tx core.Tx, e *core.Event, v *core.VEN) error {
		o := core.Opt{VENNo: v.No, OptID: "g", EventNo: e.No, OptType: "optOut", Reason: "economic", Resources: []string{"r1"}, DeviceClasses: []string{"Thermostat"}, CreatedAt: noon, ReceivedAt: noon,
			Others: oadr.Target{Groups: []string{"floor-2"}, TransportInterfaces: []oadr.TransportInterface{{PointOfReceipt: "x", PointOfDelivery: "y"}}}}
		s := core.Opt{VENNo: v.No, OptID: "s", OptType: "optIn", Reason: "economic", Others: oadr.Target{Parties: []string{"p"}}, Periods: []core.OptPeriod{{Start: noon}}, CreatedAt: noon, ReceivedAt: noon}
		return errors.Join(tx.PutOpt(&o), tx.PutOpt(&s), tx.Record(core.HistoryEntry{EventNo: e.No, VENNo: v.No, At: noon.Add(time.Hour), What: core.HistoryOptCreated, OptType: o.OptType, OptID: o.OptID,
			Resources: o.Resources, Others: o.Others, DeviceClasses: o.DeviceClasses}))
	})
	const target = `"target": {"resources": ["r1"], "groups": ["floor-2"], "transportInterfaces": [{"pointOfReceipt": "x", "pointOfDelivery": "y"}]}, "resources": ["r1"], "deviceClasses": ["Thermostat"]`
	same(t, r.do(http.MethodGet, "/api/v1/opts?venID=ven-2&eventID=ev-1&answers=true", "").body, `{"items": [{"venID": "ven-2", "message": "oadrCreateOpt", "optID": "g", "optType": "optOut", "reason": "economic", "eventID": "ev-1",
		"modificationNumber": 0, `+target+`, "createdAt": "2026-11-24T12:00:00Z", "receivedAt": "2026-11-24T12:00:00Z"}]}`)
	a := r.do(http.MethodGet, "/api/v1/events/ev-1/history?venID=ven-2", "")
	if want := `{"at":"2026-11-24T13:00:00Z","what":"optCreated","venID":"ven-2","modificationNumber":0,"opt":"optOut","optID":"g",` + strings.NewReplacer(`": `, `":`, `, "`, `,"`).Replace(target) + `}`; !strings.Contains(a.body, want) {
		t.Errorf("the history is %s, want %s", a.body, want)
	}
	vens, err := r.EventVENs(t.Context(), "ev-1")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := vens[1].PartOpts, []client.PartOpt{
		{Kind: "group", Name: "floor-2", DeviceClass: "Thermostat", Opt: "optOut"}, {Kind: "resource", Name: "r1", DeviceClass: "Thermostat", Opt: "optOut"},
		{Kind: "transportInterface", Name: "x to y", DeviceClass: "Thermostat", Opt: "optOut"},
	}; !slices.Equal(got, want) || vens[1].Opt != "none" || vens[1].ResourceOpts != nil {
		t.Errorf("ven-2 stands %+v, want parts %+v", vens[1], want)
	}
	if got, want := vens[1].ScheduleOpt, (&client.ScheduleOpt{Opt: "none", Parts: []client.PartOpt{{Kind: "party", Name: "p", Opt: "optIn", OptID: "s"}}}); !reflect.DeepEqual(got.Parts, want.Parts) {
		t.Errorf("its schedules say %+v, want %+v", got, want)
	}
}

// startWithOptsOfOneID has ven-2 give several opts by one optID, and another.
func startWithOptsOfOneID(t *testing.T) *rig {
	r := startWithOpts(t)
	r.opts(func(tx core.Tx, e *core.Event, v *core.VEN) error {
		hours := func(from, to int) []core.OptPeriod {
			return []core.OptPeriod{{Start: noon.Add(time.Duration(from) * time.Hour), End: noon.Add(time.Duration(to) * time.Hour)}}
		}
		for _, o := range []core.Opt{
			{OptID: "one", EventNo: e.No, OptType: "optOut"},
			{OptID: "one", EventNo: e.No, OptType: "optIn", Resources: []string{"r1"}},
			{OptID: "one", OptType: "optOut", Periods: hours(0, 1), ReplacedAt: noon.Add(time.Minute)},
			{OptID: "one", OptType: "optOut", Periods: hours(0, 48), CreatedAt: noon.Add(time.Minute)},
			{OptID: "one", OptType: "optOut", Periods: hours(100, 101), Resources: []string{"r1"}, CreatedAt: noon.Add(2 * time.Minute), Blocks: true},
			{OptID: "two", OptType: "optIn", Periods: hours(0, 48), Resources: []string{"r2"}, DeviceClasses: []string{"Thermostat"}, CreatedAt: noon.Add(3 * time.Minute)},
		} {
			if o.VENNo, o.ReceivedAt = v.No, noon; o.CreatedAt.IsZero() {
				o.CreatedAt = noon
			}
			if err := tx.PutOpt(&o); err != nil {
				return err
			}
		}
		_, err := tx.CancelOpts(v.No, "a", noon)
		return err
	})
	return r
}

// One optID may have several opts, and newer schedules replace older ones: each is
// listed, in pages of any size.
func TestP2P6OptsOfOneOptIDAreListed(t *testing.T) {
	r := startWithOptsOfOneID(t)
	for _, c := range []struct {
		filter client.OptFilter
		want   []string
	}{
		{client.OptFilter{VENID: "ven-2"}, []string{"one ev-1 optOut []", "one ev-1 optIn [r1]", "one  optOut []", "one  optOut [r1]", "two  optIn [r2]"}},
		{client.OptFilter{VENID: "ven-2", Replaced: true}, []string{"one ev-1 optOut []", "one ev-1 optIn [r1]", "one  optOut [] replaced", "one  optOut []", "one  optOut [r1]", "two  optIn [r2]"}},
		{client.OptFilter{VENID: "ven-2", Active: true, At: noon}, []string{"one ev-1 optOut []", "one ev-1 optIn [r1]", "one  optOut [] replaced", "one  optOut []", "two  optIn [r2]"}},
		{client.OptFilter{VENID: "ven-2", Active: true, At: noon.Add(time.Minute)}, []string{"one ev-1 optOut []", "one ev-1 optIn [r1]", "one  optOut []", "two  optIn [r2]"}},
	} {
		for limit := 1; limit < 7; limit++ {
			if got := r.listed(c.filter, limit); !slices.Equal(got, c.want) {
				t.Errorf("%+v in pages of %d lists\n%q, want\n%q", c.filter, limit, got, c.want)
			}
		}
	}
}

// listed are all opts that a filter chooses, read in pages.
func (r *rig) listed(f client.OptFilter, limit int) (opts []string) {
	r.t.Helper()
	for cursor := ""; ; {
		page, err := r.ListOpts(r.t.Context(), f, cursor, limit)
		if err != nil || len(page.Items) > limit {
			r.t.Fatalf("%d opts, %v", len(page.Items), err)
		}
		for _, o := range page.Items {
			line := fmt.Sprint(o.OptID, " ", o.EventID, " ", o.OptType, " ", o.Resources)
			if o.ReplacedAt != nil {
				line += " replaced"
			}
			opts = append(opts, line)
		}
		if cursor = page.Next; cursor == "" {
			return opts
		}
	}
}

// The state of an event with a VEN is what all these opts say together.
func TestP2P6OptsOfOneOptIDAddUp(t *testing.T) {
	r := startWithOptsOfOneID(t)
	vens, err := r.EventVENs(t.Context(), "ev-1")
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range vens {
		want := &client.ScheduleOpt{Opt: "optOut", OptID: "one", Resources: map[string]client.ScheduledOpt{"r1": {Opt: "none"}, "r2": {Opt: "optIn", OptID: "two", DeviceClasses: []string{"Thermostat"}}}}
		if v.VENID == "ven-2" && (v.Opt != "optOut" || !reflect.DeepEqual(v.ResourceOpts, map[string]string{"r1": "optIn"}) || !reflect.DeepEqual(v.ScheduleOpt, want)) {
			t.Errorf("it stands %+v with %+v", v, v.ScheduleOpt)
		}
	}
}

func TestHistoryOfAnEvent(t *testing.T) {
	r := startWithOpts(t)
	created := `{"at": "2026-11-24T12:00:00Z", "what": "created", "modificationNumber": 0, "by": "local"}`
	one := `{"at": "2026-11-24T12:00:00Z", "what": "optCreated", "venID": "ven-1", "modificationNumber": 0, "opt": "optIn", "optID": "b", "resources": ["r1"]}`
	two := `{"at": "2026-11-24T12:00:00Z", "what": "answered", "venID": "ven-2", "modificationNumber": 0, "opt": "optOut", "code": 460, "error": "no such signal"}`
	for query, want := range map[string]string{
		"":             created + "," + one + "," + two,
		"?venID=ven-2": created + "," + two,
		"?venID=ven-3": created,
	} {
		a := r.do(http.MethodGet, "/api/v1/events/ev-1/history"+query, "")
		if a.status != http.StatusOK {
			t.Errorf("%s: %s", query, a.body)
			continue
		}
		same(t, a.body, `{"items": [`+want+`]}`)
	}
	var got []client.HistoryEntry
	for cursor := ""; ; {
		page, err := r.EventHistory(t.Context(), "ev-1", "", cursor, 1)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, page.Items...)
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	if len(got) != 3 || got[2].Error != "no such signal" {
		t.Errorf("in parts it is %+v", got)
	}
	for path, status := range map[string]int{"ev-2/history": 404, "ev-1/history?venID=VEN-1": 404, "ev-1/history?cursor=1.2": 422, "ev-1/history?cursor=1.2.3.4.x": 422, "ev-1/history?limit=1001": 422} {
		if a := r.do(http.MethodGet, "/api/v1/events/"+path, ""); a.status != status {
			t.Errorf("%s: status %d, want %d: %s", path, a.status, status, a.body)
		} else {
			a.problem(t)
		}
	}
}

// TestE16AnswersAreListedWithOpts: a VEN's answers follow its opts and can be told from
// them. Each is listed once, however small the pages are.
func TestE16AnswersAreListedWithOpts(t *testing.T) {
	r := startWithOpts(t)
	if err := r.reg.Update(t.Context(), func(tx core.Tx) error {
		e, err := tx.Event("ev-1")
		if err != nil {
			return err
		}
		for id, opt := range map[string]string{"ven-1": "optIn", "ven-2": "optOut", "ven-3": ""} { // ven-3 has refused it
			v, err := tx.VEN(id)
			if err == nil {
				err = tx.PutAnswer(core.Answer{EventNo: e.No, VENNo: v.No, OptType: opt, OptAt: noon, Code: 200, At: noon})
			}
			if err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	same(t, r.do(http.MethodGet, "/api/v1/opts?venID=ven-2&eventID=ev-1&answers=true", "").body, `{"items": [
		{"venID": "ven-2", "message": "oadrCreatedEvent", "optID": "", "optType": "optOut", "reason": "", "eventID": "ev-1", "modificationNumber": 0,
		 "resources": [], "deviceClasses": [], "createdAt": "2026-11-24T12:00:00Z", "receivedAt": "2026-11-24T12:00:00Z"}]}`)
	want := []string{"ven-1 a", "ven-1 b", "ven-1 oadrCreatedEvent ev-1", "ven-2 a", "ven-2 oadrCreatedEvent ev-1", "ven-3 gone", "ven-3 r"}
	for limit := 1; limit <= len(want)+1; limit++ {
		var got []string
		for cursor := ""; ; {
			page, err := r.ListOpts(t.Context(), client.OptFilter{Cancelled: true, Answers: true}, cursor, limit)
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range page.Items {
				name := o.VENID + " " + o.OptID
				if o.Message == "oadrCreatedEvent" {
					name += o.Message + " " + o.EventID
				}
				got = append(got, name)
			}
			if cursor = page.Next; cursor == "" {
				break
			}
			if len(page.Items) != limit {
				t.Errorf("a page of %d has %d", limit, len(page.Items))
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("in pages of %d: %q, want %q", limit, got, want)
		}
	}
	active, err := r.ListOpts(t.Context(), client.OptFilter{EventID: "ev-1", Active: true, At: noon, Answers: true}, "", 0)
	if err != nil || len(active.Items) != 4 {
		t.Errorf("in force: %+v, %v", active, err)
	}
}
