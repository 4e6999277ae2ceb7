package registry_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

func TestR6ValuesAreReadBackWhole(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v, r, s, p, q := w.measured()
		c0, c100, acc := uint32(0), uint32(100), -1.5
		load := &oadr.LoadControl{Min: new(-1.0), Current: 0.1, Normal: new(1e300)}
		values := []core.Value{
			{RequestNo: r.No, PointNo: 0, GreenButton: []oadr.XML{`<feed xmlns="http://www.w3.org/2005/Atom"><title>"é" &amp; 'x' \ \u0000</title></feed>`, "<b/>"}},
			{RequestNo: r.No, PointNo: p, RID: "p", Value: 1.25, Duration: time.Minute, Quality: "Quality Good - Non Specific", Confidence: &c100, Accuracy: &acc},
			{RequestNo: r.No, PointNo: q, RID: "q", Value: -7, Confidence: &c0, Accuracy: new(0.0)},
			{RequestNo: s.No, PointNo: p, RID: "p", Status: &oadr.ResourceStatus{Online: true}, Quality: `x-"own" ü`},
			{RequestNo: s.No, PointNo: q, RID: "q", Status: &oadr.ResourceStatus{ManualOverride: true,
				LoadControlState: &oadr.LoadControlState{Capacity: load, SetPoint: &oadr.LoadControl{}}}, Duration: 100 * 365 * 24 * time.Hour},
		}
		for i := range values {
			values[i].Start, values[i].ReceivedAt = w.now.Add(123*time.Millisecond), w.now.Add(time.Second+7*time.Millisecond)
		}
		w.putValues(values...)
		w.putValues()
		query := core.ValueQuery{VENNo: v.No, SpecifierID: "s", Limit: 100}
		if got := w.values(query); !reflect.DeepEqual(got, values) {
			t.Errorf("values\n%+v, want\n%+v", got, values)
		}

		// A value that is delivered again replaces the stored one in full (rule G6).
		other := []core.Value{values[4], values[3], values[2], values[1], values[0]}
		for i := range other {
			v := &other[i]
			*v = core.Value{RequestNo: v.RequestNo, PointNo: v.PointNo, RID: v.RID, Start: v.Start, ReceivedAt: w.now.Add(time.Hour), Value: float64(i)}
		}
		other[4].GreenButton = []oadr.XML{"<again/>"}
		other[4].Value = 0
		w.putValues(other...)
		want := []core.Value{other[4], other[3], other[2], other[1], other[0]}
		if got := w.values(query); !reflect.DeepEqual(got, want) {
			t.Errorf("put again\n%+v, want\n%+v", got, want)
		}
	})
}

func TestR6NumbersAreKeptExactly(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		_, r, _, p, _ := w.measured()
		numbers := []float64{0, 1, -1, 0.1, -0.1, 1e21, -1e21, 123456789012345678, 9007199254740993, math.MaxInt64, math.MinInt64, 18446744073709551616, math.MaxUint32,
			math.MaxFloat32, math.SmallestNonzeroFloat32, math.MaxFloat64, -math.MaxFloat64, math.SmallestNonzeroFloat64, 2.2250738585072014e-308, math.Pi, 1.0 / 3}
		seed := uint64(time.Now().UnixNano())
		random := rand.New(rand.NewPCG(seed, 0))
		for len(numbers) < 2000 {
			if f := math.Float64frombits(random.Uint64()); !math.IsNaN(f) && !math.IsInf(f, 0) {
				numbers = append(numbers, f)
			}
			numbers = append(numbers, float64(random.IntN(1e6))/100, random.NormFloat64())
		}
		var values []core.Value
		for i, f := range numbers {
			values = append(values, core.Value{RequestNo: r.No, PointNo: p, Start: w.now.Add(time.Duration(i) * time.Millisecond), Value: f, Accuracy: &numbers[i]})
		}
		w.putValues(values...)
		got := w.values(core.ValueQuery{RequestNo: r.No, Limit: len(numbers)})
		if len(got) != len(numbers) {
			t.Fatalf("%d values, want %d", len(got), len(numbers))
		}
		for i, f := range numbers {
			if got[i].Value != f || *got[i].Accuracy != f || !got[i].Start.Equal(values[i].Start) {
				t.Errorf("seed %d: %v at %s is kept as %v, accuracy %v, at %s", seed, f, values[i].Start, got[i].Value, *got[i].Accuracy, got[i].Start)
			}
		}
	})
}

