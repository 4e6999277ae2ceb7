package registry_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// state is a data point that is no measurement.
func state(rID string) oadr.ReportDescription {
	return oadr.ReportDescription{RID: rID, ReportType: "x-resourceStatus", ReadingType: oadr.ReadingNotApplicable}
}

func TestR1OffersAreReadBackWhole(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v, other := w.ven("ven-1"), w.ven("ven-2")
		keeps := 48*time.Hour + 30*time.Minute
		usage := w.offer("b", power("z"), power("a"), state(`it's "quoted" & <tagged>, ü, 漢`))
		usage.Keeps = &keeps
		empty := w.offer("B")
		empty.Name = "x-custom"
		w.registers(v, usage, empty, w.offer("a", state("s")))
		w.registers(other, w.offer("b", power("z")))
		want := []core.ReportOffer{empty, w.offer("a", state("s")), usage} // by the bytes of the reportSpecifierID
		if got := w.offers(v); !reflect.DeepEqual(got, want) {
			t.Errorf("offers\n%+v, want\n%+v", got, want)
		}
		w.registers(v)
		if got := w.offers(v); len(got) != 0 {
			t.Errorf("after an empty registration: %+v", got)
		}
		if got := w.offers(other); len(got) != 1 {
			t.Errorf("another VEN's: %+v", got)
		}
	})
}

func TestR2DataPointsThatStayKeepTheirNumber(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v := w.ven("ven-1")
		w.registers(v, w.offer("s", power("stays"), power("changes"), power("goes")), w.offer("t", power("stays")))
		stays, changes, goes := w.point(v, "s", "stays"), w.point(v, "s", "changes"), w.point(v, "s", "goes")
		if stays == 0 || changes == 0 || goes == 0 || w.point(v, "t", "stays") == stays {
			t.Fatalf("numbers %d, %d, %d, %d", stays, changes, goes, w.point(v, "t", "stays"))
		}
		r := w.requested(v, "s")
		w.heard(r)

		w.pass(time.Hour)
		other := power("changes")
		other.Unit = &oadr.Unit{Type: "powerReal", Scale: "M", Hertz: 50, Voltage: 230, AC: true}
		w.registers(v, w.offer("s", power("stays"), other, power("new")))
		if got := w.point(v, "s", "stays"); got != stays {
			t.Errorf("a data point that stays has number %d, had %d", got, stays)
		}
		if got := w.point(v, "s", "changes"); got == changes || got == 0 {
			t.Errorf("a data point that changed has number %d, had %d", got, changes)
		}
		if got := w.point(v, "s", "goes"); got != goes {
			t.Errorf("a data point that is no longer offered has number %d, had %d", got, goes)
		}
		if got := w.offers(v); len(got) != 1 || len(got[0].Points) != 3 || !reflect.DeepEqual(got[0].Points[1], other) {
			t.Errorf("offers %+v", got)
		}
		// Data points without values are not kept.
		if got := w.count(`SELECT count(*) FROM report_point WHERE specifier_id = 't'`); got != 0 {
			t.Errorf("%d data points without values are kept", got)
		}
		// A data point that is offered again, unchanged, is new: meanwhile it was not offered.
		w.registers(v, w.offer("s", power("stays"), power("changes"), power("new")))
		if got := w.point(v, "s", "changes"); got == changes {
			t.Error("a data point has the number of a deleted one")
		}
	})
}

// A value keeps the meaning that its data point had when it was measured.
func TestR2ValuesKeepTheirMeaning(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v := w.ven("ven-1")
		w.registers(v, w.offer("s", power("power")))
		r := w.requested(v, "s")
		w.put1(core.Value{RequestNo: r.No, PointNo: w.point(v, "s", "power"), Start: w.now, Value: 1})
		w.heard(r)
		w.registers(v, w.offer("s", state("power")))
		w.put1(core.Value{RequestNo: r.No, PointNo: w.point(v, "s", "power"), Start: w.now.Add(time.Minute), Value: 2})
		w.registers(v)
		got := w.values(core.ValueQuery{RequestNo: r.No, Limit: 10})
		if len(got) != 2 || got[0].RID != "power" || got[1].RID != "power" || got[0].PointNo == got[1].PointNo {
			t.Fatalf("values %+v", got)
		}
		for i, want := range []string{"demand", "x-resourceStatus"} {
			if n := w.count(`SELECT count(*) FROM report_point WHERE no = $1 AND report_type = $2`, got[i].PointNo, want); n != 1 {
				t.Errorf("value %d does not mean %s any more", i, want)
			}
		}
	})
}

