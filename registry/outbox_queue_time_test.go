package registry_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/registry"
)

func TestClaimsGoByQueueTime(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		a, b, c := w.ven("a"), w.ven("b"), w.ven("c")
		queueTime := func(n int) time.Time { return w.now.AddDate(-100, 0, n) }
		w.markAt(a, core.UrgencyNormal, queueTime(3))
		w.markAt(b, core.UrgencyNormal, queueTime(2))
		w.markAt(c, core.UrgencyNormal, queueTime(9))
		w.markAt(c, core.UrgencyNormal, queueTime(1)) // the earlier queue time
		w.markAt(b, core.UrgencyNormal, queueTime(5)) // keeps the earlier queueTime
		if due, ok := w.nextDue(); !ok || due.After(w.now) {
			t.Errorf("next due %s %v", due, ok)
		}
		claims := w.claim(core.UrgencyNormal)
		if got := names(claims); !reflect.DeepEqual(got, []string{"c", "b", "a"}) {
			t.Errorf("claimed %v", got)
		}

		// A VEN that is requeued or unparked has its queue time again.
		w.settle(claims[0], core.Outcome{Result: core.Requeue})
		w.settle(claims[1], core.Outcome{Result: core.Unreachable})
		w.settle(claims[2], core.Outcome{Result: core.Retry})
		if got := names(w.claim(core.UrgencyNormal)); !reflect.DeepEqual(got, []string{"c"}) {
			t.Errorf("claimed %v after a requeue", got)
		}
		w.markAt(a, core.UrgencyNormal, queueTime(0)) // ends the backoff, before b
		_, err := w.Unpark(ctx, w.now, []int64{b.No}, core.SignHeard)
		w.must(err)
		if got := names(w.claimKind(silent)); !reflect.DeepEqual(got, []string{"a"}) {
			t.Errorf("claimed %v of the silent", got)
		}
		if got := names(w.claim(core.UrgencyNormal)); !reflect.DeepEqual(got, []string{"b"}) {
			t.Errorf("claimed %v after parking", got)
		}

		// A change during a flight waits for the answer and then has its queue time.
		w.markAt(b, core.UrgencyNormal, queueTime(7))
		w.markAt(c, core.UrgencyNormal, queueTime(6))
		w.claimNone()
		w.settle(core.Claim{VENNo: b.No, VENID: "b", Topic: core.TopicEvents, Rev: w.sent(b)}, core.Outcome{Result: core.Acknowledged})
		w.settle(core.Claim{VENNo: c.No, VENID: "c", Topic: core.TopicEvents, Rev: w.sent(c)}, core.Outcome{Result: core.Acknowledged})
		if got := names(w.claim(core.UrgencyNormal)); !reflect.DeepEqual(got, []string{"c", "b"}) {
			t.Errorf("claimed %v after answers", got)
		}
	})
}

func TestReachStopsAtTheBound(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		for i := range 5 {
			w.ven(fmt.Sprint("ven-", i), "g")
		}
		reach := func(e *core.Event, most int) (n int) {
			w.change(func(tx core.Tx, rev int64) (err error) { n, err = tx.Reach(e.No, most); return err })
			return n
		}
		twice := w.event("twice", group("g"), all, only("ven-1"))
		nobody := w.event("nobody", group("h"))
		for _, c := range []struct {
			e          *core.Event
			most, want int
		}{{twice, 10, 5}, {twice, 5, 5}, {twice, 3, 3}, {nobody, 3, 0}} {
			if got := reach(c.e, c.most); got != c.want {
				t.Errorf("%s reaches %d, want %d", c.e.EventID, got, c.want)
			}
		}
	})
}

// However many VENs there are, frequent statements find their rows by an index.
func TestNothingIsSearchedWhole(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		if !w.SQLite() {
			t.Skip("skipped: PostgreSQL plans by the size of tables, these are empty")
		}
		for name, c := range map[string]struct {
			statement string
			args      []any
			by        string
		}{
			"claim":  {registry.ClaimStatement, []any{0, 0, 1}, "outbox_due"},
			"silent": {registry.SilentStatement, []any{0, 0, 1}, "outbox_silent"},
			"due":    {registry.NextDueStatement, []any(nil), "outbox_due"},
			"parked": {registry.ParkedStatement, []any{"xmpp", 1}, "outbox_parked"},
			"take":   {registry.ClaimOutboxesStatement, []any{"[]", 0, 0, 0, ""}, "INTEGER PRIMARY KEY"},
			"record": {registry.RecordAlikeStatement, []any{"{}", 0, "", 0, "", "", 0}, "INTEGER PRIMARY KEY"},
			"settle": {registry.SettleOutboxesStatement, []any{"[]", 0, "", 0, "", 0}, "INTEGER PRIMARY KEY"},
		} {
			plan, err := w.Plan(ctx, c.statement, c.args...)
			w.must(err)
			for _, step := range strings.Split(plan, "\n") {
				whole := strings.HasPrefix(step, "SCAN ") && !strings.Contains(step, "outbox_parked") && !strings.Contains(step, "VIRTUAL TABLE") && !strings.HasSuffix(step, "first") && !strings.HasSuffix(step, "ends")
				if whole || strings.Contains(step, "TEMP B-TREE FOR ORDER BY") && name != "parked" {
					t.Errorf("%s: %s in\n%s", name, step, plan)
				}
			}
			if !strings.Contains(plan, c.by) {
				t.Errorf("%s does not use %s:\n%s", name, c.by, plan)
			}
		}
	})
}
