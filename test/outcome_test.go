package test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"mellium.im/xmpp"
	"mellium.im/xmpp/jid"
	"mellium.im/xmpp/stanza"

	"github.com/vtn-xmpp/vtn-xmpp/internal/faulty"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
)

// inTurn makes a VEN answer its pushes in turn as given, and all further ones
// as it does the last.
func inTurn(replies ...faulty.Reply) func(*ven.Config) {
	var mu sync.Mutex
	n := 0
	return func(c *ven.Config) {
		faulty.Faults{OnPush: func(*oadr.DistributeEvent) faulty.Reply {
			mu.Lock()
			defer mu.Unlock()
			reply := replies[min(n, len(replies)-1)]
			n++
			return reply
		}}.Apply(c)
	}
}

// silent answers no push, ever.
var silent = faulty.Reply{How: faulty.Ignore}

// result writes an empty result for a push, as if it came from this VEN.
func (h *holder) result(token string) {
	h.t.Helper()
	if err := h.Write(h.t.Context(), fmt.Appendf(nil, "<iq type='result' id='%s' to='%s'/>", token, serviceJID)); err != nil {
		h.t.Fatal(err)
	}
}

// sendResult is the same from a client that is no VEN.
func sendResult(t *testing.T, c *xmpp.Session, token string) {
	t.Helper()
	if err := c.Send(t.Context(), stanza.IQ{Type: stanza.ResultIQ, ID: token, To: jid.MustParse(serviceJID)}.Wrap(nil)); err != nil {
		t.Fatal(err)
	}
}

const ignoredStale = `vtn_ignored_total{reason="stale or not the VEN's"}`

// TestOutcomes lets VENs answer pushes in every way there is, beside each other.
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
			// An opt that comes first shows the delivery until the push has its outcome.
			s.eventually(fmt.Sprintf("%s with code %d and %q", c.delivery, c.code, c.says), func() bool {
				got := s.status(e.EventID, id)
				return got.Delivery == c.delivery && got.ResponseCode == c.code && got.LastError == c.says
			})
			s.eventually("the opt", func() bool { return s.status(e.EventID, id).Opt == c.opt })
			if c.delivery != "refused" {
				return
			}
			// Settled until the next change, which is pushed.
			h.push(e.EventID + " 0 far")
			s.patchEvent(e.EventID, patch{"comment": "changed"})
			h.push(e.EventID + " 1 far")
		})
	}
	t.Run("an answer after the lease", func(t *testing.T) {
		t.Parallel()
		s := s.in(t)
		// The push is due again when it comes, and its repetition gets no answer.
		h, id := s.mute(inTurn(faulty.Reply{How: faulty.Empty, After: 11 * time.Second}, silent))
		e := s.create(event(id))
		s.delivery(e.EventID, id, "acknowledged")
		if first := h.push(e.EventID + " 0 far"); s.status(e.EventID, id).Opt != "none" {
			t.Errorf("settled by something else than the answer to %s", first.RequestID)
		}
	})
}

// TestOutcomeUnreachable logs a VEN out and lets it come back, and breaks its
// connection.
func TestOutcomeUnreachable(t *testing.T) {
	s := start(t)
	events := make(chan ven.Event, 10)
	account := s.account()
	config := s.config(account)
	config.OnEvent = func(e ven.Event) { events <- e }
	config.SkipCatchUp = true // what comes, comes by push
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
	s.eventually("word that it left", func() bool { return presence() == "unavailable" })

	// It is gone: the server says service-unavailable, and it is parked.
	e := s.create(event(id))
	got := s.delivery(e.EventID, id, "unreachable")
	if got.LastError != "service-unavailable" {
		t.Errorf("parked with %q", got.LastError)
	}
	// A change while it is away makes no second push of it.
	s.patchEvent(e.EventID, patch{"comment": "changed"})
	s.delivery(e.EventID, id, "unreachable")

	// It is back, at another resource, and says nothing but that it is there.
	config.JID = s.jid(account) + "/two"
	v = s.connect(config)
	if got := next(t, "the push", events); got.Descriptor.EventID != e.EventID || got.Descriptor.ModificationNumber != 1 {
		t.Errorf("pushed %+v", got.Descriptor)
	}
	s.delivery(e.EventID, id, "acknowledged")
	if presence() != "available" {
		t.Errorf("it is back and shown as %s", presence())
	}

	// Its connection breaks without a word while the next event comes.
	v.Abort()
	later := s.create(event(id))
	s.delivery(later.EventID, id, "unreachable")
	s.connect(config)
	for next(t, "the push", events).Descriptor.EventID != later.EventID { // it has forgotten the first one
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

	elsewhere := s.session(account) // of the VEN's account, but not the client that was asked
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
	// Nor does an oadrCreatedEvent of another VEN with that token.
	before := s.counters()
	ask(t, stranger.VEN, "", createdEvent(venID(stranger.VEN), response(token, e.EventID, 0, oadr.OptIn))).expectOutcome(t, "oadrResponse 452")
	s.grows(before, `vtn_requests_total{code="452",message="oadrCreatedEvent"}`)
	if got := s.status(e.EventID, id); got.Delivery == "acknowledged" || got.Opt != "none" {
		t.Fatalf("another's oadrCreatedEvent counts: %+v", got)
	}

	h.result(token)
	s.delivery(e.EventID, id, "acknowledged")
	before = s.counters()
	h.result(token)
	s.grows(before, ignoredStale)
	if got := s.status(e.EventID, id); got.Delivery != "acknowledged" {
		t.Errorf("answered twice, it is %+v", got)
	}
	// Answers to what was never asked.
	before = s.counters()
	h.result("e1-zzzz")
	s.grows(before, ignoredStale)
	h.result("hello")
	s.grows(before, `vtn_xmpp_rejected_total{reason="unknown id"}`)

	// The next push is as good as the first.
	s.patchEvent(e.EventID, patch{"comment": "changed"})
	m := next(t, "the next push", h.pushes)
	for m.Events[0].Descriptor.ModificationNumber != 1 { // the first again, on a machine slower than the lease
		m = next(t, "the next push", h.pushes)
	}
	h.result(m.RequestID)
	s.delivery(e.EventID, id, "acknowledged")
}

// TestSettleAfterRestart answers, to a new process, the push of one that was
// killed. The VEN answers no push by itself, so nothing else can settle it.
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
	// The address is forgotten, the identity is not.
	before := s.counters()
	stranger.result(token)
	s.eventually("another's answer to be ignored", func() bool {
		now := s.counters()
		other := `vtn_xmpp_rejected_total{reason="other address"}` // if it was pushed again meanwhile
		return now[ignoredStale] > before[ignoredStale] || now[other] > before[other]
	})
	if got := s.status(e.EventID, id); got.Delivery == "acknowledged" {
		t.Fatalf("another's answer counts after a restart: %+v", got)
	}
	h.result(token)
	got := s.delivery(e.EventID, id, "acknowledged")
	if got.ModificationNumber == nil || *got.ModificationNumber != 0 {
		t.Errorf("acknowledged as %+v", got)
	}
}
