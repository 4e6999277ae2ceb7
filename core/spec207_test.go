package core_test

import (
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// bare is an eiResponse 200 with the requestID that some VENs send: none.
var bare = oadr.EIResponse{Code: oadr.CodeOK}

// Every message of a VEN may have an empty requestID, or none; the answer repeats it as
// empty. The VTN's requestIDs are never empty (rule G1).
func TestSpec207Spec303EmptyRequestIDComesBackEmpty(t *testing.T) {
	r := start(t)
	ven := r.reporting("ven1")
	e := r.create(simple(venIDs("ven1")...))
	r.pushedEvents()
	request := r.accepted(ven, periodic(venIDs("ven1")...))
	id := must[*oadr.CreatedPartyRegistration](r, ven, &oadr.QueryRegistration{}).RegistrationID
	for _, m := range []oadr.Message{
		&oadr.QueryRegistration{},
		&oadr.CreatePartyRegistration{VENID: "ven1", RegistrationID: id, ProfileName: "2.0b", TransportName: "xmpp"},
		&oadr.RequestEvent{VENID: "ven1"},
		answer("ven1", "", e.EventID, 0, oadr.OptIn),
		&oadr.CreateOpt{OptID: "o", OptType: oadr.OptOut, OptReason: "economic", VENID: "ven1", CreatedDateTime: t0, Event: &oadr.QualifiedEventID{EventID: e.EventID}},
		&oadr.CancelOpt{OptID: "o", VENID: "ven1"},
		&oadr.UpdateReport{VENID: "ven1", Reports: update(request, t0, 1).Reports},
		&oadr.CreateReport{VENID: "ven1", Requests: metadata("r", 0).Requests},
		&oadr.CancelReport{VENID: "ven1", ReportRequestIDs: []string{"r"}},
		&oadr.CreatedReport{Response: bare, VENID: "ven1", Pending: []string{request.ReportRequestID}},
		&oadr.CanceledReport{Response: bare, VENID: "ven1", Pending: []string{request.ReportRequestID}},
		&oadr.UpdatedReport{Response: bare, VENID: "ven1", Cancel: &oadr.CancelReport{ReportRequestIDs: []string{"none"}}},
		&oadr.RegisteredReport{Response: bare, VENID: "ven1"},
		&oadr.RegisterReport{VENID: "ven1", Reports: telemetry("ven1").Reports},
		&oadr.CanceledPartyRegistration{Response: bare, VENID: "ven1"},
		&oadr.CancelPartyRegistration{VENID: "ven1", RegistrationID: id},
	} {
		empty := string(oadr.Append(nil, oadr.Form{}, m))
		missing := strings.ReplaceAll(empty, `<requestID xmlns="`+oadr.NSpyld+`"/>`, "")
		missing = strings.ReplaceAll(missing, `<requestID/>`, "") // where the namespace is declared around it
		if strings.Contains(missing, "requestID") || !strings.Contains(empty, "requestID") {
			t.Fatalf("%s\n%s", empty, missing)
		}
		raws := []string{missing, empty}
		if m.Kind() == oadr.KindCancelOpt || m.Kind() == oadr.KindCancelReport || m.Kind() == oadr.KindCancelPartyRegistration {
			raws = raws[:1] // it is done then
		}
		for _, raw := range raws {
			reply, err := r.sendRaw(ven, []byte(raw))
			if err != nil {
				t.Fatalf("%s: %v", m.Kind(), err)
			}
			got := replyOf(reply)
			if got == nil || got.Code != oadr.CodeOK || got.RequestID != "" {
				t.Errorf("%s: answered %+v", m.Kind(), got)
			}
			if d, ok := reply.(*oadr.DistributeEvent); ok && d.RequestID == "" {
				t.Error("the VTN's requestID is empty")
			}
		}
	}
}

// bareVEN is a VTN with a VEN that answers pushes by messages without requestID.
type bareVEN struct {
	*rig
	ven core.Peer
}

func (r *bareVEN) createEvent(id string) *core.Event {
	r.t.Helper()
	s := simple(venIDs("ven1")...)
	s.EventID, s.Overlap = id, "allow"
	return r.create(s)
}

// isSent checks that the push of an event has no outcome yet.
func (r *bareVEN) isSent(e *core.Event) {
	r.t.Helper()
	if got := r.status(e.EventID, "ven1").Delivery; got != core.DeliverySent {
		r.t.Errorf("the push of event %s is %s", e.EventID, got)
	}
}

func (r *bareVEN) say(m oadr.Message) {
	r.t.Helper()
	if _, err := r.send(r.ven, m); err != nil {
		r.t.Fatal(err)
	}
}

// answerTheRest has the VEN answer the cancellation of a report request, the VTN's
// reports and the cancellation of its registration.
func (r *bareVEN) answerTheRest(id string) {
	r.t.Helper()
	if _, err := r.CancelReport(r.t.Context(), id, core.ReportCancellation{}, "test"); err != nil {
		r.t.Fatal(err)
	}
	pushed[*oadr.CancelReport](r)
	r.say(&oadr.CanceledReport{Response: bare, VENID: "ven1"})
	r.until(id, core.ReportCancelled)
	r.wire.greets.Store(true)
	if err := r.PublishReports(r.t.Context(), "ven1", "test"); err != nil {
		r.t.Fatal(err)
	}
	pushed[*oadr.RegisterReport](r)
	r.say(&oadr.RegisteredReport{Response: bare, VENID: "ven1"})
	r.settled()
	r.clock.Move(core.Lease + 2*core.BackoffFirst)
	r.quiet()
	r.cancelRegistration("ven1")
	pushed[cancelPush](r)
	r.say(&oadr.CanceledPartyRegistration{Response: bare})
	r.noticeBecomes("ven1", core.NoticeTold)
}

// An answer without a requestID is matched to a push in flight if the message kinds
// correspond, even if more than one push is in flight.
func TestSpec207Spec303AnswersWithoutRequestIDSettleWhatFits(t *testing.T) {
	r := &bareVEN{rig: start(t)}
	r.ven = r.reporting("ven1")
	ok := &oadr.Response{Response: bare, VENID: "ven1"}

	// An event and a report request are in flight.
	e := r.createEvent("one")
	r.pushedEvents()
	id := r.request(periodic(venIDs("ven1")...))[0].ReportRequestID
	pushed[*oadr.CreateReport](r)
	r.say(&oadr.CreatedReport{Response: bare, Pending: []string{id}, VENID: "ven1"})
	r.until(id, core.ReportActive)
	r.isSent(e)
	r.say(ok)
	r.wantDelivery(e, "ven1", core.DeliveryAcknowledged)

	// A refusal concerns what is in flight and nothing else.
	refused := r.request(periodic(venIDs("ven1")...))[0].ReportRequestID
	pushed[*oadr.CreateReport](r)
	r.say(&oadr.CreatedReport{Response: oadr.EIResponse{Code: oadr.CodeReport}, VENID: "ven1"})
	r.until(refused, core.ReportRefused)
	if got := r.state(id); got != core.ReportActive {
		t.Errorf("the other request is %s", got)
	}

	// Two pushes that the same kind of message answers are answered in order.
	r.reregister("ven1")
	pushed[reregisterPush](r)
	r.clock.Move(time.Second)
	e = r.createEvent("two")
	r.pushedEvents()
	r.say(ok)
	r.noticeBecomes("ven1", core.NoticeTold)
	r.isSent(e)
	r.say(ok)
	r.wantDelivery(e, "ven1", core.DeliveryAcknowledged)

	// The answers to events settle the push once every event of it has one.
	r.createEvent("three")
	r.pushedEvents()
	r.say(answer("ven1", "", "one", 0, oadr.OptIn)) // an old one
	r.say(answer("ven1", "", "three", 0, oadr.OptIn))
	r.clock.Move(core.Lease + 2*core.BackoffFirst)
	if _, d := r.pushedEvents(); len(d.Events) != 3 {
		t.Errorf("pushed again: %+v", d)
	}
	r.say(answer("ven1", "", "two", 0, oadr.OptIn))
	r.settled()
	r.clock.Move(core.Lease + 2*core.BackoffFirst)
	r.quiet()
	r.answerTheRest(id)
}

// The result of an IQ answers that IQ, whatever its requestID.
func TestSpec207ResultWithoutRequestIDAnswersItsPush(t *testing.T) {
	r := start(t)
	ven := r.reporting("ven1")
	id := r.request(periodic(venIDs("ven1")...))[0].ReportRequestID
	p, _ := pushed[*oadr.CreateReport](r)
	r.answered(ven, p, &oadr.CreatedReport{Response: bare, VENID: "ven1"})
	r.until(id, core.ReportActive)
	if _, err := r.CancelReport(t.Context(), id, core.ReportCancellation{}, "test"); err != nil {
		t.Fatal(err)
	}
	p, _ = pushed[*oadr.CancelReport](r)
	r.answered(ven, p, &oadr.CanceledReport{Response: bare, VENID: "ven1", Pending: []string{id}})
	r.until(id, core.ReportCancelled)
	both := r.request(periodic(venIDs("ven1")...), periodic(venIDs("ven1")...)) // in one push
	p, _ = pushed[*oadr.CreateReport](r)
	r.answered(ven, p, &oadr.CreatedReport{Response: oadr.EIResponse{Code: oadr.CodeReport}, VENID: "ven1", Pending: []string{both[0].ReportRequestID}})
	r.until(both[0].ReportRequestID, core.ReportActive)
	r.until(both[1].ReportRequestID, core.ReportRefused)
}
