package core_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// The record stays when a VEN is deleted. The VEN is told that its registration ended,
// and is a stranger from then on.
func TestN9DeletedVENIsToldAndWhatHappenedStays(t *testing.T) {
	r := start(t, known)
	ven := r.reporting("ven1", group("north"))
	r.join("ven2", group("north"))
	request := r.accepted(ven, periodic(venIDs("ven1")...))
	must[*oadr.UpdatedReport](r, ven, update(request, t0, 1, 2))
	r.create(at("past", time.Minute, time.Minute))
	p, _ := r.pushedEvents()
	r.Settle(ven, p.Token, core.Outcome{Result: core.Acknowledged})
	must[response](r, ven, answer("ven1", "x", "past", 0, "optOut"))
	r.settled()
	r.clock.Move(time.Hour)
	live := simple(core.Target{Kind: core.TargetGroup, Value: "north"})
	live.EventID, live.Start = "live", t0.Add(2*time.Hour)
	r.create(live)
	r.acknowledgePushes(2)
	must[response](r, ven, answer("ven1", "x", "live", 0, "optIn"))
	r.settled()
	before, entries := r.status("past", "ven1"), r.history("live", "ven1")
	old, err := r.VEN(t.Context(), "ven1")
	if err != nil {
		t.Fatal(err)
	}

	d := r.deleteVEN("ven1")
	if d.Notice == nil || d.Kept != (core.Kept{Events: 2, Opts: 0, ReportRequests: 1}) {
		t.Errorf("deleted: %+v", d)
	}
	after := r.status("past", "ven1")
	if after.VENDeletedAt.IsZero() || after.Withdrawn {
		t.Errorf("in a past event the status is %+v", after)
	}
	after.VENDeletedAt = time.Time{}
	if asJSON(after) != asJSON(before) {
		t.Errorf("in a past event the status is\n%+v, before\n%+v", after, before)
	}
	if s := r.status("live", "ven1"); !s.Withdrawn || s.Opt != "optIn" || s.Delivery != core.DeliveryAcknowledged {
		t.Errorf("in an event that was not over the status is %+v", s)
	}
	same(t, "history", lines(r.history("live", "ven1")), append(lines(entries), lines([]core.HistoryEntry{{At: r.clock.Now(), What: core.HistoryVENDeleted, VENID: "ven1"}})...))
	if got := r.data(request.ReportRequestID); len(got) != 2 {
		t.Errorf("its data is %+v", got)
	}
	if c, err := r.EventCounts(t.Context(), "live"); err != nil || c.Total != 1 {
		t.Errorf("the counts of the event that is not over are %+v, %v", c, err)
	}

	r.endsDeleted(ven, old)
	r.startsAfresh(ven, old)
}

// endsDeleted checks that a deleted VEN gets the notice of its deletion and nothing
// else, and that what it says does not count.
func (r *rig) endsDeleted(ven core.Peer, old *core.VEN) {
	r.t.Helper()
	p, m := pushed[cancelPush](r)
	if p.To != ven.Address || m.VENID != "ven1" || m.RegistrationID != old.Registration.RegistrationID {
		r.t.Errorf("pushed %+v to %s", m, p.To)
	}
	r.refusesStranger(ven, &oadr.RequestEvent{RequestID: "x", VENID: "ven1"})
	if got := must[created](r, ven, registration()); got.Response.Code != oadr.CodeNotRegistered {
		r.t.Errorf("the deleted VEN registered: %+v", got)
	}
	r.answered(ven, p, &oadr.CanceledPartyRegistration{Response: ok(p), RegistrationID: m.RegistrationID, VENID: "ven1"})
	r.noticeBecomes("ven1", core.NoticeTold)
	e := r.create(simple(core.Target{Kind: core.TargetGroup, Value: "north"}, core.Target{Kind: core.TargetAll}))
	p, _ = r.pushedEvents()
	if p.To != "ven2@example.org/client" {
		r.t.Errorf("pushed to %s", p.To)
	}
	r.Settle(peer("ven2"), p.Token, core.Outcome{Result: core.Acknowledged})
	if vens, _, err := r.EventVENs(r.t.Context(), e.EventID, "", 10); err != nil || len(vens) != 1 {
		r.t.Errorf("a later event lists %+v, %v", vens, err)
	}
	if _, err := r.CreateEvent(r.t.Context(), simple(venIDs("ven1")...), "test"); err == nil {
		r.t.Error("a deleted VEN can be targeted")
	}
}

