package registry_test

import (
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// The newest values are the end of the list of all values, in the same order.
func TestNewestValuesAreTheEndOfAll(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v, r, s, p, q := w.measured()
		var values []core.Value
		for i := range 20 {
			for _, request := range []int64{r.No, s.No} {
				for _, point := range []int64{p, q} {
					values = append(values, core.Value{RequestNo: request, PointNo: point, Start: w.now.Add(time.Duration(i/2) * time.Minute).Add(time.Duration(i%2) * time.Millisecond)})
				}
			}
		}
		rand.Shuffle(len(values), func(i, j int) { values[i], values[j] = values[j], values[i] })
		w.putValues(values...)
		for name, query := range map[string]core.ValueQuery{
			"one request":  {RequestNo: s.No},
			"two requests": {VENNo: v.No, SpecifierID: "s"},
			"a data point": {VENNo: v.No, SpecifierID: "s", RIDs: []string{"q"}},
			"a time":       {VENNo: v.No, SpecifierID: "s", From: w.now.Add(time.Minute), To: w.now.Add(3 * time.Minute)},
			"nothing":      {VENNo: v.No, SpecifierID: "s", RIDs: []string{"never"}},
		} {
			query.Limit = 1000
			all := w.values(query)
			for _, n := range []int{1, 2, 3, 5, 1000} {
				newest := query
				newest.Newest, newest.Limit = true, n
				if got, want := w.values(newest), all[max(0, len(all)-n):]; len(got)+len(want) > 0 && !reflect.DeepEqual(got, want) {
					t.Errorf("%d of %s: %+v, want %+v", n, name, got, want)
				}
			}
		}
	})
}
