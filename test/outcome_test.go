package test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"mellium.im/xmpp"
	"mellium.im/xmpp/jid"
	"mellium.im/xmpp/stanza"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
	"github.com/vtn-xmpp/vtn-xmpp/ven/faulty"
)

// result sends an empty result for the push with this token from this VEN.
func (h *holder) result(token string) {
	h.t.Helper()
	if err := h.Write(h.t.Context(), fmt.Appendf(nil, "<iq type='result' id='%s' to='%s'/>", token, serviceJID)); err != nil {
		h.t.Fatal(err)
	}
}

// sendResult sends an empty result from a client that is no VEN.
func sendResult(t *testing.T, c *xmpp.Session, token string) {
	t.Helper()
	if err := c.Send(t.Context(), stanza.IQ{Type: stanza.ResultIQ, ID: token, To: jid.MustParse(serviceJID)}.Wrap(nil)); err != nil {
		t.Fatal(err)
	}
}

const ignoredStale = `vtn_ignored_total{reason="stale or not the VEN's"}`

// TestOutcomes lets VENs answer pushes in every possible way, all at the same time.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	e := ownServer(t)
	s := startAt(t, e, e.ComponentAddr)
	var (
		usual   = faulty.Reply{}
		refusal = faulty.Reply{Code: oadr.CodeSignal}
	)
	fail := func(kind, condition string) faulty.Reply {
		return faulty.Reply{How: faulty.Fail, Type: kind, Condition: condition}
	}
	for _, c := range []struct {
		name     string
		replies  []faulty.Reply
		delivery string
		code     int
		says     string // the last error
		opt      string
	}{
		{"empty result", []faulty.Reply{{How: faulty.Empty}}, "acknowledged", 0, "", oadr.OptIn},
		{"oadrResponse 200", []faulty.Reply{usual}, "acknowledged", 200, "", oadr.OptIn},
		{"oadrResponse 460", []faulty.Reply{refusal}, "refused", 460, "not taken", "none"},
		{"oadrCreatedEvent in the result", []faulty.Reply{{How: faulty.RespondOpts}}, "acknowledged", 200, "", oadr.OptIn},
		{"oadrCreatedEvent and no result", []faulty.Reply{{How: faulty.OptOnly}}, "acknowledged", 200, "", oadr.OptIn},
		{"error wait, then an answer", []faulty.Reply{fail("wait", "resource-constraint"), usual}, "acknowledged", 200, "", oadr.OptIn},
		{"error cancel", []faulty.Reply{fail("cancel", "not-acceptable")}, "refused", 0, "not-acceptable", "none"},
		{"error modify", []faulty.Reply{fail("modify", "bad-request")}, "refused", 0, "bad-request", "none"},
		{"silence, then an answer", []faulty.Reply{silent, usual}, "acknowledged", 200, "", oadr.OptIn},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := s.in(t)
			h := s.holder(inTurn(c.replies...))
			id := venID(h.VEN)
			e := s.create(event(id))
			// If the opt comes first, the delivery is acknowledged before the push has its outcome.
			s.eventually(fmt.Sprintf("%s with code %d and %q", c.delivery, c.code, c.says), func() bool {
				got := s.status(e.EventID, id)
				return got.Delivery == c.delivery && got.ResponseCode == c.code && got.LastError == c.says
			})
			s.eventually("the opt", func() bool { return s.status(e.EventID, id).Opt == c.opt })
			if c.delivery == "refused" { // until the next change, which is pushed
				h.push(e.EventID + " 0 far")
				s.patchEvent(e.EventID, patch{"comment": "changed"})
				h.push(e.EventID + " 1 far")
			}
		})
	}
	t.Run("an answer after the lease", func(t *testing.T) {
		t.Parallel()
		answerAfterTheLease(s.in(t))
	})
}

// answerAfterTheLease answers a push when it is due again already, and does not answer its repetition.
func answerAfterTheLease(s *stack) {
	s.t.Helper()
	h, id := s.mute(inTurn(faulty.Reply{How: faulty.Empty, After: 11 * time.Second}, silent))
	e := s.create(event(id))
	s.delivery(e.EventID, id, "acknowledged")
	if first := h.push(e.EventID + " 0 far"); s.status(e.EventID, id).Opt != "none" {
		s.t.Errorf("something else than the answer to %s has settled the push", first.RequestID)
	}
}