// offerMatches lists the offers that a specification matches, of one VEN or, if of is empty, of any.
var offerMatches = []struct {
	name  string
	spec  core.ReportSpec
	of    string
	limit int
	want  string
}{
	{"all", core.ReportSpec{Targets: []core.Target{all}}, "", 100,
		"a/status(state), a/usage(voltage power), b/status(state), b/usage(voltage power), c/usage(other)"},
	{"at most", core.ReportSpec{Targets: []core.Target{all}}, "", 2, "a/status(state), a/usage(voltage power)"},
	{"one VEN", core.ReportSpec{Targets: []core.Target{all}}, "b", 100, "b/status(state), b/usage(voltage power)"},
	{"not a target", core.ReportSpec{Targets: []core.Target{group("north")}}, "c", 100, ""},
	{"a group", core.ReportSpec{Targets: []core.Target{group("south")}, SpecifierID: "usage"}, "", 100, "b/usage(voltage power), c/usage(other)"},
	{"named twice", core.ReportSpec{Targets: []core.Target{group("south"), only("b"), all}, SpecifierID: "usage"}, "b", 100, "b/usage(voltage power)"},
	{"nobody", core.ReportSpec{Targets: []core.Target{group("west")}}, "", 100, ""},
	{"no target", core.ReportSpec{}, "", 100, ""},
	{"name", core.ReportSpec{Targets: []core.Target{all}, ReportName: "TELEMETRY_STATUS"}, "", 100, "a/status(state), b/status(state)"},
	{"type", core.ReportSpec{Targets: []core.Target{all}, ReportType: "reading"}, "", 100, "a/usage(voltage), b/usage(voltage)"},
	{"measurement", core.ReportSpec{Targets: []core.Target{all}, Measurement: "powerReal"}, "", 100, "a/usage(power), b/usage(power), c/usage(other)"},
	{"rIDs", core.ReportSpec{Targets: []core.Target{all}, RIDs: []string{"power", "state", "never"}}, "", 100, "a/status(state), a/usage(power), b/status(state), b/usage(power)"},
	{"all of it", core.ReportSpec{Targets: []core.Target{all}, SpecifierID: "usage", ReportName: "TELEMETRY_USAGE", ReportType: "demand", Measurement: "powerReal", RIDs: []string{"power"}},
		"", 100, "a/usage(power), b/usage(power)"},
	{"METADATA", core.ReportSpec{Targets: []core.Target{group("north")}, SpecifierID: "METADATA"}, "", 100, "a/METADATA(0), b/METADATA(0), mute/METADATA(0)"},
	{"METADATA at most", core.ReportSpec{Targets: []core.Target{group("north")}, SpecifierID: "METADATA"}, "", 1, "a/METADATA(0)"},
	{"METADATA of one", core.ReportSpec{Targets: []core.Target{all}, SpecifierID: "METADATA"}, "c", 100, "c/METADATA(0)"},
	{"METADATA of one who is not registered", core.ReportSpec{Targets: []core.Target{all}, SpecifierID: "METADATA"}, "gone", 100, ""},
}