// startsAfresh checks that the account and the venID of a deleted VEN are free, and
// that the VEN that takes them has nothing of the old one's.
func (r *rig) startsAfresh(ven core.Peer, old *core.VEN) {
	r.t.Helper()
	r.join("ven1", group("north"))
	anew, err := r.VEN(r.t.Context(), "ven1")
	if err != nil || anew.No == old.No || !anew.DeletedAt.IsZero() {
		r.t.Errorf("entered again it is %+v, %v", anew, err)
	}
	p, _ := r.pushedEvents()
	former := fmt.Sprintf("ven1 (deleted %d)", old.No)
	if s := r.status("past", former); s.Opt != "optOut" {
		r.t.Errorf("the status of the deleted VEN is %+v", s)
	}
	r.Settle(ven, core.Token{Topic: core.TopicEvents, VENNo: old.No, Rev: 1 << 40}, core.Outcome{Result: core.Refused, Code: 999})
	r.Settle(ven, p.Token, core.Outcome{Result: core.Acknowledged})
	r.settled()
	if s := r.status("past", former); s.ResponseCode == 999 {
		r.t.Error("an old token settled a push of the new VEN")
	}
}

// With open registration, a deleted VEN may register as a new one. It is told nothing
// more of the old registration.
func TestN9DeletedVENThatRegistersAnewIsANewOne(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	r.Disconnected("xmpp") // so the notice stays pending
	old, err := r.VEN(t.Context(), "ven1")
	if err != nil {
		t.Fatal(err)
	}
	r.deleteVEN("ven1")
	m := registration()
	m.VENID = "ven1"
	if got := must[created](r, ven, m); got.Response.Code != oadr.CodeOK || got.VENID != "ven1" {
		t.Fatalf("registered anew: %+v", got)
	}
	anew, err := r.VEN(t.Context(), "ven1")
	if err != nil || anew.No == old.No || anew.Registration.RegistrationID == old.Registration.RegistrationID {
		t.Errorf("it is %+v, %v", anew, err)
	}
	if got := r.outcomes(fmt.Sprintf("ven1 (deleted %d)", old.No)); !slices.Equal(got, []core.NoticeState{core.NoticeDropped}) {
		t.Errorf("its notices are %v", got)
	}
	r.Connected("xmpp")
	r.quiet()
}

// The account is the new VEN's: its presence says nothing about the deleted VEN.
func TestN9DeletedVENIsNotOnlineWithItsAccount(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	old, err := r.VEN(t.Context(), "ven1")
	if err != nil || r.Presence(old) != core.PresenceAvailable {
		t.Fatalf("it is %v, %v", r.Presence(old), err)
	}
	r.deleteVEN("ven1")
	registered := must[created](r, ven, registration())
	anew, err := r.VEN(t.Context(), registered.VENID)
	if err != nil || anew.No == old.No || r.Presence(anew) != core.PresenceAvailable {
		t.Errorf("the new VEN is %+v, %v", anew, err)
	}
	if is := r.Presence(old); is != core.PresenceUnknown {
		t.Errorf("the deleted one is %s", is)
	}
}

// A change of labels leaves events that are over as they were.
func TestE1PastEventsKeepTheirVENs(t *testing.T) {
	r := start(t)
	ven := r.join("ven1", group("north"), group("south"))
	e := simple(core.Target{Kind: core.TargetGroup, Value: "north"})
	e.EventID, e.Start, e.Duration, e.Signals[0].Intervals[0].Duration = "past", t0.Add(time.Minute), time.Minute, time.Minute
	r.create(e)
	p, _ := r.pushedEvents()
	r.Settle(ven, p.Token, core.Outcome{Result: core.Acknowledged})
	must[response](r, ven, answer("ven1", "x", "past", 0, "optOut"))
	r.settled()
	r.clock.Move(time.Hour)
	before, entries := r.status("past", "ven1"), r.history("past", "ven1")
	if _, err := r.ModifyVEN(t.Context(), "ven1", func(v *core.VEN) error { v.Groups = []string{"south"}; return nil }); err != nil {
		t.Fatal(err)
	}
	if after := r.status("past", "ven1"); asJSON(after) != asJSON(before) {
		t.Errorf("the status is\n%+v, before\n%+v", after, before)
	}
	same(t, "history", lines(r.history("past", "ven1")), lines(entries))
}

