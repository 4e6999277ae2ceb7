package core_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

func TestRequestsAreListedByTheirStateNow(t *testing.T) {
	r := start(t)
	ven := r.reporting("ven1")
	var active, completed []string
	for i := range 7 {
		one := r.accepted(ven, core.ReportSpec{Targets: venIDs("ven1"), SpecifierID: "telemetry"})
		r.until(one.ReportRequestID, core.ReportActive)
		if i%3 == 0 { // data completes a request for one report
			r.code(ven, update(one, t0, 1), oadr.CodeOK)
			completed = append(completed, one.ReportRequestID)
		} else {
			active = append(active, one.ReportRequestID)
		}
	}
	slices.Reverse(active)
	slices.Reverse(completed)
	for limit := 1; limit <= 8; limit++ {
		if got := r.listed(core.ReportFilter{State: core.ReportActive}, limit); !slices.Equal(got, active) {
			t.Errorf("active, %d at a time: %v, want %v", limit, got, active)
		}
		if got := r.listed(core.ReportFilter{State: core.ReportCompleted}, limit); !slices.Equal(got, completed) {
			t.Errorf("completed, %d at a time: %v, want %v", limit, got, completed)
		}
		if got := r.listed(core.ReportFilter{}, limit); len(got) != 7 {
			t.Errorf("all, %d at a time: %v", limit, got)
		}
	}
	if got := r.listed(core.ReportFilter{State: core.ReportRefused}, 10); len(got) != 0 {
		t.Errorf("refused: %v", got)
	}
	for _, f := range []core.ReportFilter{{VENID: "a\x00b"}, {SpecifierID: "\xff"}, {OrderID: "\x00"}} {
		if got := r.listed(f, 10); len(got) != 0 {
			t.Errorf("%+v: %v", f, got)
		}
	}
}

// plain are the numbers of values.
func plain(values []core.Value) (numbers []float64) {
	for _, v := range values {
		numbers = append(numbers, v.Value)
	}
	return numbers
}

func TestReportDataComesInPartsThatHoldSoMuch(t *testing.T) {
	r := start(t)
	ven := r.reporting("ven1")
	request := r.accepted(ven, periodic(venIDs("ven1")...))
	const all = 600 // more than is read at once
	power := make([]float64, all)
	for i := range power {
		power[i] = float64(i)
	}
	r.code(ven, update(request, t0, power[:all/2]...), oadr.CodeOK)
	r.code(ven, update(request, t0.Add(all/2*time.Minute), power[all/2:]...), oadr.CodeOK)
	read := func(q core.ValueQuery) (values []float64, next *core.ValueKey) {
		t.Helper()
		got, next, err := r.ReportData(t.Context(), request.ReportRequestID, q)
		if err != nil {
			t.Fatal(err)
		}
		return plain(got), next
	}
	for _, limit := range []int{1000, all + 1, all, all - 1, 499, 250, 249} {
		var got []float64
		q := core.ValueQuery{Limit: limit}
		for {
			part, next := read(q)
			got = append(got, part...)
			if next == nil {
				break
			}
			if len(part) != limit {
				t.Errorf("a part of %d holds %d", limit, len(part))
			}
			q.After = *next
		}
		if !slices.Equal(got, power) {
			t.Errorf("%d at a time: %d values", limit, len(got))
		}
	}
	if got, next := read(core.ValueQuery{Newest: true, Limit: 3}); !slices.Equal(got, power[all-3:]) || next != nil {
		t.Errorf("the newest: %v, %v", got, next)
	}
	if got, _ := read(core.ValueQuery{Newest: true, Limit: 3, To: t0.Add(2 * time.Minute)}); !slices.Equal(got, power[:2]) {
		t.Errorf("the newest of two minutes: %v", got)
	}
	// Of several requests, too.
	second := r.accepted(ven, periodic(venIDs("ven1")...))
	r.code(ven, update(second, t0.Add((all-2)*time.Minute), -1, -2, -3), oadr.CodeOK)
	got, _, err := r.VENReportData(t.Context(), "ven1", "telemetry", core.ValueQuery{Newest: true, Limit: 4})
	if err != nil {
		t.Fatal(err)
	}
	if want := []float64{-1, all - 1, -2, -3}; !slices.Equal(plain(got), want) {
		t.Errorf("the newest of both: %v, want %v", plain(got), want)
	}
}

