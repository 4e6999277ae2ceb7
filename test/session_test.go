package test

import (
	"fmt"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
	"github.com/vtn-xmpp/vtn-xmpp/ven/faulty"
)

// streamManagement configures a server to keep the session of a client whose connection has died, with the stanzas that it has not
// acknowledged, as Debian's configuration does (XEP-0198).
var streamManagement = rig.EjabberdOptions{Open: true, Replace: []string{"\n  mod_disco: {}\n", "\n  mod_disco: {}\n  mod_stream_mgmt: {}\n"}}

// TestVENsThatReconnectTogetherAreNotParked: the connections of many VENs die with a push in each. The VENs log in again with the
// same resource, and send nothing but presence. A server that manages streams returns the pushes after it has announced the new
// sessions, and then announces that the old addresses left; one that does not says nothing about the lost pushes.
func TestVENsThatReconnectTogetherAreNotParked(t *testing.T) {
	t.Parallel()
	e := ownServerWith(t, streamManagement)
	s := startAt(t, e, e.ComponentAddr)
	for _, managed := range []bool{true, false} {
		t.Run(fmt.Sprintf("managed %v", managed), func(t *testing.T) {
			const crowd = 100
			s := s.in(t)
			accounts := s.accounts(crowd)
			together := func(what string, do func(a rig.Account) error) {
				t.Helper()
				failed := make(chan error, crowd)
				for _, a := range accounts {
					go func() { failed <- do(a) }()
				}
				for range accounts {
					if err := next(t, what, failed); err != nil {
						t.Fatal(err)
					}
				}
			}
			var ids []string
			for _, a := range accounts {
				c := s.config(a)
				c.JID += "/ven"
				v := s.connect(c)
				r := s.greeted(v)
				if err := v.Close(t.Context()); err != nil {
					t.Fatal(err)
				}
				ids = append(ids, r.VENID)
			}
			together("login", func(a rig.Account) error { return s.dead(a, managed) })
			ev := s.create(event(ids...))
			s.eventually("a push in each connection", func() bool { return s.count(ev, "sent") == crowd })
			began := time.Now()
			together("the push again", s.back)
			s.eventually("all to hold the event", func() bool { return s.count(ev, "acknowledged") == crowd })
			t.Logf("%d VENs had the event again %v after they began to log in", crowd, time.Since(began).Round(time.Millisecond))
		})
	}
}

// TestX5AnotherClientTakesNoEvents: another client logs in to the VEN's account, sends presence, and answers what it receives in
// ways that are not OpenADR.
func TestX5AnotherClientTakesNoEvents(t *testing.T) {
	s := start(t)
	for name, reply := range map[string]faulty.Reply{
		"an empty result": {How: faulty.Empty},
		"not implemented": {How: faulty.Fail, Type: "cancel", Condition: "feature-not-implemented"},
		"not available":   {How: faulty.Fail, Type: "cancel", Condition: "service-unavailable"},
		"forbidden":       {How: faulty.Fail, Type: "auth", Condition: "forbidden"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := s.in(t)
			a := s.account()
			pushes := map[string]chan *oadr.DistributeEvent{}
			config := func(resource string, reply faulty.Reply) ven.Config {
				c := s.config(a)
				c.JID += "/" + resource
				c.SkipCatchUp = true
				got := make(chan *oadr.DistributeEvent, 100)
				pushes[resource] = got
				faulty.Faults{OnPush: func(m *oadr.DistributeEvent) faulty.Reply { got <- m; return reply }}.Apply(&c)
				return c
			}
			c := config("ven", faulty.Reply{How: faulty.Empty}) // of the VEN, that counts
			v := s.connect(c)
			r, err := v.Register(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			phone := s.connect(config("phone", reply))
			s.presenceOf(phone)
			first := s.create(event(r.VENID))
			s.delivery(first.EventID, r.VENID, "acknowledged")
			if len(pushes["phone"]) > 0 {
				t.Errorf("another client was sent %+v", <-pushes["phone"])
			}
			if err := v.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
			// It is asked while the VEN is away, and what it says is not the VEN's word.
			later := s.create(event(r.VENID))
			next(t, "a push to the other client", pushes["phone"])
			s.delivery(later.EventID, r.VENID, "unreachable")
			c.Registration = r
			s.connect(c)
			s.delivery(later.EventID, r.VENID, "acknowledged")
		})
	}
}
