package core_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

type (
	cancelPush     = *oadr.CancelPartyRegistration
	reregisterPush = *oadr.RequestReregistration
)

func TestN9OperatorCancelsAtOnce(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	id := must[created](r, ven, registration()).RegistrationID
	e := r.create(simple(venIDs("ven1")...))
	p, _ := r.pushedEvents()
	r.Settle(ven, p.Token, core.Outcome{Result: core.Acknowledged})
	r.wantDelivery(e, "ven1", core.DeliveryAcknowledged)

	n := r.cancelRegistration("ven1")
	if v, err := r.VEN(t.Context(), "ven1"); err != nil || v.Registration != nil {
		t.Errorf("the registration is %+v, %v", v.Registration, err)
	}
	r.refusesStranger(ven, &oadr.RequestEvent{RequestID: "x", VENID: "ven1"})
	p, m := pushed[cancelPush](r)
	if p.To != ven.Address || m.RequestID != p.Token.String() || m.RegistrationID != id || m.VENID != "ven1" {
		t.Errorf("pushed %+v to %s with token %s; the registration was %s", m, p.To, p.Token, id)
	}
	if n.Kind != core.NoticeCancel || n.RegistrationID != id || n.By != "operator" || n.Token() != p.Token || n.State != core.NoticePending {
		t.Errorf("the notice is %+v", n)
	}
	modify(r, e, "of no interest to a VEN that is not registered")
	r.quiet()
	for _, do := range []func(context.Context, string, string) (*core.Notice, error){r.CancelRegistration, r.RequestReregistration} {
		if _, err := do(t.Context(), "ven1", "operator"); !errors.Is(err, core.ErrConflict) {
			t.Errorf("of a VEN that is not registered: %v", err)
		}
		if _, err := do(t.Context(), "nobody", "operator"); !errors.Is(err, core.ErrNotFound) {
			t.Errorf("of nobody: %v", err)
		}
	}
}

func TestN9AnyAnswerEndsTheCancellation(t *testing.T) {
	canceled := func(code oadr.Code, requestID string) *oadr.CanceledPartyRegistration {
		return &oadr.CanceledPartyRegistration{Response: oadr.EIResponse{Code: code, RequestID: requestID}, VENID: "ven1"}
	}
	for name, c := range map[string]struct {
		answer  func(r *rig, ven core.Peer, p core.Push)
		outcome core.NoticeState
		code    int
	}{
		"in the result": {func(r *rig, ven core.Peer, p core.Push) {
			r.Answer(t.Context(), ven, p.Token, &oadr.Payload{Message: canceled(200, p.Token.String())})
		}, core.NoticeTold, 200},
		"452 in the result": {func(r *rig, ven core.Peer, p core.Push) {
			r.Answer(t.Context(), ven, p.Token, &oadr.Payload{Message: canceled(452, "x")})
		}, core.NoticeTold, 452},
		"an oadrResponse": {func(r *rig, ven core.Peer, p core.Push) {
			r.Settle(ven, p.Token, core.Outcome{Result: core.Refused, Code: 453})
		}, core.NoticeTold, 453},
		"an empty result": {func(r *rig, ven core.Peer, p core.Push) {
			r.Settle(ven, p.Token, core.Outcome{Result: core.Acknowledged})
		}, core.NoticeTold, 0},
		"an error that lasts": {func(r *rig, ven core.Peer, p core.Push) {
			r.Settle(ven, p.Token, core.Outcome{Result: core.Refused, Error: "feature-not-implemented"})
		}, core.NoticeRefused, 0},
		"a request of its own": {func(r *rig, ven core.Peer, p core.Push) {
			wantCode(t, must[response](r, ven, canceled(452, p.Token.String())).Response, oadr.CodeOK, p.Token.String())
		}, core.NoticeTold, 452},
		"a request of its own under another requestID": {func(r *rig, ven core.Peer, p core.Push) {
			wantCode(t, must[response](r, ven, canceled(200, "0")).Response, oadr.CodeOK, "0")
		}, core.NoticeTold, 200},
		"an oadrResponse of its own": {func(r *rig, ven core.Peer, p core.Push) {
			if reply, err := r.send(ven, &oadr.Response{Response: oadr.EIResponse{Code: 200, RequestID: p.Token.String()}, VENID: "ven1"}); reply != nil || err != nil {
				t.Errorf("answered %v, %v", reply, err)
			}
		}, core.NoticeTold, 200},
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t)
			ven := r.join("ven1")
			r.cancelRegistration("ven1")
			p, _ := pushed[cancelPush](r)
			c.answer(r, ven, p)
			n := r.noticeBecomes("ven1", c.outcome)
			if n.Code != c.code || n.ToldAt.IsZero() || n.EndedAt.IsZero() {
				t.Errorf("the notice became %+v", n)
			}
			r.clock.Move(24 * time.Hour)
			r.quiet()
		})
	}
}

