package test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// TestH10KilledBetweenHandOutAndAnswer: an event that a VEN has, and has not answered, is offered again after a kill -9, built anew.
// One whose answer comes after the kill is offered no more.
func TestH10KilledBetweenHandOutAndAnswer(t *testing.T) {
	for _, w := range []way{overPull, overPush} {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			s := startWay(t, w)
			p := s.puppet()
			e := s.create(event(p.id)).EventID
			p.expectEvents(e + " 0 far") // and says nothing
			s.vtn.Kill()
			s.restart()
			s.patchEvent(e, patch{"comment": "changed"})
			q := p.expect(oadr.KindDistributeEvent)
			for summary(q.Message)[0] == e+" 0 far" { // it was due again before the event changed
				q = p.expect(oadr.KindDistributeEvent)
			}
			if got := summary(q.Message); !slices.Equal(got, []string{e + " 1 far"}) {
				t.Errorf("pushed %q after the change", got)
			}
			q.ok()
			s.delivery(e, p.id, "acknowledged")

			later := s.create(event(p.id)).EventID
			q = p.expect(oadr.KindDistributeEvent)
			s.vtn.Kill()
			s.restart()
			if w.push() { // its answer went with the connection
				q = p.expect(oadr.KindDistributeEvent)
			}
			q.ok()
			s.delivery(later, p.id, "acknowledged")
			p.nothing("after it has answered")
		})
	}
}

// TestH8H10H20H21OfflineVENsCatchUp: ten changes while a VEN was away are one message, which has the last of them. A VEN that
// registers again is told at once.
func TestH8H10H20H21OfflineVENsCatchUp(t *testing.T) {
	for _, w := range []way{overPull, overPush} {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			s := startWay(t, w)
			p := s.puppet()
			l := p.line.(*httpLine)
			l.hangUp()
			kept := s.create(event(p.id)).EventID
			later := event(p.id)
			later.Start = later.Start.Add(time.Hour)
			gone := s.create(later).EventID
			for i := range 9 {
				s.patchEvent(kept, patch{"comment": fmt.Sprint(i)})
			}
			s.cancel(gone)
			if w.push() {
				// A push that is under way when the VEN registers would be repeated: the VEN may have lost what it was told before.
				s.eventually("the VTN to have tried all in vain, and to wait", func() bool {
					now := s.status(gone, p.id)
					return strings.HasPrefix(now.Reason, "the last push failed") && now.NextAttempt != nil && now.NextAttempt.After(time.Now().Add(5*time.Second))
				})
			}
			l.pickUp()
			p.register(withVENID(p.id), withRegistrationID(p.registrationID)) // as VENs do when they start
			p.expectEvents(kept+" 9 far", gone+" 1 cancelled").taken()
			s.delivery(kept, p.id, "acknowledged")
			s.delivery(gone, p.id, "acknowledged")
			p.nothing("after it has answered")
		})
	}
}

// TestH14H16H21TransportChange: a VEN that registers again over another transport is told there what it had not been told, and
// nothing more over the former. The operator entered its certificate beside its account.
func TestH14H16H21TransportChange(t *testing.T) {
	s := startBoth(t, overXMPP)
	before := s.puppet()
	s.way = overPull
	after := s.newcomer()
	l := after.line.(*httpLine)
	s.patchVEN(before.id, patch{"identities": []client.Identity{
		{Transport: "xmpp", Identity: before.JID().Bare().String()}, {Transport: "simpleHttp", Identity: l.fingerprint()},
	}})
	told := s.create(event(before.id)).EventID
	before.expectEvents(told + " 0 far").ok()
	s.delivery(told, before.id, "acknowledged")
	before.Abort()
	later := event(before.id)
	later.Start = later.Start.Add(time.Minute) // the order in a message is by start
	untold := s.create(later).EventID
	s.delivery(untold, before.id, "unreachable")

	moves := func(way string) {
		t.Helper()
		after.register(withVENID(before.id), withRegistrationID(before.registrationID))
		if after.id != before.id || after.registrationID != before.registrationID {
			t.Errorf("registered again as %s under %s", after.id, after.registrationID)
		}
		shown, err := s.GetVEN(t.Context(), before.id)
		if err != nil || shown.Registration.Transport != oadr.TransportSimpleHTTP || shown.Registration.HTTPPull != (way == "pull") {
			t.Errorf("%s: the operator sees %+v, %v", way, shown.Registration, err)
		}
	}
	moves("pull")
	after.expectEvents(told+" 0 far", untold+" 0 far").ok()
	s.delivery(untold, before.id, "acknowledged")

	s.cancel(told)
	l.listen(&s.vens)
	moves("push")
	after.expectEvents(told+" 1 cancelled", untold+" 0 far").ok()
	s.delivery(told, before.id, "acknowledged")

	s.cancel(untold)
	after.expect(oadr.KindDistributeEvent).ok()
	s.delivery(untold, before.id, "acknowledged")
}

// TestH20OneVENHangs: a VEN that takes a push and never answers, one that never takes one, and one that is not there cost the
// others nothing, whether those are pushed to or poll.
func TestH20OneVENHangs(t *testing.T) {
	s := startBoth(t, overPush)
	hanging := s.puppet()
	gone := s.puppet()
	gone.line.(*httpLine).hangUp()
	others := []*puppet{}
	for _, w := range []way{overPush, overPull, overXMPP, overPush} {
		s.way = w
		others = append(others, s.puppet())
	}
	for range 3 {
		spec := event()
		spec.Targets.All = true
		e := s.create(spec).EventID
		for _, p := range others {
			p.expect(oadr.KindDistributeEvent).taken()
			s.delivery(e, p.id, "acknowledged")
		}
		for _, p := range []*puppet{hanging, gone} {
			if got := s.status(e, p.id).Delivery; got == "acknowledged" {
				t.Errorf("to %s it is %s", p.id, got)
			}
		}
	}
	hanging.expect(oadr.KindDistributeEvent)
}

// TestH10FleetsSurviveKills: VENs that poll and VENs that are pushed to hold what the operator decided, after the VTN was killed in
// the middle of it, and again.
func TestH10FleetsSurviveKills(t *testing.T) {
	for _, w := range []way{overPull, overPush} {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			killTheVTN(t, startWay(t, w), 2)
		})
	}
}
