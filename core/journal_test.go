package core_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// follow reads the journal until it holds all of these, in this order, and returns what it read.
func (r *rig) follow(after int64, want ...string) (next int64) {
	r.t.Helper()
	ctx, stop := context.WithTimeout(r.t.Context(), 150*time.Second)
	defer stop()
	var got []string
	for len(got) < len(want) {
		part, err := r.JournalAfter(ctx, after)
		if err != nil || len(part.Entries) == 0 {
			r.t.Fatalf("after %d nothing came, %v; so far\n%s\nwant\n%s", after, err, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		for _, e := range part.Entries {
			if e.No != after+1 {
				r.t.Fatalf("entry %d follows %d", e.No, after)
			}
			after = e.No
			got = append(got, entryLine(e))
		}
	}
	same(r.t, "the journal", got, want)
	return after
}

func entryLine(e core.JournalEntry) string {
	line := fmt.Sprintf("%s %s %s%s", e.Kind, e.What, e.VENID, e.EventID)
	if e.Body.ModificationNumber != nil {
		line += fmt.Sprint(" ", *e.Body.ModificationNumber)
	}
	for _, text := range []string{e.Body.By, e.Body.Message, e.Body.Opt, e.Body.Error} {
		if text != "" {
			line += " " + text
		}
	}
	return line
}

// A reader that follows the journal is told of all that happens, in order.
func TestJournalTellsWhatHappens(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	next := r.follow(0, "ven entered ven1", "registration registered ven1")
	r.create(at("e", time.Hour, time.Hour))
	next = r.follow(next, "event created e 0 test")
	p, _ := r.pushedEvents()
	r.Settle(ven, p.Token, core.Outcome{Result: core.Acknowledged, Code: 200})
	next = r.follow(next, "delivery acknowledged ven1e 0")
	for range 2 {
		must[response](r, ven, answer("ven1", "x", "e", 0, "optIn"))
	}
	bad := answer("ven1", "x", "e", 0, "optOut")
	bad.Responses[0].Code, bad.Responses[0].Description = 460, "no such signal"
	must[response](r, ven, bad)
	next = r.follow(next, "opt answered ven1e 0 optIn", "error eventRefused ven1e 0 optOut no such signal")
	r.schedule(ven, "s", "optOut", span(5, 6))
	must[response](r, ven, answer("ven1", "x", "unknown", 0, "optIn"))
	next = r.follow(next, "opt optCreated ven1 optOut", "error requestRefused ven1 oadrCreatedEvent event unknown is unknown")
	r.change("ven1", func(v *core.VEN) { v.Groups = []string{"g"} })
	r.cancel("e")
	next = r.follow(next, "ven modified ven1", "event cancelled e 1 test")
	r.create(at("f", time.Hour, time.Hour))
	next = r.follow(next, "event created f 0 test")
	r.clock.Move(2 * time.Hour)
	next = r.follow(next, "event completed f 0")
	reg := must[*oadr.CreatedPartyRegistration](r, ven, &oadr.QueryRegistration{RequestID: "q"})
	must[*oadr.CanceledPartyRegistration](r, ven, &oadr.CancelPartyRegistration{RequestID: "c", RegistrationID: reg.RegistrationID, VENID: "ven1"})
	next = r.follow(next, "registration cancelled ven1")
	if part, err := r.JournalAfter(t.Context(), next+5); err != nil || !part.Gone || len(part.Entries) == 0 {
		t.Errorf("beyond the end: %+v, %v", part, err)
	}
	if now, err := r.JournalNow(t.Context()); now != next {
		t.Errorf("the newest is %d, want %d, %v", now, next, err)
	}
}

func TestJournalFilter(t *testing.T) {
	e := &core.JournalEntry{Kind: core.JournalDelivery, VENID: "v", EventID: "e", Body: core.JournalBody{Events: []core.JournalOther{{EventID: "f"}}}}
	for _, f := range []core.JournalFilter{{}, {Kinds: []core.JournalKind{"opt", "delivery"}}, {VENID: "v", EventID: "e"}, {EventID: "f"}} {
		if !f.Takes(e) {
			t.Errorf("%+v leaves it out", f)
		}
	}
	for _, f := range []core.JournalFilter{{Kinds: []core.JournalKind{"opt"}}, {VENID: "w"}, {EventID: "g"}} {
		if f.Takes(e) {
			t.Errorf("%+v takes it", f)
		}
	}
}
