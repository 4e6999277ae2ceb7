package oadr_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// TestSharedEventIsEncodedAsAnyOther, in each form and with any target.
func TestSharedEventIsEncodedAsAnyOther(t *testing.T) {
	plain := simpleEvent()
	plain.Baseline = &oadr.EventBaseline{
		Start: plain.ActivePeriod.Start, Duration: time.Hour, ID: "b1", Name: "yesterday",
		Intervals: []oadr.Interval{{Duration: time.Hour, UID: "0", Value: 3}},
	}
	shared := plain
	shared.Share(oadr.ProfileB)
	for _, form := range []oadr.Form{{Root: oadr.RootPayload}, {Root: oadr.RootSignedObject}, {Root: oadr.RootMessage}} {
		for _, target := range []oadr.Target{{}, {VENs: []string{"ven-1"}}, {Groups: []string{"a", "b & c"}, Resources: []string{"r"}, Parties: []string{"p"}}} {
			plain.Target, shared.Target = target, target
			encode := func(events ...oadr.Event) []byte {
				return oadr.Append(nil, form, &oadr.DistributeEvent{RequestID: "e1-1", VTNID: "vtn", Events: events})
			}
			if want, got := encode(plain, plain), encode(shared, plain); !bytes.Equal(want, got) {
				t.Errorf("%v, %+v:\n%s\nis not\n%s", form, target, got, want)
			}
			if want, got := encode(plain, plain), encode(shared, shared); !bytes.Equal(want, got) {
				t.Errorf("%v, %+v, twice:\n%s\nis not\n%s", form, target, got, want)
			}
		}
	}
}
