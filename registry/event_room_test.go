package registry_test

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// Rule E25: VENs whose events do not fit in one message are found.
func TestE25VENsWithTooManyEvents(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		sized := func(id string, size int, targets ...core.Target) *core.Event {
			e := &core.Event{EventSpec: core.EventSpec{EventID: id, Start: w.now.Add(time.Hour), Duration: time.Hour, Targets: targets}, Size: core.Size{Content: size, Targets: 1000}}
			w.put(e)
			return e
		}
		a, b, c := w.ven("a", "g", "h"), w.ven("b", "g"), w.ven("c", "h")
		one, two := sized("one", 40_000, group("g"), group("h")), sized("two", 50_000, group("h"))
		check := func(eventNo, venNo int64, limit int, want ...string) {
			t.Helper()
			if got, more := w.fullest(eventNo, venNo, core.SetLimits{Bytes: limit}, 10); !reflect.DeepEqual(got, want) || more != 0 {
				t.Errorf("over %d bytes: %v and %d more, want %v", limit, got, more, want)
			}
		}
		check(one.No, 0, 100_000)
		check(one.No, 0, 90_000, "a of 90000", "c of 90000")
		check(two.No, 0, 40_000, "a of 40000", "c of 40000")
		check(one.No, 0, 40_000, "a of 40000", "b of 40000", "c of 40000")
		check(0, b.No, 90_000)
		check(0, c.No, 90_000, "c of 90000")
		if got, more := w.fullest(one.No, 0, core.SetLimits{Bytes: 40_000}, 1); len(got) != 1 || more != 2 {
			t.Errorf("of three VENs, %v and %d more", got, more)
		}
		w.must(w.Exec(ctx, `UPDATE ven SET route_stanza = 'body' WHERE no = $1`, a.No))
		if got, _ := w.fullest(one.No, 0, core.SetLimits{Bytes: 100_000, ByStanza: map[string]int{"body": 60_000}}, 9); !reflect.DeepEqual(got, []string{"a of 60000"}) {
			t.Errorf("too many events for one body: %v", got)
		}
		w.change(func(tx core.Tx, rev int64) error {
			return tx.Register(c.No, &core.Registration{RegistrationID: "r", ReportOnly: true})
		})
		check(one.No, 0, 90_000, "a of 90000")
		two.CancelledAt = w.now
		w.put(two)
		check(one.No, 0, 90_000)
		w.now = one.End()
		check(one.No, 0, 10_000)

		old := w.event("old", all) // as an earlier version stored it
		unmeasured := view(w, func(r core.Reader) ([]*core.Event, error) { return r.Unmeasured(w.now) })
		if len(unmeasured) != 1 || unmeasured[0].No != old.No {
			t.Errorf("unmeasured events: %+v", unmeasured)
		}
		old.Size = core.Size{Content: 5, Targets: 6}
		w.change(func(tx core.Tx, rev int64) error { return tx.PutSize(old) })
		if got := view(w, func(r core.Reader) (*core.Event, error) { return r.Event("old") }); got.Size != old.Size {
			t.Errorf("the size is %+v", got.Size)
		}
	})
}

// BenchmarkFull looks for VENs with too many events among 10,000 with three events each:
// "together" if all events fit in one message, "each" if each VEN has to be checked.
func BenchmarkFull(b *testing.B) {
	for name, limit := range map[string]int{"together": 1 << 20, "each": 235_929} {
		b.Run(name, func(b *testing.B) {
			crowd(b, func(b *testing.B, w *world, e *core.Event) {
				e.Size = core.Size{Content: 60_000, Targets: 200}
				w.put(e)
				for i := range 20 {
					other := &core.Event{EventSpec: core.EventSpec{EventID: fmt.Sprint("other", i), Start: w.now.Add(time.Hour), Duration: time.Hour,
						Targets: []core.Target{group(fmt.Sprint("g", i%10))}}, Size: core.Size{Content: 40_000, Targets: 200}}
					w.put(other)
				}
				b.ResetTimer()
				for range b.N {
					if full, _ := w.fullest(e.No, 0, core.SetLimits{Bytes: limit}, 10); len(full) != 0 {
						b.Fatal(full)
					}
				}
			})
		})
	}
}