// everyRequest has one of each message that a VEN sends, about these objects.
func everyRequest(id, registrationID, reportRequestID, event string) []oadr.Message {
	again := registration()
	again.RegistrationID = registrationID
	opt := &oadr.CreateOpt{OptID: "o2", OptType: "optOut", OptReason: "economic", VENID: id, CreatedDateTime: t0, RequestID: "r", Schedule: true,
		Availability: []oadr.Available{{Start: t0, Duration: time.Hour}}}
	ofEvent := *opt
	ofEvent.Schedule, ofEvent.Availability, ofEvent.OptID, ofEvent.Event = false, nil, "o3", &oadr.QualifiedEventID{EventID: event}
	return []oadr.Message{
		&oadr.QueryRegistration{RequestID: "q"}, again, registration(),
		&oadr.CancelPartyRegistration{RequestID: "c", RegistrationID: registrationID, VENID: id},
		&oadr.RequestEvent{RequestID: "q", VENID: id}, answer(id, "x", event, 0, "optIn"), opt, &ofEvent,
		&oadr.CancelOpt{RequestID: "c", OptID: "o1", VENID: id},
		&oadr.Response{Response: oadr.EIResponse{Code: oadr.CodeOK, RequestID: "x"}, VENID: id}, telemetry(id),
		metadata("m2", time.Hour), &oadr.CancelReport{RequestID: "c", ReportRequestIDs: []string{"m1"}, VENID: id},
		&oadr.RegisteredReport{Response: oadr.EIResponse{Code: oadr.CodeOK, RequestID: "x"}, VENID: id, Requests: metadata("m3", time.Hour).Requests},
		&oadr.CreatedReport{Response: oadr.EIResponse{Code: oadr.CodeOK, RequestID: "x"}, VENID: id, Pending: []string{reportRequestID}},
		&oadr.CanceledReport{Response: oadr.EIResponse{Code: oadr.CodeOK, RequestID: "x"}, VENID: id},
		update(&core.ReportRequest{ReportRequestID: reportRequestID, SpecifierID: "telemetry"}, t0, 1), &oadr.Poll{VENID: id},
	}
}

// A VEN that is deleted at any moment of its request gets a proper answer, and nothing
// more is stored for it.
func TestG3VENDeletedInMidRequest(t *testing.T) {
	for n := range len(everyRequest("", "", "", "")) {
		for call, more := 1, true; more; call++ {
			more = false
			t.Run(fmt.Sprint(n, " before call ", call), func(t *testing.T) {
				r := start(t, known)
				ven := r.reporting("ven1")
				e := r.create(simple(venIDs("ven1")...))
				r.pushedEvents()
				must[*oadr.CreatedOpt](r, ven, &oadr.CreateOpt{OptID: "o1", OptType: "optIn", OptReason: "economic", VENID: "ven1", CreatedDateTime: t0, RequestID: "r",
					Event: &oadr.QualifiedEventID{EventID: e.EventID}})
				must[*oadr.CreatedReport](r, ven, metadata("m1", time.Hour))
				p, _ := pushed[*oadr.RegisterReport](r)
				r.answered(ven, p, &oadr.RegisteredReport{Response: ok(p), VENID: "ven1"})
				request := r.accepted(ven, periodic(venIDs("ven1")...))
				is, err := r.VEN(t.Context(), "ven1")
				if err != nil {
					t.Fatal(err)
				}
				state := func() string {
					d := r.deleteVEN("ven1") // again, which counts
					data, _, err := r.ReportData(t.Context(), request.ReportRequestID, core.ValueQuery{Limit: 100})
					offers, offersErr := r.VENReports(t.Context(), "ven1")
					return fmt.Sprint(d.Kept, len(r.history(e.EventID, "ven1")), len(data), len(offers), err, offersErr)
				}
				var before string
				r.before.set(call, func() {
					r.deleteVEN("ven1")
					before = state()
				})
				m := everyRequest("ven1", is.Registration.RegistrationID, request.ReportRequestID, e.EventID)[n]
				reply, err := r.send(ven, m)
				r.before.set(0, nil)
				if err != nil {
					t.Errorf("%s: %v", m.Kind(), err)
				}
				if more = before != ""; !more { // it had its answer before
					return
				}
				if after := state(); after != before {
					t.Errorf("%s was answered %v: stored for the VEN is %s, was %s", m.Kind(), reply, after, before)
				}
			})
		}
	}
}