// Whatever the size of the parts, each value is listed once, and in the same order.
func TestValuesByPages(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v, r, s, p, q := w.measured()
		u := w.requested(v, "s")
		values := valuesOfThree(w, []*core.ReportRequest{u, s, r}, p, q)
		w.putValues(values...)
		said := func(values []core.Value) []string {
			return saidValues(w, values, r.No, map[int64]string{p: "p", q: "q", 0: "-"})
		}
		query := func(change func(*core.ValueQuery), limit int) (got []string) {
			q := core.ValueQuery{VENNo: v.No, SpecifierID: "s", Limit: limit}
			change(&q)
			for {
				part := w.values(q)
				if len(part) > limit {
					t.Fatalf("%d values, over the limit of %d", len(part), limit)
				}
				got = append(got, said(part)...)
				if len(part) < limit {
					return got
				}
				q.After = part[len(part)-1].Key()
			}
		}
		whole := query(func(*core.ValueQuery) {}, 1000)
		if len(whole) != len(values) || !reflect.DeepEqual(whole[:10], strings.Fields("0/0- 0/0p 0/0q 0/1- 0/1p 0/1q 0/2- 0/2p 0/2q 1/0p")) {
			t.Fatalf("all: %v", whole)
		}
		for name, change := range map[string]func(*core.ValueQuery){
			"all":         func(*core.ValueQuery) {},
			"one request": func(q *core.ValueQuery) { q.RequestNo = s.No },
			"from":        func(q *core.ValueQuery) { q.From = w.now.Add(2 * time.Minute) },
			"to":          func(q *core.ValueQuery) { q.To = w.now.Add(2 * time.Minute) },
			"both":        func(q *core.ValueQuery) { q.From, q.To = w.now.Add(time.Minute), w.now.Add(2*time.Minute) },
			"rIDs":        func(q *core.ValueQuery) { q.RIDs = []string{"p", "never", "p\x00", "\xff"} },
			"none":        func(q *core.ValueQuery) { q.SpecifierID = "t" },
		} {
			once := query(change, 1000)
			for limit := 1; limit <= 12; limit++ {
				if got := query(change, limit); !reflect.DeepEqual(got, once) {
					t.Errorf("%s, %d at a time: %v, want %v", name, limit, got, once)
				}
			}
			for i, want := range map[string]int{"all": 45, "one request": 15, "from": 33, "to": 12, "both": 3, "rIDs": 21, "none": 0} {
				if i == name && len(once) != want {
					t.Errorf("%s: %d values, want %d", name, len(once), want)
				}
			}
		}
	})
}

// Nothing that a VEN writes in a value keeps a batch from being stored.
func TestHostileTextInValues(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		_, r, _, p, q := w.measured()
		w.putValues(
			core.Value{RequestNo: r.No, PointNo: p, Start: w.now, Value: 1, Quality: "x-\x00\xff\u2028" + strings.Repeat("é", 1000)},
			core.Value{RequestNo: r.No, PointNo: q, Start: w.now, Value: 2, Quality: `x-\u0000"`},
			core.Value{RequestNo: r.No, Start: w.now, GreenButton: []oadr.XML{"<a>\x00\xff\\u0000</a>"}},
		)
		got := w.values(core.ValueQuery{RequestNo: r.No, Limit: 10})
		if len(got) != 3 || got[1].Value != 1 || !strings.HasPrefix(got[1].Quality, "x-\u2028éé") || strings.ContainsAny(got[1].Quality, "\x00\ufffd") || got[2].Quality != `x-\u0000"` {
			t.Errorf("values %+v", got)
		}
	})
}

func TestValuesGoWithTheirVEN(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v, r, _, p, _ := w.measured()
		other := w.registered("ven-2")
		w.registers(other, w.offer("s", power("p")))
		theirs := w.requested(other, "s")
		w.putValues(core.Value{RequestNo: r.No, PointNo: p, Start: w.now}, core.Value{RequestNo: theirs.No, PointNo: w.point(other, "s", "p"), Start: w.now})
		w.remove(v.No)
		for _, table := range []string{"report_specifier", "report_point", "report_request", "report_value"} {
			if n := w.count(`SELECT count(*) FROM ` + table); n != 1 {
				t.Errorf("%d rows of %s, want the other VEN's", n, table)
			}
		}
	})
}

// saidValues prints each value as minute/request, counted from the first, and its data point.
func saidValues(w *world, values []core.Value, first int64, name map[int64]string) (words []string) {
	w.Helper()
	for _, v := range values {
		if v.RID != strings.Trim(name[v.PointNo], "-") {
			w.Errorf("rID %q of data point %d", v.RID, v.PointNo)
		}
		words = append(words, fmt.Sprint(int(v.Start.Sub(w.now).Minutes()), "/", v.RequestNo-first, name[v.PointNo]))
	}
	return words
}

// valuesOfThree are values of three requests for the same times.
func valuesOfThree(w *world, requests []*core.ReportRequest, p, q int64) (values []core.Value) {
	for i := range 7 {
		for _, one := range requests {
			for _, point := range []int64{q, 0, p} {
				if i%2 == 0 || point == p {
					values = append(values, core.Value{RequestNo: one.No, PointNo: point, Start: w.now.Add(time.Duration(i) * time.Minute), Value: float64(len(values))})
				}
			}
		}
	}
	return values
}
