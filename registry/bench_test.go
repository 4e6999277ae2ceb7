package registry_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

const benchVENs, benchBatch = 10_000, 500

func BenchmarkMark(b *testing.B) {
	crowd(b, func(b *testing.B, w *world, e *core.Event) {
		w.settleAll(w.claimAll())
		for b.Loop() {
			w.remark(e)
			b.StopTimer()
			w.settleAll(w.claimAll())
			b.StartTimer()
		}
	})
}

func BenchmarkClaim(b *testing.B) {
	crowd(b, func(b *testing.B, w *world, e *core.Event) {
		for b.Loop() {
			claims := w.claimAll()
			b.StopTimer()
			w.settleAll(claims)
			w.remark(e)
			b.StartTimer()
		}
	})
}

func BenchmarkSettle(b *testing.B) {
	crowd(b, func(b *testing.B, w *world, e *core.Event) {
		for b.Loop() {
			b.StopTimer()
			w.remark(e)
			claims := w.claimAll()
			b.StartTimer()
			w.settleAll(claims)
		}
	})
}

// BenchmarkSettleGroups settles in groups of the size that a fan-out has.
func BenchmarkSettleGroups(b *testing.B) {
	crowd(b, func(b *testing.B, w *world, e *core.Event) {
		for b.Loop() {
			b.StopTimer()
			w.remark(e)
			claims := w.claimAll()
			b.StartTimer()
			for some := range slices.Chunk(claims, 150) {
				w.settleAll(some)
			}
		}
	})
}

// BenchmarkUpdateTogether stores the answers of 200 VENs to an event, at the same time and
// one after another.
func BenchmarkUpdateTogether(b *testing.B) {
	for _, together := range []bool{true, false} {
		b.Run(fmt.Sprint("together=", together), func(b *testing.B) {
			crowd(b, func(b *testing.B, w *world, e *core.Event) {
				const vens = 200
				answer := func(venNo int64) {
					err := w.Update(ctx, func(tx core.Tx) error {
						return tx.PutAnswer(core.Answer{EventNo: e.No, VENNo: venNo, OptType: "optIn", At: w.now})
					})
					if err != nil {
						b.Error(err)
					}
				}
				for b.Loop() {
					var wg sync.WaitGroup
					for no := int64(1); no <= vens; no++ {
						if together {
							wg.Go(func() { answer(no) })
						} else {
							answer(no)
						}
					}
					wg.Wait()
				}
				b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*vens), "µs/update")
			})
		})
	}
}

func BenchmarkConcerns(b *testing.B) {
	crowd(b, func(b *testing.B, w *world, e *core.Event) {
		for b.Loop() {
			for first := int64(1); first <= benchVENs; first += benchBatch {
				nos := make([]int64, benchBatch)
				for i := range nos {
					nos[i] = first + int64(i)
				}
				view(w, func(r core.Reader) ([]core.Concern, error) { return r.Concerns(nos, w.now) })
			}
		}
	})
}

func BenchmarkEventVENs(b *testing.B) {
	crowd(b, func(b *testing.B, w *world, e *core.Event) {
		for range 20 { // with some history
			w.settleAll(w.claimAll())
			w.remark(e)
		}
		for b.Loop() {
			for after, more := "", true; more; more = after != "" {
				w.must(w.View(ctx, func(r core.Reader) (err error) {
					_, after, err = r.EventVENs(e, core.EventVENFilter{}, after, benchBatch)
					return err
				}))
			}
		}
	})
}

// BenchmarkNextDue asks once for the next due time while all VENs are due.
func BenchmarkNextDue(b *testing.B) {
	crowd(b, func(b *testing.B, w *world, e *core.Event) {
		for b.Loop() {
			w.nextDue()
		}
	})
}

// BenchmarkPutValues stores five values of each of 200 requests in one commit.
func BenchmarkPutValues(b *testing.B) {
	for name, make := range stores {
		b.Run(name, func(b *testing.B) {
			const requests, each = 200, 5
			store := make(b)
			w := newWorld(b, open(b, store), store, time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC))
			v := w.registered("ven-1")
			var points []oadr.ReportDescription
			for i := range each {
				points = append(points, power(fmt.Sprint("p", i)))
			}
			w.registers(v, w.offer("s", points...))
			var values []core.Value
			for range requests {
				r := w.requested(v, "s")
				for _, p := range points {
					values = append(values, core.Value{RequestNo: r.No, PointNo: w.point(v, "s", p.RID), Start: w.now, Duration: time.Minute, Value: 1.25,
						Quality: "Quality Good - Non Specific", ReceivedAt: w.now})
				}
			}
			b.ResetTimer()
			for b.Loop() {
				for i := range values {
					values[i].Start = values[i].Start.Add(time.Minute)
				}
				w.putValues(values...)
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*len(values)), "µs/value")
		})
	}
}

// BenchmarkFigures counts the VENs that lack an event while all lack some of fifty events.
func BenchmarkFigures(b *testing.B) {
	crowd(b, func(b *testing.B, w *world, e *core.Event) {
		for i := range 50 {
			w.event(fmt.Sprintf("e%d", i), group(fmt.Sprint("g", i%10)))
		}
		for b.Loop() {
			view(w, func(r core.Reader) (core.Figures, error) { return r.Figures(w.now) })
		}
	})
}