func TestR3MatchingOffers(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		a, b, c := w.registered("a", "north"), w.registered("b", "north", "south"), w.registered("c", "south")
		mute, gone := w.registered("mute", "north"), w.ven("gone", "north") // gone is not registered
		voltage := oadr.ReportDescription{RID: "voltage", ReportType: "reading", ReadingType: "Direct Read", Unit: &oadr.Unit{Type: "voltage", Scale: "none"}}
		for _, v := range []*core.VEN{a, b, c, gone} {
			status := w.offer("status", state("state"))
			status.Name, status.Keeps = "TELEMETRY_STATUS", new(time.Hour)
			w.registers(v, w.offer("usage", voltage, power("power")), status)
		}
		w.registers(c, w.offer("usage", power("other")))
		match := func(s core.ReportSpec, venNo int64, limit int) string {
			t.Helper()
			var said []string
			for _, m := range view(w, func(r core.Reader) ([]core.ReportMatch, error) { return r.MatchingOffers(s, venNo, limit) }) {
				var rIDs []string
				for _, p := range m.Points {
					rIDs = append(rIDs, p.RID)
					if p.RID == "power" && (p.MinPeriod != time.Minute || p.MaxPeriod != time.Hour) || p.RID == "voltage" && p.MaxPeriod != 0 {
						t.Errorf("%s is read every %s to %s", p.RID, p.MinPeriod, p.MaxPeriod)
					}
				}
				if keeps := m.SpecifierID == "status"; keeps != (m.Keeps != nil) || keeps && *m.Keeps != time.Hour {
					t.Errorf("%s of %s is kept for %v", m.SpecifierID, m.VENID, m.Keeps)
				}
				said = append(said, fmt.Sprintf("%s/%s(%s)", m.VENID, m.SpecifierID, strings.Join(rIDs, " ")))
				if no := map[string]int64{"a": a.No, "b": b.No, "c": c.No, "mute": mute.No}[m.VENID]; m.VENNo != no {
					t.Errorf("%s is number %d", m.VENID, m.VENNo)
				}
			}
			return strings.Join(said, ", ")
		}
		numbers := map[string]int64{"": 0, "b": b.No, "c": c.No, "gone": gone.No}
		for _, x := range offerMatches {
			if got := match(x.spec, numbers[x.of], x.limit); got != x.want {
				t.Errorf("%s: %s; want %s", x.name, got, x.want)
			}
		}
		// Neither deleted data points nor those of an ended registration are offered.
		w.registers(a)
		w.change(func(tx core.Tx, _ int64) error { return tx.EndRegistration(b.No, w.now) })
		if got := match(core.ReportSpec{Targets: []core.Target{all}}, 0, 100); got != "c/usage(other)" {
			t.Errorf("afterwards: %s", got)
		}
	})
}

func TestPointNosOfManyVENs(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		a, b := w.ven("a"), w.ven("b")
		w.registers(a, w.offer("s", power("p"), power("q")))
		w.registers(b, w.offer("s", power("p")), w.offer("t", power("p")))
		points := []core.Point{{VENNo: a.No, SpecifierID: "s", RID: "p"}, {VENNo: a.No, SpecifierID: "s", RID: "q"}, {VENNo: b.No, SpecifierID: "s", RID: "p"}, {VENNo: b.No, SpecifierID: "t", RID: "p"}}
		strangers := []core.Point{{VENNo: a.No, SpecifierID: "t", RID: "p"}, {VENNo: 99, SpecifierID: "s", RID: "p"}, {VENNo: a.No, SpecifierID: "s", RID: "p\x00"}, {VENNo: a.No, SpecifierID: "s", RID: "p\xff"}}
		got := view(w, func(r core.Reader) (map[core.Point]int64, error) { return r.PointNos(append(strangers, points...)) })
		seen := map[int64]bool{}
		for _, p := range points {
			seen[got[p]] = true
		}
		if len(got) != len(points) || len(seen) != len(points) || seen[0] {
			t.Errorf("found %v", got)
		}
		if got := view(w, func(r core.Reader) (map[core.Point]int64, error) { return r.PointNos(nil) }); len(got) != 0 {
			t.Errorf("found %v of nothing", got)
		}
	})
}

// Data points get their numbers also when a transaction is run again.
func TestOffersThatFailLeaveNothing(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v := w.ven("ven-1")
		w.registers(v, w.offer("s", power("p")))
		wrong := errors.New("wrong")
		err := w.Update(ctx, func(tx core.Tx) error {
			if err := tx.PutOffers(v.No, []core.ReportOffer{w.offer("t", power("q"))}, w.now); err != nil {
				return err
			}
			return wrong
		})
		if !errors.Is(err, wrong) || len(w.offers(v)) != 1 || w.point(v, "t", "q") != 0 || w.point(v, "s", "p") == 0 {
			t.Errorf("%v: %+v", err, w.offers(v))
		}
	})
}
