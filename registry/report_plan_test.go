package registry_test

import (
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// However many requests, data points and values there are, frequent statements find
// their rows by an index.
func TestNothingOfReportsIsSearchedWhole(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		if !w.SQLite() {
			t.Skip("skipped: PostgreSQL plans by the size of tables, these are empty")
		}
		for name, fn := range reportStatements(w) {
			plans, err := w.Plans(ctx, fn)
			w.must(err)
			if len(plans) == 0 {
				t.Errorf("%s: no statement", name)
			}
			for query, plan := range plans {
				if !strings.Contains(plan, planIndexes[name]) {
					t.Errorf("%s does not use %s:\n%s\nof %s", name, planIndexes[name], plan, query)
				}
				for _, step := range strings.Split(plan, "\n") {
					whole := strings.HasPrefix(step, "SCAN ") && !strings.Contains(step, "VIRTUAL TABLE") &&
						step != "SCAN n" && !strings.Contains(step, "report_order_standing") && !strings.Contains(step, "change")
					if whole || strings.Contains(step, "AUTOMATIC") {
						t.Errorf("%s: %s in\n%s\nof %s", name, step, plan, query)
					}
				}
			}
		}
	})
}

// planIndexes are the indexes that some of reportStatements must use.
var planIndexes = map[string]string{
	"points": "report_point_any (ven_no=? AND specifier_id=? AND r_id=?)", "stranded": "report_request_riding", "next stranded": "report_request_riding", "untold": "report_request_untold",
	"open": "report_request_open", "mark": "report_request_rev", "due VTN reports": "own_report_next", "orders": "report_order_standing",
	"values": "PRIMARY KEY (request_no=? AND (start_at,point_no)>(?,?)", "sources": "PRIMARY KEY (request_no=? AND (start_at,point_no)>(?,?)", "newest": "PRIMARY KEY (request_no=? AND start_at>? AND start_at<?)",
	"heard": "INTEGER PRIMARY KEY", "room for opts": "opt_standing",
}

// reportStatements are the statements that read and write reports, by name.
func reportStatements(w *world) map[string]func(core.Tx) error {
	v, r, s, p, _ := w.measured()
	vens, nos := []int64{v.No}, []int64{r.No, s.No}
	statements := map[string]func(core.Tx) error{
		"senders": func(tx core.Tx) error { _, err := tx.Senders([]core.Identity{jid(v.VENID)}); return err },
		"by ID":   func(tx core.Tx) error { _, err := tx.ReportRequestsByID([]string{r.ReportRequestID}); return err },
		"one":     func(tx core.Tx) error { _, err := tx.ReportRequest(r.ReportRequestID); return err },
		"points": func(tx core.Tx) error {
			_, err := tx.PointNos([]core.Point{{VENNo: v.No, SpecifierID: "s", RID: "p"}})
			return err
		},
		"stranded":        func(tx core.Tx) error { _, err := tx.StrandedCancellations(w.now, 10); return err },
		"next stranded":   func(tx core.Tx) error { _, err := tx.NextStranded(); return err },
		"rIDs":            func(tx core.Tx) error { _, err := tx.RequestedRIDs(nos); return err },
		"put values":      func(tx core.Tx) error { return tx.PutValues([]core.Value{{RequestNo: r.No, PointNo: p, Start: w.now}}) },
		"heard":           func(tx core.Tx) error { return tx.ReportsHeard(nos, nos, w.now) },
		"untold":          func(tx core.Tx) error { _, err := tx.UntoldReports(vens); return err },
		"open":            func(tx core.Tx) error { _, err := tx.OpenReports(vens); return err },
		"put":             func(tx core.Tx) error { return tx.PutReportRequests([]*core.ReportRequest{r}) },
		"mark":            func(tx core.Tx) error { return tx.MarkReports(r.Rev, core.UrgencyFew, w.now) },
		"greet":           func(tx core.Tx) error { return tx.Greet(v.No, 9, w.now) },
		"greeted":         func(tx core.Tx) error { _, err := tx.Greeted(vens); return err },
		"ungreet":         func(tx core.Tx) error { return tx.Ungreet(v.No) },
		"VTN reports":     func(tx core.Tx) error { _, err := tx.VTNReports(vens); return err },
		"due VTN reports": func(tx core.Tx) error { _, err := tx.DueVTNReports(w.now, 10); return err },
		"next VTN report": func(tx core.Tx) error { _, err := tx.NextVTNReport(); return err },
		"put VTN report":  func(tx core.Tx) error { return tx.PutVTNReport(core.VTNReport{VENNo: v.No, RequestID: "o"}) },
		"offers":          func(tx core.Tx) error { _, err := tx.Offers(v.No); return err },
		"put offers":      func(tx core.Tx) error { return tx.PutOffers(v.No, []core.ReportOffer{w.offer("s", power("p"))}, w.now) },
		"offer again":     func(tx core.Tx) error { return tx.PutOffers(v.No, []core.ReportOffer{w.offer("s", power("q"))}, w.now) },
	}
	maps.Copy(statements, reportLists(w, v, r, s, p))
	return statements
}

// reportLists are the reportStatements that list or read many rows.
func reportLists(w *world, v *core.VEN, r, s *core.ReportRequest, p int64) map[string]func(core.Tx) error {
	vens := []int64{v.No}
	return map[string]func(core.Tx) error{
		"match one": func(tx core.Tx) error {
			_, err := tx.MatchingOffers(core.ReportSpec{Targets: []core.Target{only(v.VENID)}}, 0, 10)
			return err
		},
		"orders": func(tx core.Tx) error {
			_, _, err := tx.ReportOrders(core.ReportOrderFilter{Standing: true}, 0, 10)
			return err
		},
		"standing": func(tx core.Tx) error { _, err := tx.StandingOrders(v.No); return err },
		"requests": func(tx core.Tx) error {
			_, _, err := tx.ReportRequests(core.ReportFilter{VENID: v.VENID}, 0, 10)
			return err
		},
		"of an order": func(tx core.Tx) error {
			_, _, err := tx.ReportRequests(core.ReportFilter{OrderID: r.OrderID}, 0, 10)
			return err
		},
		"values": func(tx core.Tx) error {
			_, _, err := tx.Values(core.ValueQuery{RequestNo: r.No, RIDs: []string{"p"}, From: w.now, To: w.now.Add(time.Hour), After: core.ValueKey{Start: w.now, RequestNo: r.No, PointNo: p}, Limit: 10})
			return err
		},
		"sources": func(tx core.Tx) error {
			_, _, err := tx.Values(core.ValueQuery{VENNo: v.No, SpecifierID: "s", To: w.now.Add(time.Hour), After: core.ValueKey{Start: w.now, RequestNo: s.No, PointNo: p}, Limit: 10})
			return err
		},
		"uses":            func(tx core.Tx) error { _, err := tx.Uses(core.QuotaValues, vens); return err },
		"uses of pushes":  func(tx core.Tx) error { _, err := tx.Uses(core.QuotaPushes, vens); return err },
		"room for opts":   func(tx core.Tx) error { return tx.MakeRoom(v.No, core.QuotaOpts) },
		"room for pushes": func(tx core.Tx) error { return tx.MakeRoom(v.No, core.QuotaPushes) },
		"newest": func(tx core.Tx) error {
			_, _, err := tx.Values(core.ValueQuery{VENNo: v.No, SpecifierID: "s", From: w.now, To: w.now.Add(time.Hour), Newest: true, Limit: 10})
			return err
		},
	}
}
