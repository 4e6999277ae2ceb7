package api_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// historian registers a history that is kept for a day, and telemetry.
func historian(venID string) *oadr.RegisterReport {
	m, day := telemetry(venID), 24*time.Hour
	m.Reports = append(m.Reports, oadr.Report{
		ReportSpecifierID: "history", ReportName: "METADATA_HISTORY_USAGE", ReportRequestID: "0", CreatedDateTime: noon, Duration: &day,
		Descriptions: []oadr.ReportDescription{{RID: "energy", ReportType: "usage", ReadingType: "Direct Read", Unit: &oadr.Unit{Type: "energyReal", Scale: "k"}}},
	})
	return m
}

// The API refuses what the profile does not allow, and names the rule, the field and
// what to write instead, for a single request and for the second of two.
func TestSpec317Spec324Spec340R3RequestsThatAreRefused(t *testing.T) {
	r := startReports(t)
	r.joins("ven-1", "north")
	r.registers("ven-1", historian("ven-1"))
	for _, x := range []struct{ name, body, field, says string }{
		{"a history by granularity", `"reportSpecifierID": "history", "duration": "P1D", "granularity": "PT5M"`, "granularity", "rule 317"},
		{"a history again and again", `"reportSpecifierID": "history", "duration": "P1D", "reportBackDuration": "PT5M"`, "reportBackDuration", "rule 324"},
		{"a history of no time", `"reportSpecifierID": "history"`, "start", "give start and duration"},
		{"a history of no time, by name", `"reportName": "HISTORY_USAGE", "duration": "PT0S"`, "start", "rule 324"},
		{"ten days of a history", `"reportSpecifierID": "history", "duration": "P10D"`, "duration", "keeps P1D of report history (rule 340"},
		{"a history of ten days ago", `"reportSpecifierID": "history", "start": "2026-11-14T12:00:00Z", "duration": "PT1H"`, "start", "since 2026-11-23T12:00:00Z"},
		{"the moment by granularity", `"reportSpecifierID": "telemetry", "granularity": "PT5M"`, "granularity", "reportBackDuration"},
		{"the moment, later", `"reportSpecifierID": "telemetry", "start": "2026-11-24T13:00:00Z"`, "start", "rule 324"},
		{"the moment for an hour", `"reportSpecifierID": "telemetry", "duration": "PT1H"`, "duration", "rule 324"},
		{"more than is kept", `"reportSpecifierID": "telemetry", "reportBackDuration": "P3D"`, "reportBackDuration", "P2D"},
		{"another rID of METADATA", `"reportSpecifierID": "METADATA", "rIDs": ["power"]`, "rIDs[0]", "rule 308"},
	} {
		t.Run(x.name, func(t *testing.T) {
			for body, field := range map[string]string{
				`{"venID": "ven-1", ` + x.body + `}`:                                     x.field,
				`{"targets": {"groups": ["north"]}, ` + x.body + `}`:                     x.field,
				`{"requests": [{"venID": "ven-1"}, {"venID": "ven-1", ` + x.body + `}]}`: "requests[1]." + x.field,
			} {
				a := r.do(http.MethodPost, requests, body)
				if a.status != http.StatusUnprocessableEntity {
					t.Fatalf("%s: status %d: %s", body, a.status, a.body)
				}
				i := slices.IndexFunc(a.problem(t).Errors, func(w client.Wrong) bool { return w.Field == field })
				if i < 0 {
					t.Fatalf("%s does not name %s", a.body, field)
				}
				if w := a.problem(t).Errors[i]; w.Rule != "R3" || !strings.Contains(w.Message, x.says) {
					t.Errorf("%+v does not say %q", w, x.says)
				}
			}
		})
	}
	a := r.do(http.MethodPost, requests, `{"venID": "ven-1", "reportSpecifierID": "history", "duration": "P1D"}`)
	same(t, a.body, `{"granularity": "PT0S", "reportBackDuration": "PT0S", "start": "2026-11-23T12:00:00Z", "duration": "P1D"}`)
	a = r.do(http.MethodPost, requests, `{"venID": "ven-1", "reportSpecifierID": "history", "start": "2026-11-24T00:00:00Z"}`)
	same(t, a.body, `{"start": "2026-11-24T00:00:00Z", "duration": "PT12H"}`)
	a = r.do(http.MethodPost, requests, `{"venID": "ven-1", "reportSpecifierID": "METADATA"}`)
	same(t, a.body, `{"rIDs": ["0"]}`)
}

func TestSpec340R3StandingOrderIsShownWithWhatDoesNotFit(t *testing.T) {
	r := startReports(t)
	r.joins("ven-1", "north")
	a := r.do(http.MethodPost, requests, `{"targets": {"groups": ["north"]}, "reportSpecifierID": "telemetry", "reportBackDuration": "P3D", "standing": true}`)
	var made client.ReportsRequested
	if err := json.Unmarshal([]byte(a.body), &made); err != nil || len(made.Orders) != 1 || made.Count != 0 {
		t.Fatalf("%v: %s", err, a.body)
	}
	show := func() []client.Misfit {
		t.Helper()
		o, err := r.GetReportOrder(t.Context(), made.Orders[0].OrderID)
		if err != nil {
			t.Fatal(err)
		}
		return o.NotFitting
	}
	if got := show(); got != nil {
		t.Errorf("of nothing does not fit %+v", got)
	}
	r.registers("ven-1", historian("ven-1"))
	got := show()
	if len(got) != 1 || got[0].VENID != "ven-1" || got[0].ReportSpecifierID != "telemetry" || got[0].Field != "reportBackDuration" || got[0].Rule != "R3" || !strings.Contains(got[0].Message, "keeps P2D") {
		t.Errorf("not fitting are %+v", got)
	}
	if page, err := r.ListReportRequests(t.Context(), client.ReportFilter{}, "", 0); err != nil || len(page.Items) != 0 {
		t.Errorf("asked for are %+v, %v", page, err)
	}
	if _, err := r.CancelReportOrder(t.Context(), made.Orders[0].OrderID, client.ReportCancellation{}); err != nil {
		t.Fatal(err)
	}
	if got := show(); got != nil {
		t.Errorf("of an order that has ended does not fit %+v", got)
	}
}
