package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/registry"
)

// offered is a transport that VENs register with and nothing is sent over.
type offered struct{}

func (offered) Name() string                                { return "xmpp" }
func (offered) Push(context.Context, core.Push) error       { return core.ErrNotConnected }
func (offered) Probe(context.Context, []string) error       { return core.ErrNotConnected }
func (offered) Compare(string, core.Peer) core.AddressMatch { return core.OtherIdentity }

// vens are VENs that speak to the machine's store beside its serve, which has no
// XMPP server to hear them through.
type vens struct {
	*core.VTN
	t *testing.T
}

func (m *machine) vens() *vens {
	m.t.Helper()
	reg, err := registry.Open(m.t.Context(), "sqlite:"+filepath.Join(m.dir, "vtn.db"), zerolog.Nop())
	if err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(func() { reg.Close() })
	v := &vens{core.New(core.Config{VTNID: "VTN", Registration: core.RegistrationKnown}, reg, core.SystemClock{}, zerolog.Nop(), nil), m.t}
	v.AddTransport(offered{})
	return v
}

func (v *vens) say(venID string, m oadr.Message) {
	v.t.Helper()
	p, err := oadr.Decode(oadr.Append(nil, oadr.Form{}, m), oadr.DefaultLimits)
	if err != nil {
		v.t.Fatal(err)
	}
	account := venID + "@example.org"
	if _, err := v.Handle(v.t.Context(), core.Peer{Transport: "xmpp", Identity: account, Address: account + "/client"}, p); err != nil {
		v.t.Fatalf("%s: %v", m.Kind(), err)
	}
}

// registers has a VEN register itself.
func (v *vens) registers(venID string) {
	v.t.Helper()
	v.say(venID, &oadr.CreatePartyRegistration{RequestID: "r", ProfileName: "2.0b", TransportName: "xmpp", VENName: "a VEN"})
}

// reports has a VEN register a report of power and of its state.
func (v *vens) reports(venID string) {
	v.t.Helper()
	now := time.Now()
	v.say(venID, &oadr.RegisterReport{RequestID: "r", VENID: venID, Reports: []oadr.Report{{
		ReportSpecifierID: "telemetry", ReportName: "METADATA_TELEMETRY_USAGE", ReportRequestID: "0", CreatedDateTime: now,
		Descriptions: []oadr.ReportDescription{{RID: "=power", ReportType: "demand", ReadingType: "Direct Read", DataSource: &oadr.Target{Resources: []string{"pump"}},
			Unit: &oadr.Unit{Type: "powerReal", Scale: "k", Hertz: 50, Voltage: 230, AC: true}, SamplingRate: &oadr.SamplingRate{MinPeriod: time.Minute, MaxPeriod: time.Hour}}},
	}, {
		ReportSpecifierID: "status", ReportName: "METADATA_TELEMETRY_STATUS", ReportRequestID: "0", CreatedDateTime: now,
		Descriptions: []oadr.ReportDescription{{RID: "state", ReportType: "x-resourceStatus", ReadingType: oadr.ReadingNotApplicable}},
	}}})
}

// sends has a VEN send one interval for a request.
func (v *vens) sends(venID, reportRequestID, specifierID string, start time.Time, p oadr.ReportPayload) {
	v.t.Helper()
	minute := time.Minute
	v.say(venID, &oadr.UpdateReport{RequestID: "u", VENID: venID, Reports: []oadr.Report{{Start: start, ReportRequestID: reportRequestID, ReportSpecifierID: specifierID,
		ReportName: "TELEMETRY_USAGE", CreatedDateTime: start, Intervals: []oadr.ReportInterval{{Start: start, Duration: &minute, Payloads: []oadr.ReportPayload{p}}}}}})
}

