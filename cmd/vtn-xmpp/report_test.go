package main

import (
	"encoding/csv"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// TestOperateReports walks through everything an operator can do with reports.
func TestOperateReports(t *testing.T) {
	m := newMachine(t, map[string]string{"VTN_XMPP_SECRET": "s"})
	s := m.serve()
	m.env["VTN_API_URL"] = s.api
	o := &reportOperator{machine: m, vens: m.vens(), start: time.Now().Add(-time.Hour).UTC().Truncate(time.Minute)}
	o.findsReports()
	o.asks()
	o.watches()
	o.reads()
	o.asksForSeveral()
	o.orders()
	o.cancels()
}

// reportOperator is an operator who asks for reports, and two VENs.
type reportOperator struct {
	*machine
	vens      *vens
	start     time.Time // of a request that is under way, whenever this runs
	telemetry string    // its reportRequestID
}

// minute is the time so many minutes after the start.
func (o *reportOperator) minute(n int) string {
	return o.start.Add(time.Duration(n) * time.Minute).Format(time.RFC3339)
}

// id finds an ID with a prefix.
func (o *reportOperator) id(out, prefix string) string {
	o.t.Helper()
	found := regexp.MustCompile(prefix + `-[a-z2-7]+`).FindString(out)
	if found == "" {
		o.t.Fatalf("%q names no %s", out, prefix)
	}
	return found
}

// findsReports lists the reports that VENs offer.
func (o *reportOperator) findsReports() {
	o.t.Helper()
	for _, venID := range []string{"ven-1", "ven-2"} {
		o.ok("", "ven", "add", "--id="+venID, "--jid="+venID+"@example.org", "--group=north")
	}
	if out := o.ok("", "ven", "reports", "ven-1"); strings.Contains(out, "METADATA") || !strings.Contains(out, "is not registered") {
		o.t.Errorf("the hint for a VEN that is not registered is %q", out)
	}
	o.refuses("", "not registered", "report", "request", "--ven=ven-1", "--specifier=telemetry")
	o.vens.registers("ven-1")
	o.says(o.ok("", "ven", "reports", "ven-1"), "ven-1 has registered no reports", "--specifier METADATA")
	o.vens.reports("ven-1")
	o.says(o.ok("", "ven", "reports", "ven-1"), "telemetry", "TELEMETRY_USAGE", "=power", "powerReal k", "PT1M to PT1H", "pump", "report request --ven ven-1")
}

// asks has ven-1 report its power.
func (o *reportOperator) asks() {
	o.t.Helper()
	o.refuses("", "there are: =power", "report", "request", "--ven=ven-1", "--specifier=telemetry", "--rid=never")
	o.refuses("", "--ven", "report", "request", "--specifier=telemetry")
	o.refuses("", "not both", "report", "request", "-", "--ven=ven-1")
	o.refuses("", "zone", "report", "request", "--ven=ven-1", "--start=tomorrow")
	out := o.ok("", "report", "request", "--ven=ven-1", "--specifier=telemetry", "--rid==power", "--granularity=PT1M", "--report-back=PT5M",
		"--start="+o.start.In(time.FixedZone("", 3600)).Format(time.RFC3339), "--duration=P1D")
	o.says(out, "pending", "ven-1", "telemetry", "=power", "PT1M", "PT5M", o.minute(0), "P1D", "vtn-xmpp report show rr-")
	o.telemetry = o.id(out, "rr")
	o.says(o.ok("", "report", "show", o.telemetry), o.telemetry, "no data so far")
}

// watches shows how the request goes, as ven-1 sends data.
func (o *reportOperator) watches() {
	o.t.Helper()
	o.vens.say("ven-1", &oadr.CreatedReport{Response: oadr.EIResponse{Code: oadr.CodeOK}, Pending: []string{o.telemetry}, VENID: "ven-1"})
	for i, value := range []float64{-1.5, 2, 3} {
		o.vens.sends("ven-1", o.telemetry, "telemetry", o.start.Add(time.Duration(i)*time.Minute), oadr.ReportPayload{RID: "=power", Value: value})
	}
	o.says(o.ok("", "report", "list", "--ven=ven-1", "--state=active"), o.telemetry, "active")
	o.says(o.ok("", "report", "list", "--state=refused"), "reportRequestID")
	out := o.ok("", "report", "show", o.telemetry, "--latest=2")
	o.says(out, "active", "ord-", o.minute(2), "report data "+o.telemetry)
	if strings.Contains(out, "-1.5") {
		o.t.Errorf("more than the last two values: %s", out)
	}
	var shown struct {
		Request client.ReportRequest
		Data    []client.ReportValue
	}
	if err := json.Unmarshal([]byte(o.ok("", "report", "show", o.telemetry, "-o", "json")), &shown); err != nil || shown.Request.ReportRequestID != o.telemetry || len(shown.Data) != 3 {
		o.t.Errorf("report show -o json: %+v, %v", shown, err)
	}
}

// reads prints and downloads the data.
func (o *reportOperator) reads() {
	o.t.Helper()
	out := o.ok("", "report", "data", o.telemetry, "--limit=2")
	o.says(out, "-1.5", o.minute(1), "… more with --cursor ")
	cursor := strings.TrimSpace(out[strings.Index(out, "--cursor ")+len("--cursor "):])
	o.says(o.ok("", "report", "data", o.telemetry, "--cursor", cursor), o.minute(2))
	o.says(o.ok("", "report", "data", o.telemetry, "--all", "--start="+o.minute(1), "--end="+o.minute(2)), o.minute(1))
	lines, err := csv.NewReader(strings.NewReader(o.ok("", "report", "data", o.telemetry, "--csv", "--rid==power"))).ReadAll()
	if err != nil || len(lines) != 4 || lines[1][0] != "'=power" || lines[1][3] != "-1.5" {
		o.t.Errorf("CSV %q, %v", lines, err)
	}
	for _, args := range [][]string{{o.telemetry}, {"--ven=ven-1", "--specifier=telemetry"}, {o.telemetry, "--all"}} {
		var page client.Page[client.ReportValue]
		if err := json.Unmarshal([]byte(o.ok("", append([]string{"report", "data", "-o", "json"}, args...)...)), &page); err != nil || len(page.Items) != 3 {
			o.t.Errorf("report data %v -o json: %+v, %v", args, page, err)
		}
	}
	o.refuses("", "--specifier", "report", "data", "--ven=ven-1")
	o.refuses("", "--ven", "report", "data")
	o.refuses("", "not both", "report", "data", o.telemetry, "--csv", "-o", "json")
	o.refuses("", "--cursor", "report", "data", o.telemetry, "--csv", "--cursor=x")
	o.refuses("", "limit", "ven", "list", "--limit=-1")
	o.refuses("", "limit", "report", "data", o.telemetry, "--limit=-1")
	o.refuses("", "--limit", "report", "data", o.telemetry, "--csv", "--limit=2")
	o.refuses("", "--limit", "report", "data", o.telemetry, "--all", "--limit=2", "-o", "json")
	o.refuses("", `"none"`, "report", "data", "none", "--csv")
}

// asksForSeveral makes several requests at once.
func (o *reportOperator) asksForSeveral() {
	o.t.Helper()
	out := o.ok(`{"requests": [{"venID": "ven-1", "reportSpecifierID": "status"}, {"venID": "ven-1", "reportSpecifierID": "METADATA"}]}`, "report", "request", "-")
	o.says(out, "status", "METADATA", "report list --order ord-")
	status := o.id(out[strings.Index(out, "\n"):], "rr")
	o.vens.sends("ven-1", status, "status", o.start, oadr.ReportPayload{RID: "state", Status: &oadr.ResourceStatus{Online: true, ManualOverride: true,
		LoadControlState: &oadr.LoadControlState{Capacity: &oadr.LoadControl{Current: 0.5}}}})
	o.says(o.ok("", "report", "data", status), "online override capacity:0.5")
	o.refuses(`{"requests": [{"venID": "ven-1"}, {}]}`, "requests[1].venID", "report", "request", "-")
}

// orders makes standing orders and ends one.
func (o *reportOperator) orders() {
	o.t.Helper()
	out := o.ok("", "report", "request", "--group=north", "--measurement=frequency", "--standing")
	o.says(out, "no VEN can report this so far", "report cancel --order ord-")
	order := o.id(out, "ord")
	o.says(o.ok("", "report", "orders", "--standing"), order, "group:north", "frequency")
	o.says(o.ok("", "report", "orders", order), order, "report list --order "+order)
	o.says(o.ok("", "report", "cancel", "--order", order, "--last-report"), order)
	if out := o.ok("", "report", "orders", "--standing"); strings.Contains(out, order) {
		o.t.Errorf("a cancelled order stands: %s", out)
	}
	out = o.ok("", "report", "request", "--group=north", "--specifier=telemetry", "--rid==power", "--rid=never", "--standing")
	o.says(o.ok("", "report", "orders", o.id(out, "ord")), "cannot ask for them", "ven-1", "telemetry", "rIDs are 2, and VEN ven-1 offers 1 of them")
	o.refuses("", "rule 324", "report", "request", "--ven=ven-1", "--specifier=telemetry", "--granularity=PT1M")
}

// cancels cancels a request, and publishes the VTN reports.
func (o *reportOperator) cancels() {
	o.t.Helper()
	o.says(o.ok("", "report", "cancel", o.telemetry, "--last-report", "--piggyback"), "cancelling", "report show "+o.telemetry)
	o.refuses("", "--order", "report", "cancel")
	o.refuses("", "--order", "report", "cancel", o.telemetry, "--order=ord-a")

	o.says(o.ok("", "report", "publish", "ven-1"), "ven-1")
	o.says(o.ok("", "report", "publish", "ven-1", "-o", "json"), `"published": "ven-1"`)
	o.refuses("", "not registered", "report", "publish", "ven-2")
}
