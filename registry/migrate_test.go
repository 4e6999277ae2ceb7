package registry_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/registry"
)

// A store from before outboxes had numbers keeps its rows and its pushes in flight.
func TestMigrationKeepsWhatThereIs(t *testing.T) {
	for name, make := range bare {
		t.Run(name, func(t *testing.T) {
			store := make(t)
			if err := registry.MigrateTo(ctx, store, 2, rowsOfVersion2()...); err != nil {
				t.Fatal(err)
			}
			w := newWorld(t, open(t, store), store, time.UnixMilli(2000).UTC())
			if n := w.count(`SELECT count(*) FROM push WHERE attempts = 3 AND rev = 2 AND sent_at = 400 OR error = 'no' AND code = 454`); n != 2 {
				t.Errorf("%d records of pushes, want 2", n)
			}
			v := view(w, func(r core.Reader) (*core.VEN, error) { return r.VENByIdentity(jid("ven-1")) })
			if v.No != 1 || len(v.Groups) != 1 || v.Route.Address != "ven-1@example.org/a" || v.Stanza+v.Route.Stanza != "" {
				t.Errorf("ven-1 is %+v", v)
			}
			if v := view(w, func(r core.Reader) (*core.VEN, error) { return r.VEN("ven-3") }); v.Route.Address != "" {
				t.Errorf("ven-3 has the address %s of another VEN", v.Route.Address)
			}
			a := view(w, func(r core.Reader) (*core.Answer, error) { return r.Answer(4, 1) })
			if a.OptType != "optIn" || a.At.UnixMilli() != 7 || a.OptAt.UnixMilli() != 7 {
				t.Errorf("answer %+v", a)
			}
			if a := view(w, func(r core.Reader) (*core.Answer, error) { return r.Answer(4, 2) }); a.OptType != "" || a.Code != 460 || !a.OptAt.IsZero() {
				t.Errorf("refusal %+v", a)
			}
			if o := w.opt(1, "o"); o.CreatedAt.UnixMilli() != 9 || o.ReceivedAt.UnixMilli() != 9 {
				t.Errorf("opt %+v", o)
			}
			e := view(w, func(r core.Reader) (*core.Event, error) { return r.Event("e") })
			if h := w.history(e, v, 10); len(h) != 2 || h[0].What != core.HistoryCreated || h[1].What != core.HistorySent {
				t.Errorf("history %+v", h)
			}
			if got := w.stand(e, v); got.State != core.OutboxInFlight || got.Sent != 3 || got.Settled != 2 || got.Attempts != 1 || got.Needed != 3 {
				t.Errorf("ven-1 with the event: %+v", got)
			}
			if !w.settle(core.Claim{VENNo: 1, VENID: "ven-1", Topic: core.TopicEvents, Rev: 3}, core.Outcome{Result: core.Acknowledged}) {
				t.Error("the answer to a push from before the migration did not count")
			}
			if c := w.claimOne(); c.VENID != "ven-2" || c.Rev != 3 || c.Settled != 2 {
				t.Errorf("claimed %+v", c)
			}
			if parked, err := w.Parked(ctx, "xmpp", 10); err != nil || len(parked) != 1 || parked[0] != "ven-3@example.org" {
				t.Errorf("parked %v %v", parked, err)
			}
			if n, err := w.Unpark(ctx, w.now, []int64{3}, core.SignHeard); n != 1 || err != nil {
				t.Errorf("unparked %d %v", n, err)
			}
			if got := names(w.claim(core.UrgencyCancel)); len(got) != 1 || got[0] != "ven-3" {
				t.Errorf("claimed %v", got)
			}
			if rev := w.mark(v, core.UrgencyNormal); rev != 4 {
				t.Errorf("revision %d after 3", rev)
			}
			removeVEN2(t, w)
		})
	}
}

