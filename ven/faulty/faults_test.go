package faulty

import (
	"slices"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
)

// What VENs with faults do on the wire is tested in package ven, beside a server.

// TestFaultsAppliedFirstSeeARequestFirst: those that leave it alone pass it on.
func TestFaultsAppliedFirstSeeARequestFirst(t *testing.T) {
	var saw []string
	says := func(who string, r Reply) Faults {
		return Faults{OnPush: func(*oadr.DistributeEvent) Reply { saw = append(saw, who); return r }}
	}
	for _, c := range []struct {
		first, second Reply
		want          []string
	}{
		{Reply{}, Reply{}, []string{"first", "second", "VEN"}},
		{Reply{}, Reply{How: Ignore}, []string{"first", "second"}},
		{Reply{How: Ignore}, Reply{}, []string{"first"}},
	} {
		saw = nil
		var cfg ven.Config
		says("first", c.first).Apply(&cfg)
		says("second", c.second).Apply(&cfg)
		handle := cfg.WrapHandler(nil, func(ven.Responder, ven.Request) { saw = append(saw, "VEN") })
		handle(nil, ven.Request{Message: &oadr.DistributeEvent{}})
		if !slices.Equal(saw, c.want) {
			t.Errorf("after %+v and %+v it was seen by %q, want %q", c.first, c.second, saw, c.want)
		}
	}
}
