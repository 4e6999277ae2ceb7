package core_test

import (
	"slices"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

func TestR9SeveralRequestsAtOnceAreEachServed(t *testing.T) {
	r := start(t)
	ven := r.reporting("ven1")
	m := metadata("a", 0)
	m.Requests = append(m.Requests, metadata("b", time.Minute).Requests[0], metadata("c", time.Minute).Requests[0])
	if got := must[*oadr.CreatedReport](r, ven, m).Pending; !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("pending %v", got)
	}
	for _, id := range []string{"a", "b", "c"} {
		r.takesVTNReport(ven, id)
	}
	r.settled()
	if got := r.pendingRequests(ven, "ven1"); !slices.Equal(got, []string{"b", "c"}) {
		t.Errorf("pending %v once the first is served", got)
	}
	r.clock.Move(time.Minute) // both at once
	r.takesVTNReport(ven, "b")
	r.takesVTNReport(ven, "c")
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
		r.takesVTNReport(ven, "a")
		r.settled()
	}
	r.clock.Move(time.Hour)
	r.quiet()
	if got := r.pendingRequests(ven, "ven1"); len(got) != 0 {
		t.Errorf("still pending %v", got)
	}
	m.Requests[0].ReportRequestID = "b"
	r.code(ven, m, oadr.CodeInvalidData) // it is over
	if got := r.pendingRequests(ven, "ven1"); len(got) != 0 {
		t.Errorf("pending %v", got)
	}
}

// A VEN may request a VTN report in its answer to one, and gets it at once. If it does
// so in each answer, it waits as long as for a request of its own.
func TestR9AskingInEachAnswerIsNotAnsweredWithoutPause(t *testing.T) {
	r := start(t)
	r.wire.greets.Store(true)
	ven := r.join("ven1")
	r.takesVTNReport(ven, "", metadata("a", 0).Requests...)
	r.takesVTNReport(ven, "a", metadata("b", 0).Requests...)
	r.settled()
	r.quiet()
	r.clock.Move(10 * time.Second)
	r.takesVTNReport(ven, "b")
	r.quiet()
}

// A request for VTN reports that comes while the registration ends is not kept.
func TestN9RequestOfAVENWhoseRegistrationEndsMeanwhile(t *testing.T) {
	for name, m := range map[string]oadr.Message{
		"for the VTN's reports": metadata("a", time.Hour),
		"its reports":           telemetry("ven1"),
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t)
			ven := r.reporting("ven1")
			r.between.set(func() { r.cancelRegistration("ven1") })
			r.refusesStranger(ven, m)
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