// TestOutcomeUnreachable logs a VEN out and in again, and then breaks its connection.
func TestOutcomeUnreachable(t *testing.T) {
	s := start(t)
	events := make(chan ven.Event, 10)
	account := s.account()
	config := s.config(account)
	config.OnEvent = func(e ven.Event) { events <- e }
	config.SkipCatchUp = true // events come by push only
	config.JID += "/one"
	v := s.connect(config)
	config.Registration = s.greeted(v)
	id := venID(v)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := v.Close(ctx); err != nil {
		t.Fatal(err)
	}
	presence := func() string {
		shown, err := s.GetVEN(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		return shown.Presence
	}
	s.eventually("the VEN to be unavailable", func() bool { return presence() == "unavailable" })

	// The VEN is offline: the server answers service-unavailable, and the push is parked.
	e := s.create(event(id))
	got := s.delivery(e.EventID, id, "unreachable")
	if got.LastError != "service-unavailable" {
		t.Errorf("parked with %q", got.LastError)
	}
	// A change while the VEN is offline causes no second push.
	s.patchEvent(e.EventID, patch{"comment": "changed"})
	s.delivery(e.EventID, id, "unreachable")

	// The VEN comes back with another resource, and sends nothing but presence.
	config.JID = s.jid(account) + "/two"
	v = s.connect(config)
	if got := next(t, "the push", events); got.Descriptor.EventID != e.EventID || got.Descriptor.ModificationNumber != 1 {
		t.Errorf("pushed %+v", got.Descriptor)
	}
	s.delivery(e.EventID, id, "acknowledged")
	if presence() != "available" {
		t.Errorf("the VEN is back and shown as %s", presence())
	}

	// The connection breaks without a closing tag just before the next event.
	v.Abort()
	later := s.create(event(id))
	s.delivery(later.EventID, id, "unreachable")
	s.connect(config)
	for next(t, "the push", events).Descriptor.EventID != later.EventID { // the VEN has lost the first event, so that one may come again
	}
	s.delivery(later.EventID, id, "acknowledged")
}

// TestX6AnswersThatDoNotCount lets a push be answered by another VEN, by the
// VEN at another address, and twice.
func TestX6AnswersThatDoNotCount(t *testing.T) {
	s := start(t)
	account, stranger := s.account(), s.holder()
	h := &holder{t: t, pushes: make(chan *oadr.DistributeEvent, 100)}
	config := s.config(account)
	faulty.Faults{OnPush: func(m *oadr.DistributeEvent) faulty.Reply { h.pushes <- m; return silent }}.Apply(&config)
	h.VEN = s.connect(config)
	if _, err := h.Register(t.Context()); err != nil {
		t.Fatal(err)
	}
	id := venID(h.VEN)
	e := s.create(event(id))
	token := next(t, "the push", h.pushes).RequestID

	elsewhere := s.session(account) // of the VEN's account, but not the client that the push went to
	for who, answer := range map[string]func(){
		"another VEN":    func() { stranger.result(token) },
		"another client": func() { sendResult(t, elsewhere, token) },
	} {
		before := s.counters()
		answer()
		s.grows(before, `vtn_xmpp_rejected_total{reason="other address"}`)
		if got := s.status(e.EventID, id); got.Delivery == "acknowledged" {
			t.Fatalf("the answer of %s counts: %+v", who, got)
		}
	}
	// An oadrCreatedEvent of another VEN with that token does not count, either.
	before := s.counters()
	ask(t, stranger.VEN, "", createdEvent(venID(stranger.VEN), response(token, e.EventID, 0, oadr.OptIn))).expectOutcome(t, "oadrResponse 452")
	s.grows(before, `vtn_requests_total{code="452",message="oadrCreatedEvent",transport="xmpp"}`)
	if got := s.status(e.EventID, id); got.Delivery == "acknowledged" || got.Opt != "none" {
		t.Fatalf("the oadrCreatedEvent of another VEN counts: %+v", got)
	}

	h.result(token)
	s.delivery(e.EventID, id, "acknowledged")
	before = s.counters()
	h.result(token)
	s.grows(before, ignoredStale)
	if got := s.status(e.EventID, id); got.Delivery != "acknowledged" {
		t.Errorf("after a second answer the delivery is %+v", got)
	}
	// Answers to pushes that never were.
	before = s.counters()
	h.result("e1-zzzz")
	s.grows(before, ignoredStale)
	h.result("hello")
	s.grows(before, `vtn_xmpp_rejected_total{reason="unknown id"}`)

	// The next push is as good as the first.
	s.patchEvent(e.EventID, patch{"comment": "changed"})
	m := next(t, "the next push", h.pushes)
	for m.Events[0].Descriptor.ModificationNumber != 1 { // the first push is repeated if the test takes longer than the lease
		m = next(t, "the next push", h.pushes)
	}
	h.result(m.RequestID)
	s.delivery(e.EventID, id, "acknowledged")
}

// TestSettleAfterRestart kills the VTN's process and answers its push to the next
// one. The VEN answers no push by itself, so nothing else can settle it.
func TestSettleAfterRestart(t *testing.T) {
	s := start(t)
	h, stranger := s.holder(inTurn(silent)), s.holder()
	id := venID(h.VEN)
	e := s.create(event(id))
	token := next(t, "the push", h.pushes).RequestID
	s.delivery(e.EventID, id, "sent")
	s.vtn.Kill()
	if err := s.vtn.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	// The new process no longer knows the address that the push went to, but knows the VEN's identity.
	before := s.counters()
	stranger.result(token)
	s.eventually("the answer of another VEN to be ignored", func() bool {
		now := s.counters()
		other := `vtn_xmpp_rejected_total{reason="other address"}` // if the event was pushed again meanwhile
		return now[ignoredStale] > before[ignoredStale] || now[other] > before[other]
	})
	if got := s.status(e.EventID, id); got.Delivery == "acknowledged" {
		t.Fatalf("the answer of another VEN counts after a restart: %+v", got)
	}
	h.result(token)
	got := s.delivery(e.EventID, id, "acknowledged")
	if got.ModificationNumber == nil || *got.ModificationNumber != 0 {
		t.Errorf("acknowledged as %+v", got)
	}
}