// TestOperateReports walks through everything an operator can do with reports.
func TestOperateReports(t *testing.T) {
	m := newMachine(t, map[string]string{"VTN_XMPP_SECRET": "s"})
	s := m.serve()
	m.env["VTN_API_URL"] = s.api
	ok := func(stdin string, args ...string) string {
		t.Helper()
		r := m.runWith(stdin, args...)
		if r.status != 0 {
			t.Fatalf("%v: status %d: %s", args, r.status, r.stderr)
		}
		return r.stdout
	}
	says := func(out string, words ...string) {
		t.Helper()
		for _, word := range words {
			if !strings.Contains(out, word) {
				t.Errorf("%q does not say %q", out, word)
			}
		}
	}
	refuses := func(stdin string, words string, args ...string) {
		t.Helper()
		if r := m.runWith(stdin, args...); r.status != 1 || !strings.Contains(r.stderr, words) {
			t.Errorf("%v: status %d, %q does not say %q", args, r.status, r.stderr, words)
		}
	}
	id := func(out, prefix string) string {
		t.Helper()
		found := regexp.MustCompile(prefix + `-[a-z2-7]+`).FindString(out)
		if found == "" {
			t.Fatalf("%q names no %s", out, prefix)
		}
		return found
	}
	for _, venID := range []string{"ven-1", "ven-2"} {
		ok("", "ven", "add", "--id="+venID, "--jid="+venID+"@example.org", "--group=north")
	}
	if out := ok("", "ven", "reports", "ven-1"); strings.Contains(out, "METADATA") || !strings.Contains(out, "is not registered") {
		t.Errorf("the hint for a VEN that is not registered is %q", out)
	}
	refuses("", "not registered", "report", "request", "--ven=ven-1", "--specifier=telemetry")
	vens := m.vens()
	vens.registers("ven-1")
	says(ok("", "ven", "reports", "ven-1"), "ven-1 has registered no reports", "--specifier METADATA")
	vens.reports("ven-1")
	says(ok("", "ven", "reports", "ven-1"), "telemetry", "TELEMETRY_USAGE", "=power", "powerReal k", "PT1M to PT1H", "pump", "report request --ven ven-1")

	refuses("", "there are: =power", "report", "request", "--ven=ven-1", "--specifier=telemetry", "--rid=never")
	refuses("", "--ven", "report", "request", "--specifier=telemetry")
	refuses("", "not both", "report", "request", "-", "--ven=ven-1")
	refuses("", "zone", "report", "request", "--ven=ven-1", "--start=tomorrow")
	start := time.Now().Add(-time.Hour).UTC().Truncate(time.Minute) // under way, whenever this runs
	minute := func(n int) string { return start.Add(time.Duration(n) * time.Minute).Format(time.RFC3339) }
	out := ok("", "report", "request", "--ven=ven-1", "--specifier=telemetry", "--rid==power", "--granularity=PT1M", "--report-back=PT5M",
		"--start="+start.In(time.FixedZone("", 3600)).Format(time.RFC3339), "--duration=P1D")
	says(out, "pending", "ven-1", "telemetry", "=power", "PT1M", "PT5M", minute(0), "P1D", "vtn-xmpp report show rr-")
	telemetry := id(out, "rr")
	says(ok("", "report", "show", telemetry), telemetry, "no data so far")
	vens.say("ven-1", &oadr.CreatedReport{Response: oadr.EIResponse{Code: oadr.CodeOK}, Pending: []string{telemetry}, VENID: "ven-1"})
	for i, value := range []float64{-1.5, 2, 3} {
		vens.sends("ven-1", telemetry, "telemetry", start.Add(time.Duration(i)*time.Minute), oadr.ReportPayload{RID: "=power", Value: value})
	}
	says(ok("", "report", "list", "--ven=ven-1", "--state=active"), telemetry, "active")
	says(ok("", "report", "list", "--state=refused"), "reportRequestID")
	out = ok("", "report", "show", telemetry, "--latest=2")
	says(out, "active", "ord-", minute(2), "report data "+telemetry)
	if strings.Contains(out, "-1.5") {
		t.Errorf("more than the last two values: %s", out)
	}
	var shown struct {
		Request client.ReportRequest
		Data    []client.ReportValue
	}
	if err := json.Unmarshal([]byte(ok("", "report", "show", telemetry, "-o", "json")), &shown); err != nil || shown.Request.ReportRequestID != telemetry || len(shown.Data) != 3 {
		t.Errorf("report show -o json: %+v, %v", shown, err)
	}

	out = ok("", "report", "data", telemetry, "--limit=2")
	says(out, "-1.5", minute(1), "… more with --cursor ")
	cursor := strings.TrimSpace(out[strings.Index(out, "--cursor ")+len("--cursor "):])
	says(ok("", "report", "data", telemetry, "--cursor", cursor), minute(2))
	says(ok("", "report", "data", telemetry, "--all", "--start="+minute(1), "--end="+minute(2)), minute(1))
	lines, err := csv.NewReader(strings.NewReader(ok("", "report", "data", telemetry, "--csv", "--rid==power"))).ReadAll()
	if err != nil || len(lines) != 4 || lines[1][0] != "'=power" || lines[1][3] != "-1.5" {
		t.Errorf("CSV %q, %v", lines, err)
	}
	for _, args := range [][]string{{telemetry}, {"--ven=ven-1", "--specifier=telemetry"}, {telemetry, "--all"}} {
		var page client.Page[client.ReportValue]
		if err := json.Unmarshal([]byte(ok("", append([]string{"report", "data", "-o", "json"}, args...)...)), &page); err != nil || len(page.Items) != 3 {
			t.Errorf("report data %v -o json: %+v, %v", args, page, err)
		}
	}
	refuses("", "--specifier", "report", "data", "--ven=ven-1")
	refuses("", "--ven", "report", "data")
	refuses("", "not both", "report", "data", telemetry, "--csv", "-o", "json")
	refuses("", "--cursor", "report", "data", telemetry, "--csv", "--cursor=x")
	refuses("", "limit", "ven", "list", "--limit=-1")
	refuses("", "limit", "report", "data", telemetry, "--limit=-1")
	refuses("", "--limit", "report", "data", telemetry, "--csv", "--limit=2")
	refuses("", "--limit", "report", "data", telemetry, "--all", "--limit=2", "-o", "json")
	refuses("", `"none"`, "report", "data", "none", "--csv")

	out = ok(`{"requests": [{"venID": "ven-1", "reportSpecifierID": "status"}, {"venID": "ven-1", "reportSpecifierID": "METADATA"}]}`, "report", "request", "-")
	says(out, "status", "METADATA", "report list --order ord-")
	status := id(out[strings.Index(out, "\n"):], "rr")
	vens.sends("ven-1", status, "status", start, oadr.ReportPayload{RID: "state", Status: &oadr.ResourceStatus{Online: true, ManualOverride: true,
		LoadControlState: &oadr.LoadControlState{Capacity: &oadr.LoadControl{Current: 0.5}}}})
	says(ok("", "report", "data", status), "online override capacity:0.5")
	refuses(`{"requests": [{"venID": "ven-1"}, {}]}`, "requests[1].venID", "report", "request", "-")

	out = ok("", "report", "request", "--group=north", "--measurement=frequency", "--standing")
	says(out, "no VEN can report this so far", "report cancel --order ord-")
	order := id(out, "ord")
	says(ok("", "report", "orders", "--standing"), order, "group:north", "frequency")
	says(ok("", "report", "orders", order), order, "report list --order "+order)
	says(ok("", "report", "cancel", "--order", order, "--last-report"), order)
	if out := ok("", "report", "orders", "--standing"); strings.Contains(out, order) {
		t.Errorf("a cancelled order stands: %s", out)
	}
	out = ok("", "report", "request", "--group=north", "--specifier=telemetry", "--rid==power", "--rid=never", "--standing")
	says(ok("", "report", "orders", id(out, "ord")), "cannot ask for them", "ven-1", "telemetry", "rIDs are 2, and VEN ven-1 offers 1 of them")
	refuses("", "rule 324", "report", "request", "--ven=ven-1", "--specifier=telemetry", "--granularity=PT1M")
	says(ok("", "report", "cancel", telemetry, "--last-report", "--piggyback"), "cancelling", "report show "+telemetry)
	refuses("", "--order", "report", "cancel")
	refuses("", "--order", "report", "cancel", telemetry, "--order", order)

	says(ok("", "report", "publish", "ven-1"), "ven-1")
	says(ok("", "report", "publish", "ven-1", "-o", "json"), `"published": "ven-1"`)
	refuses("", "not registered", "report", "publish", "ven-2")
}