// Rules E3 and E23: a VEN that the version before took off an event, under a
// modificationNumber of its own, counts on from that number.
func TestMigrationKeepsWhoWasWithdrawn(t *testing.T) {
	for name, make := range bare {
		t.Run(name, func(t *testing.T) {
			store := make(t)
			ven := func(no, id string) string {
				return `INSERT INTO ven (no, ven_id, name, profile, payload_root, labels_rev, created_at) VALUES (` + no + `, '` + id + `', '', '2.0b', '', 1, 0)`
			}
			outbox := func(no, rev, settled string) string {
				return `INSERT INTO outbox (box, ven_no, topic, rev, sent, settled, state, urgency, place, attempts, result, code, error)
 VALUES (` + no + ` * 256 + 101, ` + no + `, 101, ` + rev + `, ` + rev + `, ` + settled + `, 'idle', 3, 0, 0, 'acknowledged', 200, '')`
			}
			revision := func(modification, rev, comment string) string {
				return `INSERT INTO event_revision (event_no, modification, rev, body, changed_at, changed_by)
 VALUES (4, ` + modification + `, ` + rev + `, '{"EventID":"e","Comment":"` + comment + `"}', ` + rev + `, 'x')`
			}
			err := registry.MigrateTo(ctx, store, 9, ven("1", "ven-1"), ven("2", "ven-2"), outbox("1", "8", "8"), outbox("2", "9", "9"),
				`INSERT INTO label (kind, value, ven_no, rev) VALUES ('all', '', 1, 1), ('all', '', 2, 1), ('group', 'g', 2, 1)`,
				`INSERT INTO event (no, event_id, modification, highest, rev, market_context, test, start_at, created_at, changed_at) VALUES (4, 'e', 4, 5, 9, '', FALSE, 0, 0, 9)`,
				revision("0", "3", "first"), revision("2", "6", "second"), revision("4", "9", "third"),
				`INSERT INTO event_target (event_no, kind, value) VALUES (4, 'group', 'g')`,
				`INSERT INTO event_target_span (event_no, kind, value, rev) VALUES (4, 'group', 'g', 0)`,
				`INSERT INTO event_withdrawn (event_no, ven_no, modification, rev) VALUES (4, 1, 3, 8)`,
				`INSERT INTO push (box, rev, sent_at, settled_at, attempts, result, code, error) VALUES (357, 8, 7, 8, 1, 'acknowledged', 200, '')`,
				`UPDATE change SET rev = 9, no = 4`)
			if err != nil {
				t.Fatal(err)
			}
			w := newWorld(t, open(t, store), store, time.UnixMilli(2000).UTC())
			v := view(w, func(r core.Reader) (*core.VEN, error) { return r.VEN("ven-1") })
			e := view(w, func(r core.Reader) (*core.Event, error) { return r.Event("e") })
			if c := w.concerns(v)[4]; !c.Withdrawn || c.ModificationNumber != 3 || c.Shown != 2 || c.WithdrawnRev != 8 || !c.ChangedAt.IsZero() {
				t.Errorf("the withdrawn event concerns the VEN as %+v", c)
			}
			if was := view(w, func(r core.Reader) (*core.Event, error) { return r.EventAs(4, 2) }); was.Comment != "second" {
				t.Errorf("the event as it was then: %+v", was)
			}
			if s := w.stand(e, v); !s.Withdrawn || s.ModificationNumber != 3 || s.Before != orNone(2) || s.Held != orNone(3) {
				t.Errorf("the VEN stands %+v", s)
			}
			if h := w.happened(time.UnixMilli(0), w.history(e, v, 10)); len(h) != 4 || h[2] != "0 acknowledged 3 ven-1" {
				t.Errorf("history %q", h)
			}
			e.ModificationNumber, e.Targets = 5, []core.Target{all}
			w.put(e)
			if c := w.concerns(v)[4]; c.Withdrawn || c.ModificationNumber != 4 {
				t.Errorf("the event that is back concerns the VEN as %+v", c)
			}
			other := view(w, func(r core.Reader) (*core.VEN, error) { return r.VEN("ven-2") })
			if c := w.concerns(other)[4]; c.ModificationNumber != 5 {
				t.Errorf("the event concerns the other VEN as %+v", c)
			}
		})
	}
}

// Rule E25: a VEN whose events had become too many for a message, so that an earlier
// version stopped its pushes, is due again, and its events are measured.
func TestMigrationMakesVENsWithTooManyEventsDue(t *testing.T) {
	for name, make := range bare {
		t.Run(name, func(t *testing.T) {
			store := make(t)
			var statements []string
			for no, outcome := range map[int]string{
				1: `'idle', 'refused', 'not sent: its oadrDistributeEvent has 264000 bytes, VTN_MAX_PAYLOAD is 262144'`,
				2: `'idle', 'refused', 'no such signal'`, 3: `'idle', 'acknowledged', ''`,
				4: `'off', 'refused', 'not sent: its oadrDistributeEvent has 264000 bytes, VTN_MAX_PAYLOAD is 262144'`,
			} {
				fields := strings.SplitN(outcome, ", ", 3)
				statements = append(statements,
					fmt.Sprintf(`INSERT INTO ven (no, ven_id, name, profile, payload_root, labels_rev, created_at) VALUES (%d, 'ven-%d', '', '2.0b', '', 1, 0)`, no, no),
					fmt.Sprintf(`INSERT INTO label (kind, value, ven_no, rev) VALUES ('all', '', %d, 1)`, no),
					fmt.Sprintf(`INSERT INTO outbox (box, ven_no, topic, rev, sent, settled, state, urgency, place, attempts, result, code, error)
 VALUES (%d * 256 + 101, %d, 101, 5, 5, 5, %s, 3, 7, 0, %s, 0, %s)`, no, no, fields[0], fields[1], fields[2]))
			}
			statements = append(statements, `UPDATE change SET rev = 5, no = 10`,
				`INSERT INTO event (no, event_id, modification, highest, rev, market_context, test, start_at, created_at, changed_at) VALUES (9, 'e', 0, 0, 5, '', FALSE, 0, 0, 0)`,
				`INSERT INTO event_revision (event_no, modification, rev, body, changed_at, changed_by) VALUES (9, 0, 5, '{"EventID":"e"}', 0, 'x')`,
				`INSERT INTO event_target (event_no, kind, value) VALUES (9, 'all', '')`)
			if err := registry.MigrateTo(ctx, store, 16, statements...); err != nil {
				t.Fatal(err)
			}
			w := newWorld(t, open(t, store), store, time.UnixMilli(2000).UTC())
			if c := w.claimOne(); c.VENID != "ven-1" || c.Rev != 6 || c.Settled != 5 {
				t.Errorf("claimed %+v", c)
			}
			if unmeasured := view(w, func(r core.Reader) ([]*core.Event, error) { return r.Unmeasured(w.now) }); len(unmeasured) != 1 {
				t.Errorf("unmeasured events: %+v", unmeasured)
			}
		})
	}
}

