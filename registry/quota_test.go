package registry_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/registry"
	"github.com/vtn-xmpp/vtn-xmpp/registry/registrytest"
)

// storing stores random rows of all kinds that VENs can store.
type storing struct {
	*world
	*rand.Rand
	vens     []*core.VEN
	events   []*core.Event
	requests []*core.ReportRequest
	names    int
}

func (s *storing) pick(n int) string {
	return fmt.Sprint([]string{"a", "ü", `"<&>\`, strings.Repeat("long", 40)}[s.IntN(4)], s.IntN(n))
}

func (s *storing) time() time.Time { return s.now.Add(time.Duration(s.IntN(40)-20) * time.Hour) }

// step stores, changes or deletes one random thing in a transaction.
func (s *storing) step(tx core.Tx, rev int64) error {
	v := s.vens[s.IntN(len(s.vens))]
	e := s.events[s.IntN(len(s.events))]
	switch s.IntN(11) {
	case 0, 1:
		o := core.Opt{VENNo: v.No, OptID: s.pick(6), OptType: "optOut", Reason: s.pick(3), MarketContext: s.pick(3), CreatedAt: s.now, ReceivedAt: s.now}
		if s.IntN(2) == 0 {
			o.EventNo = e.No
		}
		for range s.IntN(5) {
			o.Periods = append(o.Periods, core.OptPeriod{Start: s.time(), End: s.time()})
		}
		return tx.PutOpt(&o)
	case 2:
		opts, err := tx.CancelOpts(v.No, s.pick(6), s.time())
		if len(opts) == 0 || s.IntN(2) == 0 {
			return err
		}
		_, err = tx.DropPeriods(opts[0].No, s.time())
		return errors.Join(err, tx.ReplaceOpts([]int64{opts[0].No}, s.time()), tx.DropOpt(opts[len(opts)-1].No))
	case 3, 4:
		what := []core.HistoryKind{core.HistoryAnswered, core.HistoryOptCreated, core.HistoryOptReplaced, core.HistoryOptCancelled}[s.IntN(4)]
		h := core.HistoryEntry{EventNo: e.No, VENNo: v.No, At: s.now, What: what, OptID: s.pick(3), Error: strings.Repeat("é\x00", s.IntN(400))}
		for range s.IntN(3) {
			h.Resources = append(h.Resources, s.pick(9))
		}
		return tx.Record(h)
	case 5:
		return s.putOffers(tx, v)
	case 6:
		s.names++
		return tx.Register(v.No, &core.Registration{RegistrationID: fmt.Sprint("r", v.No, "-", s.names-s.IntN(2)), Address: s.pick(5), StartedAt: s.time()})
	case 7:
		if err := tx.EndRegistration(v.No, s.time()); !errors.Is(err, core.ErrNotFound) {
			return err
		}
	case 8:
		s.names++
		r := &core.ReportRequest{ReportRequestID: fmt.Sprint("q", s.names), VENNo: v.No, SpecifierID: fmt.Sprint("s", s.IntN(4)), State: core.ReportActive,
			RIDs: []string{s.pick(9)}, CreatedAt: s.time(), Rev: rev, DataAt: s.time()}
		if s.IntN(3) == 0 {
			r.State, r.EndedAt = core.ReportEnded, s.time()
		}
		s.requests = append(s.requests, r)
		return tx.PutReportRequests([]*core.ReportRequest{r})
	case 9:
		return s.putSome(tx)
	case 10:
		kinds := core.QuotaKinds
		return tx.MakeRoom(v.No, kinds[s.IntN(len(kinds))])
	}
	return nil
}

// A VEN that has much stored is counted until it is deleted.
func TestNearQuota(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v, other := w.registered("ven-1"), w.registered("ven-2")
		w.event("e", only("ven-1"), only("ven-2"))
		for _, c := range w.claim(core.UrgencyNormal) {
			w.settle(c, yes)
		}
		for _, of := range []*core.VEN{v, other} {
			w.change(func(tx core.Tx, _ int64) error {
				return tx.PutOpt(&core.Opt{VENNo: of.No, OptID: "o", OptType: "optOut", CreatedAt: w.now, ReceivedAt: w.now})
			})
		}
		near := func(want int, from core.Use) {
			t.Helper()
			for _, kind := range []core.QuotaKind{core.QuotaOpts, core.QuotaPushes} {
				if n := view(w, func(r core.Reader) (int, error) { return r.NearQuota(kind, from) }); n != want {
					t.Errorf("%d VENs are near the quota of %s, want %d", n, kind, want)
				}
			}
		}
		near(2, core.Use{Rows: 1, Bytes: 1e9})
		near(2, core.Use{Rows: 1e9, Bytes: 1})
		near(0, core.Use{Rows: 1e9, Bytes: 1e9})
		w.deleteVEN(v)
		near(1, core.Use{Rows: 1, Bytes: 1e9})
		near(1, core.Use{Rows: 1e9, Bytes: 1})
	})
}

// The counters of quotas equal the rows in the tables, whatever was stored, replaced, rolled
// back and deleted.
func TestUsesAreWhatTheTablesHave(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		seed := uint64(time.Now().UnixNano())
		t.Logf("seed %d", seed)
		s := &storing{world: w, Rand: rand.New(rand.NewPCG(seed, 1))}
		for i := range 3 {
			s.vens = append(s.vens, w.ven(fmt.Sprint("ven-", i), "g"))
		}
		s.newEvents()
		seen := map[core.QuotaKind]bool{}
		for round := range 25 {
			for range 20 {
				s.change()
			}
			for _, v := range s.vens {
				w.mark(v, core.UrgencyNormal)
				if c, err := w.ClaimVEN(ctx, core.TopicEvents, v.No, w.now); err == nil && s.IntN(4) > 0 {
					w.settle(c, core.Outcome{Result: core.Refused, Code: 454, Error: s.pick(3)})
				}
			}
			for of := range registrytest.Uses(t, w.store) {
				seen[of.Kind] = true
			}
			if t.Failed() {
				t.Fatalf("round %d", round)
			}
			if round%8 == 7 {
				w.pass(10 * time.Hour)
				before := w.now.Add(-5 * time.Hour)
				w.retire(before)
				registrytest.Uses(t, w.store)
				s.newEvents()
			}
		}
		for _, kind := range core.QuotaKinds {
			if !seen[kind] {
				t.Errorf("nothing of %s was ever stored", kind)
			}
		}
		w.change(func(tx core.Tx, rev int64) error { return tx.DeleteVEN(s.vens[1].No, w.now) })
		registrytest.Uses(t, w.store)
		w.retire(w.now.Add(1000 * time.Hour)) // deletes everything that ends
		w.retire(w.now.Add(1000 * time.Hour))
		registrytest.Uses(t, w.store)
	})
}

// The migration to counters counts the rows of an earlier store.
func TestMigrationCountsStoredRows(t *testing.T) {
	for name, make := range bare {
		t.Run(name, func(t *testing.T) {
			store := make(t)
			if err := registry.MigrateTo(ctx, store, 15,
				`INSERT INTO ven (no, ven_id, name, profile, payload_root, labels_rev, created_at) VALUES (1, 'ven-1', '', '2.0b', '', 1, 0), (2, 'ven-2', '', '2.0b', '', 1, 0)`,
				`INSERT INTO registration (registration_id, ven_no, profile, transport, address, http_pull, report_only, xml_signature, started_at, ended_at)
 VALUES ('a', 1, '', '', 'ädress', FALSE, FALSE, FALSE, 0, 1), ('b', 1, '', '', '', FALSE, FALSE, FALSE, 1, NULL)`,
				`INSERT INTO event (no, event_id, modification, highest, rev, market_context, test, start_at, created_at, changed_at) VALUES (4, 'e', 0, 0, 3, '', FALSE, 0, 0, 0)`,
				`INSERT INTO history (event_no, ven_no, at, what, modification, opt, opt_id, resources, code, error) VALUES
 (4, 1, 0, 'answered', 0, 'optIn', '', '[]', 200, ''), (4, 1, 0, 'withdrawn', 0, '', '', '[]', 0, ''), (4, 1, 0, 'optCreated', 0, 'optIn', 'ö', '[]', 200, 'no'), (4, 2, 0, 'answered', 0, 'optIn', '', '[]', 200, '')`,
				`INSERT INTO opt (ven_no, opt_id, event_no, modification, opt, reason, body, created_at, received_at) VALUES (1, 'ö', 4, 0, 'optOut', 'x', '{}', 9, 9), (2, 's', NULL, 0, 'optOut', '', '{}', 9, 9)`,
				`INSERT INTO opt_period (ven_no, opt_id, place, start_at, end_at) VALUES (2, 's', 0, 1, 2), (2, 's', 1, 3, NULL)`,
				`INSERT INTO report_specifier (ven_no, specifier_id, name, body, registered_at) VALUES (2, 'spec', 'n', '{}', 0)`,
				`INSERT INTO report_point (no, ven_no, specifier_id, r_id, place, report_type, measurement, min_ms, max_ms, body, gone_at) VALUES
 (5, 2, 'spec', 'r', 0, '', '', 0, 0, '{}', NULL), (6, 2, 'spec', 'gone', 0, '', '', 0, 0, '{}', 1)`,
				`INSERT INTO report_request (no, report_request_id, order_id, ven_no, specifier_id, granularity_ms, body, state, rev, piggyback, to_follow, last_owed, created_at, created_by, code, error)
 VALUES (7, 'q', '', 2, 'spec', 0, '{}', 'active', 0, FALSE, FALSE, FALSE, 0, '', 0, '')`,
				`INSERT INTO report_value (request_no, start_at, point_no, duration_ms, value, quality, body, received_at) VALUES (7, 1, 5, 0, 1, 'Gut é', NULL, 0), (7, 1, 0, 0, 1, NULL, '{}', 0)`,
				`INSERT INTO outbox (box, ven_no, topic, rev, sent, settled, state, urgency, place, attempts, result, code, error) VALUES (357, 1, 101, 3, 3, 3, 'idle', 2, 0, 0, '', 0, ''), (613, 2, 101, 3, 3, 3, 'idle', 2, 0, 0, '', 0, '')`,
				`INSERT INTO push (box, rev, settled_at, attempts, result, code, error) VALUES (357, 1, 0, 1, 'refused', 454, 'nö'), (357, 2, 0, 1, 'acknowledged', 0, '')`,
				`UPDATE change SET rev = 3, no = 7`); err != nil {
				t.Fatal(err)
			}
			w := newWorld(t, open(t, store), store, time.UnixMilli(2000).UTC())
			if n := len(registrytest.Uses(t, store)); n != 9 {
				t.Errorf("%d uses are counted, want 9", n)
			}
			for range 2 { // later rows are counted, too
				w.record(core.HistoryEntry{EventNo: 4, VENNo: 1, At: w.now, What: core.HistoryAnswered, OptType: "optOut"})
			}
			w.record(core.HistoryEntry{EventNo: 4, VENNo: 2, At: w.now, What: core.HistoryWithdrawn}) // an operator's action, not counted
			if n := w.count(`SELECT nth FROM history WHERE ven_no = 1 ORDER BY no DESC LIMIT 1`); n != 3 {
				t.Errorf("the VEN's latest entry for the event has number %d, want 3", n)
			}
			registrytest.Uses(t, store)
		})
	}
}

var errBroken = errors.New("to be rolled back")

// change stores something at random or fails. The use that the transaction sees at its end
// must be the use after it.
func (s *storing) change() {
	s.Helper()
	fail := s.IntN(4) == 0
	var uses map[int64]core.Use
	kind := core.QuotaKinds[s.IntN(len(core.QuotaKinds))]
	err := s.Change(ctx, func(tx core.Tx, rev int64) (err error) {
		if s.IntN(3) == 0 { // a read at the start, which the transaction caches
			if _, err := tx.Uses(kind, []int64{s.vens[0].No}); err != nil {
				return err
			}
		}
		for range 1 + s.IntN(3) {
			if err := s.step(tx, rev); err != nil {
				return err
			}
		}
		if fail {
			return errBroken
		}
		uses, err = tx.Uses(kind, []int64{s.vens[0].No})
		return err
	})
	if fail && errors.Is(err, errBroken) {
		return
	}
	s.must(err)
	if after := view(s.world, func(r core.Reader) (map[int64]core.Use, error) { return r.Uses(kind, []int64{s.vens[0].No}) }); after[s.vens[0].No] != uses[s.vens[0].No] {
		s.Fatalf("the use of %s was %+v in the transaction and %+v after it", kind, uses, after)
	}
}

func (s *storing) newEvents() {
	s.events = nil
	for range 3 {
		s.names++
		s.events = append(s.events, s.event(fmt.Sprint("e", s.names), group("g")))
	}
}

// putOffers registers random reports.
func (s *storing) putOffers(tx core.Tx, v *core.VEN) error {
	var offers []core.ReportOffer
	for i := range s.IntN(4) {
		offer := s.offer(fmt.Sprint("s", i))
		offer.Name = s.pick(4)
		for j := range s.IntN(5) {
			p := power(fmt.Sprint("p", j))
			p.MarketContext = s.pick(2)
			offer.Points = append(offer.Points, p)
		}
		offers = append(offers, offer)
	}
	return tx.PutOffers(v.No, offers, s.time())
}

// putSome stores random values of stored requests.
func (s *storing) putSome(tx core.Tx) error {
	var ids []string
	for _, r := range s.requests {
		ids = append(ids, r.ReportRequestID)
	}
	there, err := tx.ReportRequestsByID(ids) // without requests that were rolled back or deleted
	if err != nil || len(there) == 0 {
		return err
	}
	requests := slices.Collect(maps.Values(there))
	values := map[core.ValueKey]core.Value{}
	for range s.IntN(30) {
		x := core.Value{RequestNo: requests[s.IntN(len(requests))].No, PointNo: int64(s.IntN(3)), Start: s.time(), ReceivedAt: s.now, Quality: s.pick(2)}
		if x.PointNo == 0 {
			x.GreenButton = []oadr.XML{oadr.XML("<feed>" + s.pick(4) + "</feed>")}
		} else if s.IntN(3) == 0 {
			x.Status = &oadr.ResourceStatus{Online: s.IntN(2) == 0}
		}
		values[x.Key()] = x
	}
	return tx.PutValues(slices.Collect(maps.Values(values)))
}
