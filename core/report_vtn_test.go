package core_test

import (
	"slices"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// takesOwn has the VEN take the VTN's report for one of its requests.
func (r *rig) takesOwn(ven core.Peer, id string, asks ...oadr.ReportRequest) {
	r.t.Helper()
	p, m := pushed[*oadr.RegisterReport](r)
	if m.ReportRequestID != id {
		r.t.Fatalf("told %+v, want request %q", m, id)
	}
	r.answered(ven, p, &oadr.RegisteredReport{Response: ok(p), Requests: asks, VENID: m.VENID})
}

// ownPending is what a VEN learns to be open of its requests: it cancels one
// that there is not.
func (r *rig) ownPending(ven core.Peer, venID string) []string {
	r.t.Helper()
	return must[*oadr.CanceledReport](r, ven, &oadr.CancelReport{RequestID: "x", VENID: venID, ReportRequestIDs: []string{"never"}}).Pending
}

func TestR9SeveralRequestsAtOnceAreEachServed(t *testing.T) {
	r := start(t)
	ven := r.reporting("ven1")
	m := metadata("a", 0)
	m.Requests = append(m.Requests, metadata("b", time.Minute).Requests[0], metadata("c", time.Minute).Requests[0])
	if got := must[*oadr.CreatedReport](r, ven, m).Pending; !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("pending %v", got)
	}
	for _, id := range []string{"a", "b", "c"} {
		r.takesOwn(ven, id)
	}
	r.settled()
	if got := r.ownPending(ven, "ven1"); !slices.Equal(got, []string{"b", "c"}) {
		t.Errorf("pending %v once the first is served", got)
	}
	r.clock.Move(time.Minute) // both at once
	r.takesOwn(ven, "b")
	r.takesOwn(ven, "c")
	r.quiet()
}

func TestR9ReportsEndWithTheIntervalTheyWereAskedFor(t *testing.T) {
	r := start(t)
	ven := r.reporting("ven1")
	m := metadata("a", time.Minute)
	m.Requests[0].Specifier.ReportInterval = &oadr.Period{Start: t0, Duration: 150 * time.Second}
	r.code(ven, m, oadr.CodeOK)
	for i := range 3 {
		if i > 0 {
			r.clock.Move(time.Minute)
		}
		r.takesOwn(ven, "a")
		r.settled()
	}
	r.clock.Move(time.Hour)
	r.quiet()
	if got := r.ownPending(ven, "ven1"); len(got) != 0 {
		t.Errorf("still pending %v", got)
	}
	m.Requests[0].ReportRequestID = "b"
	r.code(ven, m, oadr.CodeInvalidData) // it is over
	if got := r.ownPending(ven, "ven1"); len(got) != 0 {
		t.Errorf("pending %v", got)
	}
}

// A VEN may ask in its answer to the VTN's own report, and is told at once. One
// that asks in each answer to what it asked for waits as if it asked by itself.
func TestR9AskingInEachAnswerIsNotAnsweredWithoutPause(t *testing.T) {
	r := start(t)
	r.wire.greets.Store(true)
	ven := r.join("ven1")
	r.takesOwn(ven, "", metadata("a", 0).Requests...)
	r.takesOwn(ven, "a", metadata("b", 0).Requests...)
	r.settled()
	r.quiet()
	r.clock.Move(10 * time.Second)
	r.takesOwn(ven, "b")
	r.quiet()
}

// What a VEN asks while its registration ends is not kept.
func TestN9RequestOfAVENWhoseRegistrationEndsMeanwhile(t *testing.T) {
	for name, m := range map[string]oadr.Message{
		"for the VTN's reports": metadata("a", time.Hour),
		"its own reports":       telemetry("ven1"),
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t)
			ven := r.reporting("ven1")
			r.between.set(func() { r.cancelRegistration("ven1") })
			r.strange(ven, m)
			record, err := r.VEN(t.Context(), "ven1")
			if err != nil || record.Registration != nil {
				t.Fatal(record, err)
			}
			var own []core.VTNReport
			if err := r.reg.View(t.Context(), func(reader core.Reader) (err error) {
				own, err = reader.VTNReports([]int64{record.No})
				return err
			}); err != nil || len(own) != 0 {
				t.Errorf("kept %+v, %v", own, err)
			}
			if offers, err := r.VENReports(t.Context(), "ven1"); err != nil || len(offers) != 0 {
				t.Errorf("kept %+v, %v", offers, err)
			}
		})
	}
}
