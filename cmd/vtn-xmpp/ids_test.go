package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// hardIDs mean something special in a path, a query, a shell or on a command line.
var hardIDs = []string{
	".", "..", "...", "/", "//", "a/b", "../a", "a/..", "%2F", "%2e%2e", "%00", "%", "?a=b", "#", "&a=b", "a;b", "a+b", "a b", "a,b",
	"-", "--", "-o", "--help", "-x=y", "@a", "=", `a\b`, `"`, "'", "$HOME", "${enum}", "*", "{venID}", "[]", "null", "0", "<a>", "&amp;",
	"history", "cancel", "電\u200d力", "e\u0301", "\u00a0a", "\U0001F50C\uFE0F", "\u202ea", "\uFEFFa", "a\u0085b", "", " ", "a\tb", "a\nb", "\x7f",
	strings.Repeat("<", 255), strings.Repeat("電", 85), strings.Repeat("x", 256),
}

// ids are the hard IDs, and n random ones of characters that make IDs hard.
func ids(r *rand.Rand, n int) []string {
	runes := []rune("./%?#&=+-_ ,;:@\\\"'`$*~!{}[]<>()|^aZ09üé電\u200d\uFE0F\u00a0\u202e")
	all := slices.Clone(hardIDs)
	for range n {
		id := make([]rune, 1+r.IntN(6))
		for i := range id {
			id[i] = runes[r.IntN(len(runes))]
		}
		all = append(all, string(id))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// operator runs commands in this process, with one parser: to make one takes longer than what a command does.
type operator struct {
	t *testing.T
	*program
}

func (o operator) run(args ...string) (string, error) {
	o.t.Helper()
	if err := kong.Visit(o.parser.Model, func(node kong.Visitable, next kong.Next) error {
		if flag, ok := node.(*kong.Flag); ok {
			flag.Set = false // by the command before
		}
		return next(nil)
	}); err != nil {
		o.t.Fatal(err)
	}
	defer func(stdout, stderr *os.File) { os.Stdout, os.Stderr = stdout, stderr }(os.Stdout, os.Stderr)
	path := filepath.Join(o.t.TempDir(), "out")
	out, err := os.Create(path)
	if err != nil {
		o.t.Fatal(err)
	}
	defer out.Close()
	ignored, err := os.Open(os.DevNull)
	if err != nil {
		o.t.Fatal(err)
	}
	defer ignored.Close()
	os.Stdout, os.Stderr = out, ignored // warnings
	failed := o.program.run(args)
	raw, err := os.ReadFile(path)
	if err != nil {
		o.t.Fatal(err)
	}
	return string(raw), failed
}

// must runs a command that has to succeed, and looks for a text in its JSON.
func (o operator) must(holds string, args ...string) {
	o.t.Helper()
	out, err := o.run(append([]string{"-o", "json"}, args...)...)
	if err != nil {
		o.t.Fatalf("%q: %v", args, err)
	}
	var same bytes.Buffer // as the command writes it
	enc := json.NewEncoder(&same)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(holds); err != nil {
		o.t.Fatal(err)
	}
	if !strings.Contains(out, strings.TrimSpace(same.String())) {
		o.t.Fatalf("%q prints %s, which does not hold %q", args, out, holds)
	}
}

// Every command and every request of the client can use an ID, or all of them refuse
// it.
func TestAnyIDCanBeUsedOrCannotBeMade(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs every command with each of 70 IDs")
	}
	m := newMachine(t, map[string]string{"VTN_XMPP_SECRET": "s"})
	s := m.serve()
	t.Chdir(m.dir)
	t.Setenv("VTN_API_URL", s.api)
	api, ctx := client.New(s.api, ""), t.Context()
	said := m.vens()
	if _, err := api.AddVEN(ctx, client.VENSpec{VENID: "fixed"}); err != nil {
		t.Fatal(err)
	}
	p, err := newProgram(ctx)
	if err != nil {
		t.Fatal(err)
	}
	seed := rand.Uint64()
	for _, id := range ids(rand.New(rand.NewPCG(seed, 0)), 10) {
		t.Run(fmt.Sprintf("%.40q", id), func(t *testing.T) {
			o := operator{t, p}
			_, err := api.AddVEN(ctx, client.VENSpec{VENID: id + "N"}) // stays, so that lists have more than one; no other ID ends so
			if again := cannotBe(t, err); again {
				if _, err := o.run("ven", "add", "--id="+id+"N"); err == nil {
					t.Fatal("the client cannot make it, the command can")
				}
			}
			o.labels(id)
			o.vens(api, id)
			o.events(api, id)
			o.reports(said, id)
		})
	}
	t.Logf("seed %d", seed)
	// Lists continue after any ID that a page ends with.
	o, seen := operator{t, p}, 0
	for cursor := ""; ; {
		out, err := o.run("ven", "list", "--limit=1", "--cursor="+cursor, "-o", "json")
		if err != nil {
			t.Fatalf("behind %q: %v", cursor, err)
		}
		var page client.Page[client.VEN]
		if err := json.Unmarshal([]byte(out), &page); err != nil {
			t.Fatal(err)
		}
		if seen += len(page.Items); page.Next == "" {
			break
		}
		cursor = page.Next
	}
	if seen < len(hardIDs)/2 {
		t.Errorf("only %d VENs are listed", seen)
	}
}

// cannotBe reports whether an ID was refused. The error must say why.
func cannotBe(t *testing.T, err error) bool {
	t.Helper()
	if err == nil {
		return false
	}
	var p *client.Problem
	if !errors.As(err, &p) || p.Status != 422 || len(p.Errors) == 0 || p.Errors[0].Message == "" {
		t.Fatalf("refused by %v", err)
	}
	return true
}

// vens makes, uses and deletes a VEN with this ID.
func (o operator) vens(api *client.Client, id string) {
	o.t.Helper()
	ctx := o.t.Context()
	if id == "" { // the VTN makes one
		for _, args := range [][]string{{"ven", "show", id}, {"ven", "delete", id}, {"ven", "notices", id}, {"event", "cancel", id}, {"report", "show", id}} {
			if _, err := o.run(args...); err == nil || !strings.Contains(err.Error(), "the ID is empty") {
				o.t.Errorf("%q: %v", args, err)
			}
		}
		return
	}
	if _, err := api.AddVEN(ctx, client.VENSpec{VENID: id}); cannotBe(o.t, err) {
		if _, err := o.run("ven", "add", "--id="+id); err == nil {
			o.t.Fatal("the client cannot make the VEN, the command can")
		}
		return
	}
	o.must(id, "ven", "show", "--", id)
	o.must(id, "ven", "modify", "--set=venName=x", "--", id)
	o.must(id, "ven", "list", "--limit=1000")
	for _, args := range [][]string{{"ven", "reports", "--", id}, {"ven", "notices", "--", id}, {"opt", "list", "--ven=" + id}, {"report", "list", "--ven=" + id}} {
		if _, err := o.run(args...); err != nil {
			o.t.Fatalf("%q: %v", args, err)
		}
	}
	for _, args := range [][]string{{"ven", "cancel", "--", id}, {"ven", "reregister", "--", id}} { // which it is not registered for
		if _, err := o.run(args...); err == nil || !strings.Contains(err.Error(), "not registered") {
			o.t.Fatalf("%q: %v", args, err)
		}
	}
	if _, err := api.PatchVEN(ctx, id, json.RawMessage(`{"venName": "y"}`)); err != nil {
		o.t.Fatal(err)
	}
	if v, err := api.GetVEN(ctx, id); err != nil || v.VENID != id || v.VENName != "y" {
		o.t.Fatalf("it is shown as %+v, %v", v, err)
	}
	event := fmt.Sprintf("one-%.100x", id)
	o.must(event, "event", "create", "--id="+event, "--market-context=http://example.org/dr", "--start=2037-01-01T00:00:00Z", "--duration=PT1H", "--simple=1", "--ven="+id)
	o.must(id, "event", "show", event)
	if _, err := o.run("event", "history", "--ven="+id, event); err != nil {
		o.t.Fatal(err)
	}
	if _, err := api.DeleteVEN(ctx, id); err != nil {
		o.t.Fatal(err)
	}
	if _, err := o.run("ven", "add", "--id="+id); err != nil {
		o.t.Fatal(err)
	}
	if _, err := o.run("ven", "delete", "--", id); err != nil {
		o.t.Fatal(err)
	}
	o.must("deletedAt", "ven", "show", "--", id)
}

// labels makes a VEN with these labels, and an event for each.
func (o operator) labels(id string) {
	o.t.Helper()
	for _, label := range []string{"group", "resource", "party"} {
		venID := fmt.Sprintf("%s %.200x.", label, id)
		if _, err := o.run("ven", "add", "--id="+venID, "--"+label+"="+id); err != nil {
			if !cannotBe(o.t, err) {
				o.t.Fatal(err)
			}
			continue
		}
		o.must(id, "ven", "show", venID)
		o.must(id, "event", "create", "--market-context=http://example.org/dr", "--start=2036-01-01T00:00:00Z", "--duration=PT1H", "--simple=1", "--"+label+"="+id)
	}
}

// events makes, uses and cancels an event with this ID.
func (o operator) events(api *client.Client, id string) {
	o.t.Helper()
	ctx := o.t.Context()
	if id == "" {
		return
	}
	spec := client.EventSpec{EventID: id, MarketContext: "http://example.org/dr", Start: time.Date(2035, 1, 1, 0, 0, 0, 0, time.UTC), Duration: "PT1H", Overlap: "allow", Targets: client.Targets{VENIDs: []string{"fixed"}},
		Signals: []client.Signal{{Name: "SIMPLE", Type: "level", Intervals: []client.Interval{{Duration: "PT1H", Value: 1}}}}}
	if _, err := api.CreateEvent(ctx, spec); cannotBe(o.t, err) {
		if _, err := o.run("event", "create", "--id="+id, "--market-context=http://example.org/dr", "--start=2036-01-01T00:00:00Z", "--duration=PT1H", "--simple=1", "--ven=fixed"); err == nil {
			o.t.Fatal("the client cannot make the event, the command can")
		}
		return
	}
	o.must(id, "event", "show", "--", id)
	o.must(id, "event", "modify", "--set=comment=x", "--", id)
	o.must(id, "event", "list", "--limit=1000")
	o.must("created", "event", "history", "--", id)
	if _, err := o.run("opt", "list", "--event="+id); err != nil {
		o.t.Fatal(err)
	}
	if _, err := api.EventVENs(ctx, id); err != nil {
		o.t.Fatal(err)
	}
	if _, err := api.EventHistory(ctx, id, "", "", 0); err != nil {
		o.t.Fatal(err)
	}
	if e, err := api.PatchEvent(ctx, id, json.RawMessage(`{"comment": "y"}`)); err != nil || e.EventID != id || e.Comment != "y" {
		o.t.Fatalf("it is changed to %+v, %v", e, err)
	}
	o.must(id, "event", "cancel", "--", id)
	if e, err := api.GetEvent(ctx, id); err != nil || e.EventID != id || e.Status != "cancelled" {
		o.t.Fatalf("it is shown as %+v, %v", e, err)
	}
}

// reports has a VEN offer a report and a data point with this ID, and asks for it.
func (o operator) reports(said *vens, id string) {
	o.t.Helper()
	venID := fmt.Sprintf("reports %.100x.", id)
	account := fmt.Sprintf("a%.100x@example.org", id)
	if _, err := o.run("ven", "add", "--id="+venID, "--jid="+account); err != nil {
		o.t.Fatal(err)
	}
	as := strings.TrimSuffix(account, "@example.org")
	said.say(as, &oadr.CreatePartyRegistration{RequestID: "r", ProfileName: "2.0b", TransportName: "xmpp", VENName: "a VEN"})
	said.say(as, &oadr.RegisterReport{RequestID: "r", VENID: venID, Reports: []oadr.Report{{
		ReportSpecifierID: id, ReportName: "METADATA_TELEMETRY_USAGE", ReportRequestID: "0", CreatedDateTime: time.Now(),
		Descriptions: []oadr.ReportDescription{{RID: id, ReportType: "demand", ReadingType: "Direct Read", Unit: &oadr.Unit{Type: "powerReal", Scale: "k", Hertz: 50, Voltage: 230, AC: true}}},
	}}})
	out, err := o.run("ven", "reports", venID, "-o", "json")
	if err != nil {
		o.t.Fatal(err)
	}
	var offers struct{ Items []client.VENReport }
	if err := json.Unmarshal([]byte(out), &offers); err != nil {
		o.t.Fatalf("%v: %s", err, out)
	}
	if len(offers.Items) == 0 { // it was refused
		return
	}
	o.must(id, "report", "request", "--ven="+venID, "--specifier="+id, "--rid="+id, "--report-back=PT5M")
	o.must(id, "report", "list", "--ven="+venID, "--specifier="+id)
	requests, err := client.New(os.Getenv("VTN_API_URL"), "").ListReportRequests(o.t.Context(), client.ReportFilter{VENID: venID, ReportSpecifierID: id}, "", 0)
	if err != nil || len(requests.Items) != 1 {
		o.t.Fatalf("asked for are %+v, %v", requests, err)
	}
	now := time.Now().UTC().Truncate(time.Second)
	said.say(as, &oadr.UpdateReport{RequestID: "u", VENID: venID, Reports: []oadr.Report{{Start: now, ReportRequestID: requests.Items[0].ReportRequestID, ReportSpecifierID: id,
		ReportName: "TELEMETRY_USAGE", CreatedDateTime: now, Intervals: []oadr.ReportInterval{{Start: now, Payloads: []oadr.ReportPayload{{RID: id, Value: 1}}}}}}})
	o.must(id, "report", "data", "--ven="+venID, "--specifier="+id, "--rid="+id)
	o.must(id, "report", "data", "--rid="+id, requests.Items[0].ReportRequestID)
}
