package registry_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// All data of a report that a VEN was requested to send many times is listed, and no part
// of the list reads many more rows than it holds.
func TestValuesOfManyRequests(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		const many = 1500
		v, _, _, p, _ := w.measured() // two requests have no values
		w.registers(v, w.offer("s", power("p"), power("q")), w.offer("other", power("p")))
		var requests []*core.ReportRequest
		for range many {
			requests = append(requests, w.request(v, "s"))
		}
		other := w.request(v, "other")
		w.puts(append(requests, other)...)
		values := []core.Value{{RequestNo: other.No, PointNo: w.point(v, "other", "p"), Start: w.now}}
		for i, minute := range rand.Perm(many) { // two at a time
			values = append(values, core.Value{RequestNo: requests[i].No, PointNo: p, Start: w.now.Add(time.Duration(minute/2) * time.Minute), Value: float64(minute / 2)})
		}
		w.putValues(values...)

		for i, limit := range []int{many + 1, 400, 70, 400} {
			count := 0
			q := core.ValueQuery{VENNo: v.No, SpecifierID: "s", Limit: limit}
			if i == 3 {
				q.RIDs = []string{"p"}
			}
			for {
				part, statements, err := w.ValuesCounted(ctx, q)
				w.must(err)
				for i, v := range part {
					if v.Value != float64((count+i)/2) {
						t.Fatalf("%d at a time: value %d is %v", limit, count+i, v.Value)
					}
				}
				if count += len(part); statements > len(part)+2 {
					t.Errorf("%d at a time: %d statements for %d values", limit, statements, len(part))
				}
				if len(part) < limit {
					break
				}
				q.After = part[len(part)-1].Key()
			}
			if count != many {
				t.Errorf("%d at a time: %d values", limit, count)
			}
		}
		newest, statements, err := w.ValuesCounted(ctx, core.ValueQuery{VENNo: v.No, SpecifierID: "s", Newest: true, Limit: 3})
		w.must(err)
		if len(newest) != 3 || newest[0].Value != many/2-2 || newest[2].Value != many/2-1 || statements > 5 {
			t.Errorf("the newest, by %d statements, are %+v", statements, newest)
		}
	})
}
