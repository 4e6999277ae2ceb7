package registry_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

func program(uri string) core.Target { return core.Target{Kind: core.TargetMarketContext, Value: uri} }

// Labels and targets match in any spelling of a market context, and both keep their spelling.
func TestSpec512SpellingsMeet(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v := w.ven("ven-1")
		other := w.ven("ven-2")
		respell := func(uris ...string) {
			t.Helper()
			v.MarketContexts = uris
			w.change(func(tx core.Tx, rev int64) error { v.LabelsRev = rev; return tx.PutVEN(v) })
			if got := view(w, func(r core.Reader) (*core.VEN, error) { return r.VEN("ven-1") }).MarketContexts; !slices.Equal(got, uris) {
				t.Errorf("the VEN's market contexts are %q, want %q", got, uris)
			}
		}
		e := w.event("e", program("http://example.org:80/x/../dr"))
		for _, uri := range []string{"HTTP://EXAMPLE.org/dr", "http://example.org/%64r", "http://example.org/dr"} {
			respell("http://example.org/another", uri)
			if c := w.concerns(v)[e.No]; c.EventNo != e.No {
				t.Errorf("%s: the event does not concern the VEN", uri)
			}
			if c := w.concerns(other); len(c) != 0 {
				t.Errorf("another VEN is concerned: %+v", c)
			}
		}
		if n := w.count(`SELECT count(*) FROM label WHERE kind = 'marketContext'`); n != 2 {
			t.Errorf("%d labels, want 2", n)
		}
		if got := view(w, func(r core.Reader) (*core.Event, error) { return r.Event("e") }).Targets; !slices.Equal(got, []core.Target{program("http://example.org:80/x/../dr")}) {
			t.Errorf("the event's targets are %+v", got)
		}
		targets := []core.Target{program("http://EXAMPLE.org/dr"), program("http://EXAMPLE.org/DR"), {Kind: core.TargetGroup, Value: "HTTP://EXAMPLE.org/dr"}}
		unknown := view(w, func(r core.Reader) (map[core.Target]bool, error) { return r.UnknownTargets(targets) })
		if len(unknown) != 2 || unknown[targets[0]] {
			t.Errorf("unknown are %v", unknown)
		}
		o := &core.ReportOrder{OrderID: "o", ReportSpec: core.ReportSpec{Standing: true, Targets: []core.Target{program("HTTP://example.org/another")}}, CreatedAt: w.now}
		w.change(func(tx core.Tx, _ int64) error { return tx.PutReportOrder(o) })
		if got := view(w, func(r core.Reader) ([]*core.ReportOrder, error) { return r.StandingOrders(v.No) }); len(got) != 1 || got[0].Targets[0] != o.Targets[0] {
			t.Errorf("standing orders are %+v", got)
		}
		e.Targets = []core.Target{program("HTTP://example.org/another")}
		w.put(e)
		if c := w.concerns(v)[e.No]; c.EventNo != e.No || c.Withdrawn {
			t.Errorf("retargeted, the concern is %+v", c)
		}
		respell("HTTP://example.org/dr")
		if c := w.concerns(v); len(c) != 0 {
			t.Errorf("without the label, the VEN is concerned: %+v", c)
		}
	})
}

// Events of one market context overlap in whatever spelling.
func TestE13Spec512OverlapInAnySpelling(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		w.ven("ven-1")
		e := w.event("e", all)
		e.MarketContext = "HTTP://Example.org:80/dr"
		w.put(e)
		for i, c := range []struct {
			uri  string
			with int
		}{{"http://example.org/dr", 1}, {"http://example.org/a/../%64r", 2}, {"http://example.org/DR", 0}} {
			other := w.event(fmt.Sprint("other", i), all)
			other.MarketContext = c.uri
			w.put(other)
			if got := view(w, func(r core.Reader) ([]core.Overlap, error) { return r.Overlaps(other, 10, 10) }); len(got) != c.with {
				t.Errorf("%s overlaps %+v, want %d", c.uri, got, c.with)
			}
		}
	})
}

// Market contexts that a process of the version before stored are brought into the normal
// form when a store is opened, and hourly. Only VENs that get an event by that are due.
func TestSpec512WrittenByTheVersionBefore(t *testing.T) {
	for when, brings := range map[string]func(w *world){
		"opened": func(w *world) { open(w, w.store) },
		"hourly": func(w *world) { w.retire(w.now.Add(-time.Hour)) },
	} {
		contract(t, func(t *testing.T, w *world) {
			exec := func(statement string, args ...any) {
				t.Helper()
				w.must(w.Exec(ctx, statement, args...))
			}
			vens := map[string]*core.VEN{}
			for _, id := range []string{"met", "same", "alone", "other"} {
				vens[id] = w.ven(id)
			}
			for _, l := range [][2]string{
				{"met", "HTTP://Example.org/dr"}, {"same", "http://example.org/dr"}, {"same", "http://example.org:80/dr"}, {"alone", "http://EXAMPLE.org/alone"}, {"other", "http://example.org/other"},
			} {
				exec(`INSERT INTO label (kind, value, ven_no, rev) VALUES ('marketContext', $1, $2, 1)`, l[1], vens[l[0]].No)
			}
			e, alone := w.event("e", program("http://example.org/dr"), program("y")), w.event("alone", program("x"))
			for _, table := range []string{"event_target", "event_target_span"} {
				exec(`UPDATE `+table+` SET value = 'http://EXAMPLE.org/alone' WHERE event_no = $1`, alone.No)
				exec(`UPDATE `+table+` SET value = 'HTTP://example.org/dr' WHERE event_no = $1 AND value = 'y'`, e.No)
			}
			exec(`UPDATE event SET market_context = 'HTTP://m' WHERE no = $1`, alone.No)
			at := w.mark(vens["other"], core.UrgencyNormal)
			brings(w)
			for id, concerned := range map[string]*core.Event{"met": e, "same": e, "alone": alone, "other": nil} {
				c := w.concerns(vens[id])
				if concerned == nil && len(c) != 0 || concerned != nil && (len(c) != 1 || c[concerned.No].EventNo != concerned.No) {
					t.Errorf("%s: the events that concern %s are %+v", when, id, c)
				}
				due := w.count(`SELECT rev FROM outbox WHERE ven_no = $1 AND topic = 101`, vens[id].No) > at
				if want := concerned == e; due != want {
					t.Errorf("%s, that %s is due is %t, want %t", when, id, due, want)
				}
			}
			for id, want := range map[string][]string{"met": {"HTTP://Example.org/dr"}, "same": {"http://example.org/dr"}, "alone": {"http://EXAMPLE.org/alone"}} {
				if got := view(w, func(r core.Reader) (*core.VEN, error) { return r.VEN(id) }).MarketContexts; !slices.Equal(got, want) {
					t.Errorf("%s, the market contexts of %s are %q, want %q", when, id, got, want)
				}
			}
			if n := w.count(`SELECT count(*) FROM event WHERE market_context = 'http://m/'`); n != 1 {
				t.Errorf("%s, the event's market context is not in its normal form", when)
			}
			rev := w.count(`SELECT rev FROM change`)
			brings(w)
			if again := w.count(`SELECT rev FROM change`); again != rev {
				t.Errorf("%s again, the revision is %d after %d", when, again, rev)
			}
		})
	}
}
