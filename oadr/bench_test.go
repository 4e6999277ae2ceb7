package oadr_test

import (
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// What comes back for each push.
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

// What goes out for each push.
func BenchmarkAppendDistributeEvent(b *testing.B) {
	m := &oadr.DistributeEvent{RequestID: "e1-1", VTNID: "vtn", Events: []oadr.Event{simpleEvent()}}
	var raw []byte
	b.ReportAllocs()
	for b.Loop() {
		raw = oadr.Append(raw[:0], oadr.Form{}, m)
	}
	b.SetBytes(int64(len(raw)))
}