// rowsOfVersion2 are statements that fill a store from before outboxes had numbers.
func rowsOfVersion2() []string {
	ven := func(no, id, route string) string {
		return `INSERT INTO ven (no, ven_id, name, profile, payload_root, labels_rev, created_at, route_transport, route_identity, route_address)
 VALUES (` + no + `, '` + id + `', '', '2.0b', '', 1, 0, 'xmpp', '` + route + `@example.org', '` + route + `@example.org/a')`
	}
	outbox := func(no, rest string) string {
		return `INSERT INTO outbox (ven_no, topic, rev, sent, settled, state, urgency, next_at, attempts, sent_at, settled_at, result, code, error) VALUES (` + no + `, 'events', ` + rest + `)`
	}
	return []string{
		ven("1", "ven-1", "ven-1"), ven("2", "ven-2", "ven-2"), ven("3", "ven-3", "stranger"),
		`INSERT INTO identity (transport, identity, ven_no) VALUES ('xmpp', 'ven-1@example.org', 1), ('xmpp', 'ven-2@example.org', 2), ('xmpp', 'ven-3@example.org', 3)`,
		`INSERT INTO label (kind, value, ven_no, rev) VALUES ('all', '', 1, 1), ('all', '', 2, 1), ('all', '', 3, 1), ('group', 'g', 1, 2)`,
		`INSERT INTO event (no, event_id, modification, highest, rev, market_context, test, start_at, created_at, changed_at) VALUES (4, 'e', 0, 0, 3, '', FALSE, 0, 0, 0)`,
		`INSERT INTO event_revision (event_no, modification, rev, body, changed_at, changed_by) VALUES (4, 0, 3, '{}', 0, 'x')`,
		`INSERT INTO event_target (event_no, kind, value) VALUES (4, 'group', 'g')`,
		`INSERT INTO event_answer (event_no, ven_no, modification, opt, code, answered_at) VALUES (4, 1, 0, 'optIn', 200, 7), (4, 2, 0, 'optOut', 460, 8)`,
		`INSERT INTO opt (ven_no, opt_id, event_no, modification, opt, reason, body, created_at) VALUES (1, 'o', 4, 0, 'optOut', '', '{}', 9)`,
		outbox("1", `3, 3, 2, 'in_flight', 2, 5000, 1, 1000, 500, 'acknowledged', 0, ''`),
		outbox("2", `3, 2, 2, 'idle', 2, 1000, 0, 900, 950, 'refused', 454, 'no'`),
		outbox("3", `3, 3, 2, 'parked', 0, 9000, 2, 1000, 500, 'acknowledged', 0, 'away'`),
		`INSERT INTO push (ven_no, topic, rev, sent_at, settled_at, attempts, result, code, error) VALUES (1, 'events', 2, 400, 500, 3, 'acknowledged', 200, ''), (2, 'events', 2, 900, 950, 1, 'refused', 454, 'no')`,
		`UPDATE change SET rev = 3, no = 4`,
	}
}

// removeVEN2 deletes VEN number 2 and checks that no row of it is left.
func removeVEN2(t *testing.T, w *world) {
	t.Helper()
	w.remove(2)
	for _, table := range []string{"outbox", "push", "label", "identity", "event_answer"} {
		where := map[string]string{"push": "box / 256 = 2"}[table]
		if where == "" {
			where = "ven_no = 2"
		}
		if n := w.count(`SELECT count(*) FROM ` + table + ` WHERE ` + where); n != 0 {
			t.Errorf("%d rows are left of a deleted VEN in %s", n, table)
		}
	}
}
