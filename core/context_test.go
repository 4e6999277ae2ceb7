package core_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// oneContext are spellings of one market context, otherContext of another each.
var (
	oneContext   = []string{"http://example.org/dr", "HTTP://EXAMPLE.org/dr", "http://example.org:80/dr", "http://example.org/%64%72", "http://example.org/a/../dr"}
	otherContext = []string{"http://example.org/DR", "http://example.org/dr/", "https://example.org/dr", "http://example.org:8080/dr", "http://example.org/d%2Fr"}
)

// Every comparison of market contexts ignores the spelling, and every message repeats
// the spelling that was given.
func TestSpec512E1SpellingsOfAMarketContextAreOne(t *testing.T) {
	r := start(t)
	labelled := r.join("ven1", func(v *core.VEN) { v.MarketContexts = []string{oneContext[1]} })
	r.join("ven2", func(v *core.VEN) { v.MarketContexts = otherContext })
	for i, uri := range oneContext {
		for j, target := range oneContext {
			spec := simple(core.Target{Kind: core.TargetMarketContext, Value: target})
			spec.Start, spec.MarketContext, spec.Overlap = t0.Add(time.Duration(i*len(oneContext)+j+1)*time.Hour), uri, "allow"
			e := r.create(spec)
			vens, _, err := r.EventVENs(t.Context(), e.EventID, "", 10)
			if err != nil || len(vens) != 1 || vens[0].VENID != "ven1" {
				t.Errorf("%s is for %+v, %v", target, vens, err)
			}
			set := r.set(labelled)
			if got := set[len(set)-1].Descriptor; got.EventID != e.EventID || got.MarketContext != uri {
				t.Errorf("sent is %+v, want %s", got, uri)
			}
			if shown, err := r.Event(t.Context(), e.EventID); err != nil || shown.Targets[0].Value != target {
				t.Errorf("shown is %+v, %v", shown, err)
			}
			r.cancel(e.EventID)
			must[response](r, labelled, answer("ven1", "x", e.EventID, 1, "optIn"))
		}
	}
	if ven, err := r.VEN(t.Context(), "ven1"); err != nil || !slices.Equal(ven.MarketContexts, oneContext[1:2]) {
		t.Errorf("its labels are %+v, %v", ven, err)
	}
}

func TestSpec512E13SpellingsOverlap(t *testing.T) {
	r := start(t)
	r.join("ven1")
	spec := simple(venIDs("ven1")...)
	r.create(spec)
	for _, uri := range oneContext {
		spec.MarketContext = uri
		if _, err := r.CreateEvent(t.Context(), spec, "test"); !errors.Is(err, core.ErrConflict) {
			t.Errorf("%s: %v, want a conflict", uri, err)
		}
	}
	for _, uri := range otherContext {
		spec.MarketContext = uri
		r.create(spec)
	}
}

func TestSpec512Spec205P6SchedulesOfAMarketContext(t *testing.T) {
	for i, uri := range append(slices.Clone(oneContext), otherContext...) {
		r := start(t)
		ven := r.join("ven1")
		e := r.create(simple(venIDs("ven1")...))
		r.schedule(ven, "all", "optIn", span(0, 24), createdAt(1))
		r.schedule(ven, "its", "optOut", span(0, 24), createdAt(2), marketContext(uri))
		want := "optOut its"
		if i >= len(oneContext) {
			want = "optIn all"
		}
		if got := scheduled(r.status(e.EventID, "ven1").ScheduleOpt); got != want {
			t.Errorf("a schedule of %s: %s, want %s", uri, got, want)
		}
		if i > 0 && i < len(oneContext) { // a newer one of the same context replaces it
			r.schedule(ven, "newer", "optOut", span(30, 31), createdAt(3), marketContext(oneContext[i-1]))
			if got := scheduled(r.status(e.EventID, "ven1").ScheduleOpt); got != "optIn all" {
				t.Errorf("after one of %s: %s", oneContext[i-1], got)
			}
		}
		r.stop()
		r.stop = func() {}
	}
}

// A label cannot occur in two spellings, and a change of spelling causes no push.
func TestSpec512LabelsInAnotherSpelling(t *testing.T) {
	r := start(t)
	ven := r.join("ven1", func(v *core.VEN) { v.MarketContexts = []string{oneContext[0]} })
	e := r.create(simple(core.Target{Kind: core.TargetMarketContext, Value: oneContext[2]}))
	p := <-r.wire.pushes
	r.Settle(ven, p.Token, core.Outcome{Result: core.Acknowledged, Code: 200})
	r.wantDelivery(e, "ven1", core.DeliveryAcknowledged)
	label := func(uris ...string) error {
		_, err := r.ModifyVEN(t.Context(), "ven1", func(v *core.VEN) error { v.MarketContexts = uris; return nil })
		return err
	}
	if err := label(oneContext[3]); err != nil {
		t.Fatal(err)
	}
	if s := r.status(e.EventID, "ven1"); s.Delivery != core.DeliveryAcknowledged || s.Current != 0 || s.Withdrawn {
		t.Errorf("in another spelling its status is %+v", s)
	}
	if v, err := r.VEN(t.Context(), "ven1"); err != nil || !slices.Equal(v.MarketContexts, oneContext[3:4]) {
		t.Errorf("its labels are %+v, %v", v, err)
	}
	var invalid *core.InvalidError
	if err := label(oneContext[0], otherContext[0], oneContext[4]); !errors.As(err, &invalid) || invalid.Problems[0].Field != "marketContexts[2]" {
		t.Errorf("the same twice: %v", err)
	}
	r.quiet()
}

// A report request reaches the VENs of a market context in any spelling.
func TestSpec512R3ReportsOfAMarketContext(t *testing.T) {
	r := start(t)
	r.reporting("ven1", func(v *core.VEN) { v.MarketContexts = oneContext[:1] })
	r.reporting("ven2", func(v *core.VEN) { v.MarketContexts = otherContext })
	for _, uri := range oneContext {
		if requests := r.request(periodic(core.Target{Kind: core.TargetMarketContext, Value: uri})); len(requests) != 1 || requests[0].VENID != "ven1" {
			t.Errorf("for %s the requests are %+v", uri, requests)
		}
	}
}

// The operator's system may label VENs in any spelling, but not twice in two.
func TestSpec512N4WebhookLabels(t *testing.T) {
	for _, c := range []struct {
		contexts []string
		code     oadr.Code
	}{{[]string{oneContext[1], otherContext[0]}, oadr.CodeOK}, {oneContext[:2], oadr.CodeNotRegistered}} {
		r := start(t, func(cfg *core.Config) {
			cfg.Registration = core.RegistrationWebhook
			cfg.Admission = labeller(c.contexts)
		})
		got := must[*oadr.CreatedPartyRegistration](r, peer("ven1"), registration())
		if got.Response.Code != c.code {
			t.Errorf("labelled %q, it is answered %+v", c.contexts, got.Response)
		}
		if c.code != oadr.CodeOK {
			continue
		}
		e := r.create(simple(core.Target{Kind: core.TargetMarketContext, Value: oneContext[2]}))
		if s := r.status(e.EventID, got.VENID); s.VENID != got.VENID {
			t.Errorf("its status is %+v", s)
		}
	}
}

// labeller lets everybody in with these market contexts.
type labeller []string

func (l labeller) Decide(context.Context, core.Application) (core.Decision, error) {
	return core.Decision{Accept: true, MarketContexts: l}, nil
}