// All data of a report is there, however often the report was requested.
func TestDataOfAReportThatWasAskedForOften(t *testing.T) {
	r := start(t)
	ven := r.reporting("ven1")
	first := r.accepted(ven, periodic(venIDs("ven1")...))
	r.code(ven, update(first, t0, 0), oadr.CodeOK)
	const often = 1500
	if err := r.reg.Update(t.Context(), func(tx core.Tx) error {
		var requests []*core.ReportRequest
		for i := range often - 1 {
			requests = append(requests, &core.ReportRequest{ReportRequestID: fmt.Sprint("again", i), OrderID: first.OrderID, VENNo: first.VENNo, SpecifierID: first.SpecifierID, State: core.ReportEnded, EndedAt: t0})
		}
		if err := tx.PutReportRequests(requests); err != nil {
			return err
		}
		var values []core.Value
		for i, one := range requests {
			values = append(values, core.Value{RequestNo: one.No, Start: t0.Add(time.Duration(i+1) * time.Minute), Value: float64(i + 1)})
		}
		return tx.PutValues(values)
	}); err != nil {
		t.Fatal(err)
	}
	for _, limit := range []int{often, 1000, 70} {
		count := 0
		for q := (core.ValueQuery{Limit: limit}); ; {
			part, next, err := r.VENReportData(t.Context(), "ven1", "telemetry", q)
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range part {
				if v.Value != float64(count) {
					t.Fatalf("%d at a time: value %d is %v", limit, count, v.Value)
				}
				count++
			}
			if next == nil {
				break
			}
			q.After = *next
		}
		if count != often {
			t.Errorf("%d at a time: %d values, want %d", limit, count, often)
		}
	}
	newest, _, err := r.VENReportData(t.Context(), "ven1", "telemetry", core.ValueQuery{Newest: true, Limit: 2})
	if err != nil || len(newest) != 2 || newest[1].Value != often-1 {
		t.Errorf("the newest are %+v (%v)", newest, err)
	}
}

func TestReportDataThatIsLargeComesInShorterParts(t *testing.T) {
	r := start(t)
	ven := r.reporting("ven1")
	request := r.accepted(ven, periodic(venIDs("ven1")...))
	feed := oadr.XML(`<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:uuid:1</id><title>` + strings.Repeat("x", 20<<10) + `</title><updated>2026-11-24T12:00:00Z</updated></feed>`)
	const all = 260
	for i := range all {
		m := update(request, t0.Add(time.Duration(i)*time.Minute))
		m.Reports[0].Intervals = []oadr.ReportInterval{{Start: m.Reports[0].Start, GreenButton: []oadr.XML{feed}}}
		if i > 250 {
			m = update(request, m.Reports[0].Start, 1)
		}
		r.code(ven, m, oadr.CodeOK)
	}
	count, parts := 0, 0
	for q := (core.ValueQuery{Limit: 1000}); ; parts++ {
		values, next, err := r.ReportData(t.Context(), request.ReportRequestID, q)
		if err != nil {
			t.Fatal(err)
		}
		if count += len(values); next == nil {
			break
		}
		q.After = *next
	}
	if count != all || parts == 0 {
		t.Errorf("%d values in %d parts before the last", count, parts)
	}
}

func TestProblemsOfSeveralRequestsNameTheirPlace(t *testing.T) {
	r := start(t)
	r.reporting("ven1")
	good := periodic(venIDs("ven1")...)
	for field, bad := range map[string]core.ReportSpec{
		"requests[1].targets.venIDs[0]": periodic(venIDs("nobody")...),
		"requests[1].targets":           periodic(),
		"requests[1].targets.groups":    periodic(core.Target{Kind: core.TargetGroup, Value: "a\nb"}),
		"requests[1].measurement":       {Targets: venIDs("ven1"), Measurement: "\x00"},
	} {
		_, _, err := r.RequestReports(t.Context(), []core.ReportSpec{good, bad}, "test")
		var invalid *core.InvalidError
		if !errors.As(err, &invalid) || len(invalid.Problems) != 1 || invalid.Problems[0].Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}

func TestG5RequestsFitAPayload(t *testing.T) {
	r := start(t, func(c *core.Config) { c.MaxPayload = 8000 })
	ven := r.join("ven1")
	many := telemetry("ven1")
	for i := range 30 {
		many.Reports[0].Descriptions = append(many.Reports[0].Descriptions, oadr.ReportDescription{RID: fmt.Sprint("r", i), ReportType: "reading", ReadingType: "Direct Read"})
	}
	r.code(ven, many, oadr.CodeOK)
	spec := core.ReportSpec{Targets: venIDs("ven1"), SpecifierID: "telemetry"}
	if _, _, err := r.RequestReports(t.Context(), []core.ReportSpec{spec}, "test"); err != nil {
		t.Errorf("one request: %v", err)
	}
	_, _, err := r.RequestReports(t.Context(), []core.ReportSpec{spec, spec, spec, spec}, "test")
	var invalid *core.InvalidError
	if !errors.As(err, &invalid) || invalid.Problems[0].Rule != "G5" || !strings.Contains(invalid.Problems[0].Reason, "ven1") {
		t.Errorf("four requests: %v", err)
	}
	if all := r.listed(core.ReportFilter{}, 10); len(all) != 1 {
		t.Errorf("stored %v", all)
	}
}