func TestN9G2AnswerInAnothersNameDoesNotCount(t *testing.T) {
	r := start(t)
	ven, other := r.join("ven1"), r.join("ven2")
	r.cancelRegistration("ven1")
	p, _ := pushed[cancelPush](r)
	m := &oadr.CanceledPartyRegistration{Response: oadr.EIResponse{Code: 200, RequestID: p.Token.String()}, VENID: "ven2"}
	wantCode(t, must[response](r, ven, m).Response, oadr.CodeInvalidID, p.Token.String())
	must[response](r, other, m) // it may say so, and it means nothing
	r.refusesStranger(peer("nobody"), m)
	if _, err := r.AddVEN(t.Context(), core.VEN{VENID: "ven3", Identities: []core.Identity{{Transport: "xmpp", Name: "ven3@example.org"}}}); err != nil {
		t.Fatal(err)
	}
	m.VENID = ""
	r.refusesStranger(peer("ven3"), m) // who was only entered
	r.quiet()
	r.noticeBecomes("ven1", core.NoticePending)
}

func TestN9CancellationIsRepeated(t *testing.T) {
	for name, miss := range map[string]func(r *rig, ven core.Peer, p core.Push){
		"unanswered": func(r *rig, _ core.Peer, _ core.Push) { r.clock.Move(core.Lease + core.BackoffFirst*5/4) },
		"an error of type wait": func(r *rig, ven core.Peer, p core.Push) {
			r.Settle(ven, p.Token, core.Outcome{Result: core.Retry, Error: "resource-constraint"})
			r.quiet()
			r.clock.Move(core.BackoffFirst * 5 / 4)
		},
		"the connection is lost": func(r *rig, _ core.Peer, _ core.Push) { r.Disconnected("xmpp"); r.Connected("xmpp") },
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t)
			ven := r.join("ven1")
			r.cancelRegistration("ven1")
			first, _ := pushed[cancelPush](r)
			miss(r, ven, first)
			second, _ := pushed[cancelPush](r)
			if second.Token != first.Token || second.To != ven.Address {
				t.Errorf("pushed %s to %s, before %s", second.Token, second.To, first.Token)
			}
			r.Settle(ven, second.Token, core.Outcome{Result: core.Refused, Code: 452})
			r.noticeBecomes("ven1", core.NoticeTold)
		})
	}
}

func TestN9X5CancellationWaitsForAVENThatIsAway(t *testing.T) {
	refusedRegistration := registration()
	refusedRegistration.ProfileName = "2.0c"
	for name, reappear := range map[string]func(r *rig, back core.Peer){
		"presence": func(r *rig, back core.Peer) { r.Appear(back) },
		"a query":  func(r *rig, back core.Peer) { must[created](r, back, &oadr.QueryRegistration{RequestID: "q"}) },
		"what only the registered may ask": func(r *rig, back core.Peer) {
			r.refusesStranger(back, &oadr.RequestEvent{RequestID: "q", VENID: "ven1"})
		},
		"a registration that is refused": func(r *rig, back core.Peer) {
			wantCode(t, must[created](r, back, refusedRegistration).Response, oadr.CodeInvalidData, "r1")
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t)
			ven := r.join("ven1")
			r.Vanish(ven)
			r.cancelRegistration("ven1")
			p, _ := pushed[cancelPush](r)
			r.Settle(ven, p.Token, core.Outcome{Result: core.Unreachable, Error: "service-unavailable"})
			r.quiet()
			r.noticeBecomes("ven1", core.NoticePending)
			// The VTN probes it like any other parked VEN.
			for len(r.wire.probes) > 0 {
				<-r.wire.probes
			}
			r.Disconnected("xmpp")
			r.Connected("xmpp")
			if got := <-r.wire.probes; !slices.Contains(got, ven.Identity) {
				t.Errorf("probed %v", got)
			}
			back := ven
			back.Address += "2"
			reappear(r, back)
			p, _ = pushed[cancelPush](r)
			if name == "presence" && p.To == ven.Address { // where it spoke goes before where somebody is
				r.Settle(ven, p.Token, core.Outcome{Result: core.Unreachable, Error: "service-unavailable"})
				p, _ = pushed[cancelPush](r)
			}
			if p.To != back.Address {
				t.Errorf("pushed to %s", p.To)
			}
			r.Settle(back, p.Token, core.Outcome{Result: core.Acknowledged, Code: 200})
			r.noticeBecomes("ven1", core.NoticeTold)
			r.quiet()
			if v, err := r.VEN(t.Context(), "ven1"); err != nil || r.Presence(v) != core.PresenceUnknown {
				t.Errorf("a VEN that is no VEN any more is %s, %v", r.Presence(v), err)
			}
		})
	}
}

