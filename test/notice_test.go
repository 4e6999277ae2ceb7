package test

import (
	"slices"
	"strings"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// TestN9OperatorCancelsARegistration: a VEN that is online is notified at once.
func TestN9OperatorCancelsARegistration(t *testing.T) {
	s := start(t)
	v := s.holder()
	other := s.join()
	id := venID(v.VEN)
	e := s.create(event(id, venID(other)))
	v.push(e.EventID + " 0 far")
	s.delivery(e.EventID, id, "acknowledged")
	held, _ := v.Registration()

	n := runJSON[client.Notice](s, "ven", "cancel", id)
	if n.Kind != "cancel" || n.RegistrationID != held.RegistrationID || n.RequestID == "" {
		t.Errorf("the notice is %+v", n)
	}
	s.unregistered(v.VEN)
	if told := s.became(id, "cancel", "told"); told.ResponseCode != int(oadr.CodeOK) || told.ToldAt == nil || told.EndedAt == nil {
		t.Errorf("the notice became %+v", told)
	}
	if shown, err := s.GetVEN(t.Context(), id); err != nil || shown.Registration != nil {
		t.Errorf("the operator sees %+v, %v", shown, err)
	}
	s.logged("the VEN was told about its registration")

	// It is a stranger, and told nothing more.
	ask(t, v.VEN, "", &oadr.RequestEvent{RequestID: "x", VENID: id}).expectOutcome(t, "oadrDistributeEvent 463")
	s.cancel(e.EventID)
	s.delivery(e.EventID, venID(other), "acknowledged")
	if err := roundTrip(t, v.VEN); err != nil {
		t.Fatal(err)
	}
	select {
	case m := <-v.pushes:
		t.Errorf("pushed after the cancellation: %+v", m)
	default:
	}
	if c := s.run("ven", "cancel", id); c.status != 1 || !strings.Contains(c.stderr, "not registered") {
		t.Errorf("cancelled again: %d, %s", c.status, c.stderr)
	}
	if lines := s.table("ven", "show", id); !slices.Contains(lines[len(lines)-1], "told") {
		t.Errorf("shown as %q", lines)
	}

	// It comes back as who it was, under another registrationID.
	again, err := v.Register(t.Context())
	if err != nil || again.VENID != id || again.RegistrationID == held.RegistrationID {
		t.Errorf("registered again as %+v, %v", again, err)
	}
}

// TestN9CancellationReachesAVENThatWasAway, even if the VTN crashes meanwhile.
func TestN9CancellationReachesAVENThatWasAway(t *testing.T) {
	s := start(t)
	a := s.account()
	held := s.leave(a)
	before := s.counters()
	if _, err := s.CancelRegistration(t.Context(), held.VENID); err != nil {
		t.Fatal(err)
	}
	s.grows(before, `vtn_pushes_total{result="unreachable",transport="xmpp"}`)
	s.became(held.VENID, "cancel", "pending")
	s.vtn.Kill()
	s.restart()
	s.became(held.VENID, "cancel", "pending")
	v := s.comeBack(a, held)
	s.unregistered(v)
	s.became(held.VENID, "cancel", "told")

	// One that has lost its registration says 452, and that is an answer, too.
	a = s.account()
	held = s.leave(a)
	before = s.counters()
	if _, err := s.CancelRegistration(t.Context(), held.VENID); err != nil {
		t.Fatal(err)
	}
	s.grows(before, `vtn_pushes_total{result="unreachable",transport="xmpp"}`)
	s.connect(s.config(a))
	if told := s.became(held.VENID, "cancel", "told"); told.ResponseCode != int(oadr.CodeInvalidID) {
		t.Errorf("the notice became %+v", told)
	}
}

// TestN10RequestForReregistration: the VEN registers again, and keeps its IDs.
func TestN10RequestForReregistration(t *testing.T) {
	s := start(t)
	v := s.join()
	held, _ := v.Registration()
	if n := runJSON[client.Notice](s, "ven", "reregister", held.VENID); n.Kind != "reregister" || n.Outcome != "pending" {
		t.Errorf("the notice is %+v", n)
	}
	n := s.became(held.VENID, "reregister", "registered")
	if n.EndedAt == nil {
		t.Errorf("the notice became %+v", n)
	}
	s.eventually("the VEN to hold its registration", func() bool { now, ok := v.Registration(); return ok && now == held })

	// One that is away is asked when it comes back.
	a := s.account()
	gone := s.leave(a)
	before := s.counters()
	if _, err := s.RequestReregistration(t.Context(), gone.VENID); err != nil {
		t.Fatal(err)
	}
	s.grows(before, `vtn_pushes_total{result="unreachable",transport="xmpp"}`)
	s.comeBack(a, gone)
	s.became(gone.VENID, "reregister", "registered")
	page, err := s.ListNotices(t.Context(), gone.VENID, "", 0)
	if err != nil || len(page.Items) != 1 {
		t.Errorf("on record are %+v, %v", page, err)
	}
}
