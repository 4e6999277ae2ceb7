package oadr_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// The answer to each push.
func BenchmarkDecodeResponse(b *testing.B) {
	raw := oadr.Append(nil, oadr.Form{}, &oadr.Response{Response: ok, VENID: "ven-1"})
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := oadr.Decode(raw, oadr.DefaultLimits); err != nil {
			b.Fatal(err)
		}
	}
}

// The steady load of a VTN: ten values of a quarter of an hour.
func BenchmarkDecodeUpdateReport(b *testing.B) {
	interval := oadr.ReportInterval{Start: noon, Duration: new(15 * time.Minute), UID: "0"}
	for i := range 10 {
		interval.Payloads = append(interval.Payloads, oadr.ReportPayload{RID: fmt.Sprint("meter-", i), Value: 12.5 * float64(i), Quality: "Quality Good - Non Specific"})
	}
	raw := oadr.Append(nil, oadr.Form{}, &oadr.UpdateReport{RequestID: "req-1", VENID: "ven-1", Reports: []oadr.Report{{
		Start: noon, Intervals: []oadr.ReportInterval{interval}, ReportRequestID: "rr-1", ReportSpecifierID: "spec-1",
		ReportName: oadr.ReportTelemetryUsage, CreatedDateTime: noon,
	}}})
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if p, err := oadr.Decode(raw, oadr.DefaultLimits); err != nil || p.Invalid != nil {
			b.Fatal(err, p)
		}
	}
}

// A push.
func BenchmarkAppendDistributeEvent(b *testing.B) {
	m := &oadr.DistributeEvent{RequestID: "e1-1", VTNID: "vtn", Events: []oadr.Event{simpleEvent()}}
	var raw []byte
	b.ReportAllocs()
	for b.Loop() {
		raw = oadr.Append(raw[:0], oadr.Form{}, m)
	}
	b.SetBytes(int64(len(raw)))
}

// A push of a fan-out, for which the event is encoded once.
func BenchmarkAppendSharedEvent(b *testing.B) {
	event := simpleEvent()
	event.Share(oadr.ProfileB)
	m := &oadr.DistributeEvent{RequestID: "e1-1", VTNID: "vtn", Events: []oadr.Event{event}}
	var raw []byte
	b.ReportAllocs()
	for b.Loop() {
		raw = oadr.Append(raw[:0], oadr.Form{}, m)
	}
	b.SetBytes(int64(len(raw)))
}