func TestN9CancellationOutlivesARestart(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	r.Disconnected("xmpp")
	r.cancelRegistration("ven1")
	second := core.New(core.Config{VTNID: "VTN"}, r.reg, r.clock, zerolog.Nop(), nil)
	second.AddTransport(r.wire)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- second.Run(ctx) }()
	r.wire.down.Store(false)
	second.Connected("xmpp")
	p, _ := pushed[cancelPush](r)
	second.Answer(ctx, ven, p.Token, &oadr.Payload{Message: &oadr.CanceledPartyRegistration{Response: oadr.EIResponse{Code: 200}}})
	r.noticeBecomes("ven1", core.NoticeTold)
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestN9RegisteringAgainDropsTheCancellation(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	r.Disconnected("xmpp")
	n := r.cancelRegistration("ven1")
	again := must[created](r, ven, registration())
	wantCode(t, again.Response, oadr.CodeOK, "r1")
	if again.VENID != "ven1" || again.RegistrationID == n.RegistrationID {
		t.Errorf("registered as %+v after %s was cancelled", again, n.RegistrationID)
	}
	if got := r.noticeBecomes("ven1", core.NoticeDropped); !got.ToldAt.IsZero() || got.EndedAt.IsZero() {
		t.Errorf("the notice became %+v", got)
	}
	r.Connected("xmpp")
	r.quiet()
	// The next notice goes out: one that was dropped holds nothing up.
	r.cancelRegistration("ven1")
	p, m := pushed[cancelPush](r)
	if m.RegistrationID != again.RegistrationID {
		t.Errorf("cancelled %s, not %s", m.RegistrationID, again.RegistrationID)
	}
	r.Settle(ven, p.Token, core.Outcome{Result: core.Acknowledged, Code: 200})
	r.noticeBecomes("ven1", core.NoticeTold)
	if got := r.outcomes("ven1"); !slices.Equal(got, []core.NoticeState{core.NoticeTold, core.NoticeDropped}) {
		t.Errorf("on record are %v", got)
	}
}

// The VEN registers while the cancellation is on its way, and answers it then.
func TestN9AnswerToACancellationThatWasDroppedIsOnRecord(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	r.cancelRegistration("ven1")
	p, _ := pushed[cancelPush](r)
	must[created](r, ven, registration())
	r.Answer(t.Context(), ven, p.Token, &oadr.Payload{Message: &oadr.CanceledPartyRegistration{Response: oadr.EIResponse{Code: 452}}})
	r.waitFor(func() bool { return r.noticeBecomes("ven1", core.NoticeDropped).Code == 452 })
	if v, err := r.VEN(t.Context(), "ven1"); err != nil || v.Registration == nil || r.Presence(v) != core.PresenceAvailable {
		t.Errorf("the VEN is %+v, %v", v, err)
	}
}

