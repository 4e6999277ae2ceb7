package core_test

import (
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// The work of the database for a request counts as the request's, even if it is stored
// together with others, and for strangers, too.
func TestWorkOfRequestsIsCounted(t *testing.T) {
	r := start(t)
	ven := r.reporting("ven1")
	request := r.accepted(ven, periodic(venIDs("ven1")...))
	r.create(at("e", time.Hour, time.Hour))
	for _, c := range []struct {
		from core.Peer
		m    oadr.Message
	}{
		{ven, answer("ven1", "x", "e", 0, "optIn")},
		{ven, &oadr.RequestEvent{RequestID: "q", VENID: "ven1"}},
		{ven, schedule("o", 3)},
		{ven, update(request, t0, 1, 2, 3)},
		{ven, telemetry("ven1")},
		{peer("stranger"), &oadr.Poll{VENID: "none"}},
	} {
		var work core.Work
		r.Handle(core.Counting(t.Context(), &work), c.from, &oadr.Payload{Message: c.m}) //nolint:errcheck // a stranger gets one
		if work.Took() <= 0 {
			t.Errorf("%s of %s counts as no work", c.m.Kind(), c.from.Identity)
		}
	}
}
