package ven_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"log"
	"sync/atomic"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
)

// A VEN that polls its VTN over HTTP, and is known there by its certificate.
func ExampleConfig_http() {
	certificate, err := tls.LoadX509KeyPair("ven1.crt", "ven1.key")
	if err != nil {
		log.Fatal(err)
	}
	v, err := ven.Dial(context.Background(), ven.Config{
		HTTP:    &ven.HTTP{URL: "https://vtn.example.org:8443/"},
		TLS:     &tls.Config{Certificates: []tls.Certificate{certificate}},
		OnEvent: func(e ven.Event) { log.Print(e) },
	})
	if err != nil {
		log.Fatal(err)
	}
	_, err = v.Register(context.Background())
	log.Print(err)
}

// A boiler that cannot take part in events for the next two hours.
func ExampleVEN_OptSchedule() {
	var v *ven.VEN // from Dial
	optID, err := v.OptSchedule(context.Background(), ven.Schedule{
		OptType: ven.OptOut,
		Reason:  "x-maintenance",
		Periods: []oadr.Available{{Start: time.Now(), Duration: 2 * time.Hour}},
	})
	fmt.Println(optID, err)
}

// A meter that knows the present demand of one boiler.
type boiler struct{ ven.Meter }

func (boiler) Read(_ context.Context, _ string, rIDs []string, _ time.Time, _ time.Duration) ([]oadr.ReportPayload, error) {
	var values []oadr.ReportPayload
	for _, rID := range rIDs {
		values = append(values, oadr.ReportPayload{RID: rID, Value: 4.2})
	}
	return values, nil
}

// A VEN that offers to report the demand of a boiler, in kW, at most once a minute.
func ExampleReport() {
	_ = ven.Config{
		JID: "ven1@example.org",
		Reports: []ven.Report{{
			SpecifierID: "usage",
			Name:        oadr.ReportTelemetryUsage,
			Duration:    time.Hour,
			Points: []oadr.ReportDescription{{
				RID:          "demand",
				ReportType:   "demand",
				ReadingType:  "Direct Read",
				Unit:         &oadr.Unit{Type: "powerReal", Scale: "k", Hertz: 50, Voltage: 230, AC: true},
				SamplingRate: &oadr.SamplingRate{MinPeriod: time.Minute, MaxPeriod: time.Hour},
			}},
		}},
		Meter: boiler{},
	}
}

func ExampleEvent_String() {
	e := ven.Event{Event: oadr.Event{
		Descriptor:   oadr.EventDescriptor{EventID: "heat-1", Status: ven.StatusFar},
		ActivePeriod: oadr.ActivePeriod{Start: time.Date(2026, 11, 24, 13, 0, 0, 0, time.UTC), Duration: time.Hour},
		Signals:      []oadr.EventSignal{{Name: "SIMPLE", Type: "level", Intervals: []oadr.Interval{{Duration: time.Hour, Value: 1}}}},
	}}
	fmt.Println(e)
	// Output: event heat-1, modification 0, far: 2026-11-24T13:00:00Z for 1h0m0s, SIMPLE level 1 for 1h0m0s
}

// A VEN whose program counts the pushes of events.
func ExampleConfig_wrapHandler() {
	var pushes atomic.Int64
	_ = ven.Config{
		JID: "ven1@example.org",
		WrapHandler: func(_ *ven.VEN, next ven.Handler) ven.Handler {
			return func(w ven.Responder, r ven.Request) {
				if _, ok := r.Message.(*oadr.DistributeEvent); ok {
					pushes.Add(1)
				}
				next(w, r)
			}
		},
	}
}