func TestN8VENThatCancelledIsToldNothing(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	id := must[created](r, ven, registration()).RegistrationID
	r.Disconnected("xmpp")
	r.reregister("ven1")
	wantCode(t, must[canceled](r, ven, &oadr.CancelPartyRegistration{RequestID: "c", RegistrationID: id}).Response, oadr.CodeOK, "c")
	r.noticeBecomes("ven1", core.NoticeDropped)
	r.Connected("xmpp")
	r.quiet()
}

func TestN10OperatorAsksForReregistration(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	first := must[created](r, ven, registration())
	n := r.reregister("ven1")
	if again := r.reregister("ven1"); again.Rev != n.Rev {
		t.Errorf("requested twice, the notice is %+v and %+v", n, again)
	}
	p, m := pushed[reregisterPush](r)
	if p.To != ven.Address || m.VENID != "ven1" || p.Token != n.Token() {
		t.Errorf("pushed %+v to %s", m, p.To)
	}
	r.clock.Move(time.Second)
	r.Settle(ven, p.Token, core.Outcome{Result: core.Acknowledged, Code: 200})
	if got := r.noticeBecomes("ven1", core.NoticeTold); !got.ToldAt.Equal(t0.Add(time.Second)) || !got.EndedAt.IsZero() || got.Code != 200 {
		t.Errorf("the notice became %+v", got)
	}
	r.quiet()
	r.clock.Move(time.Second)
	if got := must[created](r, ven, registration()); got.RegistrationID != first.RegistrationID {
		t.Errorf("registered again as %+v", got)
	}
	if got := r.noticeBecomes("ven1", core.NoticeRegistered); !got.EndedAt.Equal(t0.Add(2 * time.Second)) {
		t.Errorf("the notice became %+v", got)
	}
	r.quiet()
}

func TestN10AnswerWithoutRequestIDSettlesWhatIsInFlight(t *testing.T) {
	bare := &oadr.Response{Response: oadr.EIResponse{Code: 200}, VENID: "ven1"}
	r := start(t)
	ven := r.join("ven1")
	r.reregister("ven1")
	pushed[reregisterPush](r)
	if reply, err := r.send(ven, bare); reply != nil || err != nil {
		t.Errorf("answered %v, %v", reply, err)
	}
	r.noticeBecomes("ven1", core.NoticeTold)
	// It is no answer to a cancellation, which has a requestID.
	r.cancelRegistration("ven1")
	pushed[cancelPush](r)
	r.refusesStranger(ven, bare)
	r.quiet()
	r.noticeBecomes("ven1", core.NoticePending)
}

func TestN10RefusedIsOnRecordAndMayBeAskedAgain(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	r.reregister("ven1")
	p, _ := pushed[reregisterPush](r)
	r.Settle(ven, p.Token, core.Outcome{Result: core.Refused, Code: 453, Error: "what is that?"})
	if got := r.noticeBecomes("ven1", core.NoticeRefused); got.Code != 453 || got.Error != "what is that?" || got.EndedAt.IsZero() {
		t.Errorf("the notice became %+v", got)
	}
	r.clock.Move(24 * time.Hour)
	r.quiet()
	r.reregister("ven1")
	p, _ = pushed[reregisterPush](r)
	r.Settle(ven, p.Token, core.Outcome{Result: core.Acknowledged})
	r.noticeBecomes("ven1", core.NoticeTold)
}

func TestN10RegisteringBeforeItIsToldWillDo(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	r.Disconnected("xmpp")
	r.reregister("ven1")
	must[created](r, ven, registration())
	r.noticeBecomes("ven1", core.NoticeRegistered)
	r.Connected("xmpp")
	r.quiet()
}

func TestN9N10CancellationOvertakesARequest(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	r.reregister("ven1")
	p, _ := pushed[reregisterPush](r)
	r.cancelRegistration("ven1") // one push at a time: it waits for the answer
	r.quiet()
	r.Settle(ven, p.Token, core.Outcome{Result: core.Acknowledged, Code: 200})
	p, _ = pushed[cancelPush](r)
	r.Settle(ven, p.Token, core.Outcome{Result: core.Acknowledged, Code: 200})
	r.noticeBecomes("ven1", core.NoticeTold)
	if got := r.outcomes("ven1"); !slices.Equal(got, []core.NoticeState{core.NoticeTold, core.NoticeDropped}) {
		t.Errorf("on record are %v", got)
	}
	r.quiet()
}
