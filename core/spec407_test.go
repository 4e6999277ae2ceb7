package core_test

import (
	"slices"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// busy is a VTN with a VEN that has all that a registration can have.
type busy struct {
	*rig
	ven                        core.Peer
	answered, opted, cancelled *core.Event // answered, opted out of, and opted out of and then cancelled
	reported                   *core.ReportRequest
}

func busyRig(t *testing.T) *busy {
	t.Helper()
	r := &busy{rig: start(t)}
	r.ven = r.reporting("ven1")
	ven := r.ven
	spec := simple(venIDs("ven1")...)
	spec.Overlap = "allow"
	var events []*core.Event
	for range 3 {
		e := r.create(spec)
		p, _ := r.pushedEvents()
		r.Settle(ven, p.Token, spoken)
		r.wantDelivery(e, "ven1", core.DeliveryAcknowledged)
		events = append(events, e)
	}
	r.answered, r.opted, r.cancelled = events[0], events[1], events[2]
	r.code(ven, answer("ven1", "x", r.answered.EventID, 0, oadr.OptIn), oadr.CodeOK)
	for _, e := range []*core.Event{r.opted, r.cancelled} {
		r.optOutOf(ven, e)
	}
	wantCode(t, must[*oadr.CreatedOpt](r, ven, &oadr.CreateOpt{OptID: "s", OptType: oadr.OptOut, OptReason: "economic", VENID: "ven1", RequestID: "o", CreatedDateTime: t0,
		Schedule: true, Availability: []oadr.Available{{Start: t0, Duration: 24 * time.Hour}}}).Response, oadr.CodeOK, "o")
	r.reported = r.accepted(ven, periodic(venIDs("ven1")...))
	r.code(ven, update(r.reported, t0, 1), oadr.CodeOK)
	must[*oadr.CreatedReport](r, ven, metadata("own", time.Minute))
	r.takesVTNReport(ven, "own")
	r.settled()
	if _, err := r.CancelEvent(t.Context(), r.cancelled.EventID, "test"); err != nil {
		t.Fatal(err)
	}
	p, _ := r.pushedEvents()
	r.Settle(ven, p.Token, spoken)
	r.settled()
	return r
}

// wantEnded checks that nothing of the registration that ended holds any more.
func (r *busy) wantEnded(when string) {
	r.t.Helper()
	for _, q := range []core.OptQuery{{VENID: "ven1"}, {VENID: "ven1", Answers: true, ActiveAt: r.clock.Now()}} {
		if opts, _, err := r.Opts(r.t.Context(), q, core.OptCursor{}, 100); err != nil || len(opts) != 0 {
			r.t.Errorf("%s: its opts are %+v, %v", when, opts, err)
		}
	}
	for e, want := range map[*core.Event]string{r.answered: core.OptNone, r.opted: core.OptNone, r.cancelled: oadr.OptOut} {
		if s := r.status(e.EventID, "ven1"); s.Opt != want || s.ScheduleOpt != nil {
			r.t.Errorf("%s: its status is %+v", when, s)
		}
	}
	if offers, err := r.VENReports(r.t.Context(), "ven1"); err != nil || len(offers) != 0 {
		r.t.Errorf("%s: it offers %+v, %v", when, offers, err)
	}
	if got := r.state(r.reported.ReportRequestID); got != core.ReportEnded || len(r.data(r.reported.ReportRequestID)) != 1 {
		r.t.Errorf("%s: the request is %s, with %+v", when, got, r.data(r.reported.ReportRequestID))
	}
}

// wantHistory checks what the events' histories say about the end of the registration.
func (r *busy) wantHistory() {
	r.t.Helper()
	for e, want := range map[*core.Event][]core.HistoryKind{
		r.answered:  {core.HistoryAnswered, core.HistoryOptCancelled},
		r.opted:     {core.HistoryOptCreated, core.HistoryOptCancelled},
		r.cancelled: {core.HistoryOptCreated},
	} {
		var said []core.HistoryKind
		entries, _, err := r.EventHistory(r.t.Context(), e.EventID, "ven1", core.HistoryCursor{}, 100)
		for _, h := range entries {
			if h.What == core.HistoryAnswered || h.What == core.HistoryOptCreated || h.What == core.HistoryOptCancelled {
				said = append(said, h.What)
			}
		}
		if err != nil || !slices.Equal(said, want) {
			r.t.Errorf("the history has %v, want %v, %v", said, want, err)
		}
	}
}

// Rule 407: whoever ends a registration, all that the VEN had ends with it, opts and
// schedules included. The record stays, and a VEN that registers anew starts empty.
func TestSpec407N8N9RegistrationEndsWithAllThatWasTheVENs(t *testing.T) {
	for name, end := range map[string]func(r *rig, ven core.Peer){
		"N8 by the VEN": func(r *rig, ven core.Peer) {
			id := must[created](r, ven, &oadr.QueryRegistration{RequestID: "q"}).RegistrationID
			wantCode(t, must[canceled](r, ven, &oadr.CancelPartyRegistration{RequestID: "c", RegistrationID: id, VENID: "ven1"}).Response, oadr.CodeOK, "c")
		},
		"N9 by the operator": func(r *rig, ven core.Peer) {
			r.cancelRegistration("ven1")
			p, _ := pushed[cancelPush](r)
			r.Settle(ven, p.Token, spoken)
			r.noticeBecomes("ven1", core.NoticeTold)
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := busyRig(t)
			ven := r.ven
			end(r.rig, ven)
			r.wantEnded("ended")
			if all, _, err := r.Opts(t.Context(), core.OptQuery{VENID: "ven1", Cancelled: true}, core.OptCursor{}, 100); err != nil || len(all) != 3 {
				t.Errorf("on record are %+v, %v", all, err)
			}
			r.wantHistory()

			must[created](r, ven, registration())
			r.greeted("ven1")
			p, d := r.pushedEvents()
			if len(d.Events) != 3 {
				t.Errorf("registered anew, it is pushed %+v", d.Events)
			}
			r.Settle(ven, p.Token, spoken)
			r.settled()
			r.wantEnded("registered anew")
			wantCode(t, must[*oadr.CanceledOpt](r, ven, &oadr.CancelOpt{OptID: "s", VENID: "ven1", RequestID: "x"}).Response, oadr.CodeInvalidID, "x")
			wantCode(t, must[*oadr.CanceledOpt](r, ven, &oadr.CancelOpt{OptID: "o", VENID: "ven1", RequestID: "x"}).Response, oadr.CodeInvalidID, "x")
			r.code(ven, update(r.reported, t0, 2), oadr.CodeInvalidID)
			if got := r.pendingRequests(ven, "ven1"); len(got) != 0 {
				t.Errorf("still pending are %q", got)
			}
			// An opt for an event that was over stays.
			r.code(ven, answer("ven1", "x", r.opted.EventID, 0, oadr.OptIn), oadr.CodeOK)
			r.clock.Move(24 * time.Hour)
			end(r.rig, ven)
			if s := r.status(r.opted.EventID, "ven1"); s.Opt != oadr.OptIn {
				t.Errorf("of an event that is over its status is %+v", s)
			}
		})
	}
}
