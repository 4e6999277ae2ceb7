package api_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/api"
	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// items are the values in an answer.
func items(t *testing.T, body string) []any {
	t.Helper()
	var page struct{ Items []any }
	if err := json.Unmarshal([]byte(body), &page); err != nil || page.Items == nil {
		t.Fatalf("%v: %s", err, body)
	}
	return page.Items
}

func parsed(t *testing.T, text string) (list []any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		t.Fatal(err)
	}
	return list
}

func TestR6DataOfAReport(t *testing.T) {
	r := startReports(t)
	r.reports("ven-1")
	telemetry, status := r.measures()
	a := r.do(http.MethodGet, requests+"/"+telemetry.ReportRequestID+"/data", "")
	want := parsed(t, `[
		{"rID": "power", "start": "2026-11-24T12:00:00Z", "duration": "PT1M", "value": -1.25, "quality": "Quality Good - Non Specific", "confidence": 95, "accuracy": 0.5, "receivedAt": "2026-11-24T12:00:00Z"},
		{"rID": "=voltage", "start": "2026-11-24T12:00:00Z", "duration": "PT1M", "value": 229.5, "quality": "", "confidence": null, "accuracy": null, "receivedAt": "2026-11-24T12:00:00Z"},
		{"rID": "power", "start": "2026-11-24T12:00:00.500Z", "duration": "PT1.5S", "value": 3, "quality": "", "confidence": null, "accuracy": null, "receivedAt": "2026-11-24T12:00:00Z"}]`)
	if got := items(t, a.body); a.status != 200 || a.header.Get("Content-Type") != "application/json" || !reflect.DeepEqual(got, want) {
		t.Errorf("status %d: %s", a.status, a.body)
	}
	feed, _ := json.Marshal(greenButton)
	a = r.do(http.MethodGet, requests+"/"+status.ReportRequestID+"/data", "")
	want = parsed(t, `[
		{"rID": "state", "start": "2026-11-24T12:00:00Z", "duration": "PT1M", "value": null, "quality": "", "confidence": null, "accuracy": null, "receivedAt": "2026-11-24T12:00:00Z",
			"status": {"online": true, "manualOverride": false, "loadControlState": {"levelOffset": {"min": -1, "max": 1, "current": 0.5, "normal": null}}}},
		{"rID": "", "start": "2026-11-24T12:01:00Z", "duration": "PT0S", "value": null, "quality": "", "confidence": null, "accuracy": null, "receivedAt": "2026-11-24T12:00:00Z", "greenButton": [`+string(feed)+`]}]`)
	if got := items(t, a.body); !reflect.DeepEqual(got, want) {
		t.Errorf("status and Green Button: %s", a.body)
	}
}

func TestDataInParts(t *testing.T) {
	r := startReports(t)
	r.reports("ven-1")
	first, second := r.requested(periodic), r.requested(periodic)
	r.sends(first, minutes(0, 0, 1, 2, 3, 4)...)
	r.sends(second, minutes(3, 30, 40, 50)...)
	of, whole := client.DataSource{ReportRequestID: first.ReportRequestID}, client.DataSource{VENID: "ven-1", ReportSpecifierID: "telemetry"}
	values := func(list []client.ReportValue) (values []float64) {
		for _, v := range list {
			values = append(values, *v.Value)
		}
		return values
	}
	for _, x := range []struct {
		name string
		of   client.DataSource
		f    client.DataFilter
		want []float64
	}{
		{"all", of, client.DataFilter{}, []float64{0, 1, 2, 3, 4}},
		{"from", of, client.DataFilter{Start: noon.Add(2 * time.Minute)}, []float64{2, 3, 4}},
		{"to", of, client.DataFilter{End: noon.Add(2 * time.Minute)}, []float64{0, 1}},
		{"both", of, client.DataFilter{Start: noon.Add(time.Second), End: noon.Add(3 * time.Minute)}, []float64{1, 2}},
		{"a data point", of, client.DataFilter{RIDs: []string{"=voltage", "power"}}, []float64{0, 1, 2, 3, 4}},
		{"another", of, client.DataFilter{RIDs: []string{"=voltage", "a,power"}}, nil},
		{"all requests of the VEN", whole, client.DataFilter{}, []float64{0, 1, 2, 3, 30, 4, 40, 50}},
	} {
		for _, limit := range []int{0, 1, 2, 3, 1000} {
			var got []float64
			for cursor, parts := "", 0; parts == 0 || cursor != ""; parts++ {
				page, err := r.ReportData(t.Context(), x.of, x.f, cursor, limit)
				if err != nil {
					t.Fatal(err)
				}
				got, cursor = append(got, values(page.Items)...), page.Next
			}
			if !slices.Equal(got, x.want) {
				t.Errorf("%s, %d at a time: %v, want %v", x.name, limit, got, x.want)
			}
		}
		latest, err := r.LatestReportData(t.Context(), x.of, x.f, 2)
		if want := x.want[max(0, len(x.want)-2):]; err != nil || !slices.Equal(values(latest), want) {
			t.Errorf("the latest of %s: %v, want %v (%v)", x.name, values(latest), want, err)
		}
		var all bytes.Buffer
		if err := r.DownloadReportData(t.Context(), x.of, x.f, client.FormatJSON, &all); err != nil {
			t.Fatal(err)
		}
		var page client.Page[client.ReportValue]
		if err := json.Unmarshal(all.Bytes(), &page); err != nil || page.Items == nil || !slices.Equal(values(page.Items), x.want) {
			t.Errorf("%s as JSON: %s (%v)", x.name, all.String(), err)
		}
	}
}

func TestBadDataQueries(t *testing.T) {
	r := startReports(t)
	r.reports("ven-1")
	q := r.requested(periodic)
	for query, field := range map[string]string{
		"start=yesterday": "start", "start=2026-11-24T12:00:00": "start", "end=2026-11-24T12:00:00+01:00": "end", "start=2026-11-24T12:00:00Z&end=2026-11-24T12:00:00Z": "end",
		"limit=0": "limit", "limit=1001": "limit", "latest=101": "latest", "cursor=x": "cursor", "cursor=1.2": "cursor", "cursor=1.-2.3": "cursor", "cursor=1.2.3.4": "cursor",
		"format=xml": "format", "format=csv&limit=3": "format", "format=json&cursor=1.2.3": "format", "format=csv&latest=3": "format", "latest=3&limit=3": "latest", "rid=power": "rid",
	} {
		a := r.do(http.MethodGet, requests+"/"+q.ReportRequestID+"/data?"+query, "")
		if a.status != 422 || a.problem(t).Errors[0].Field != field {
			t.Errorf("?%s: status %d: %s", query, a.status, a.body)
		}
	}
	if a := r.do(http.MethodGet, requests+"/"+q.ReportRequestID+"/data?rID=nobody%27s&rID=%22", ""); a.status != 200 || len(items(t, a.body)) != 0 {
		t.Errorf("status %d: %s", a.status, a.body)
	}
}

func TestDataAsCSV(t *testing.T) {
	r := startReports(t)
	r.reports("ven-1")
	telemetry, status := r.measures()
	path := requests + "/" + telemetry.ReportRequestID + "/data"
	a := r.do(http.MethodGet, path+"?format=csv", "")
	if a.status != 200 || a.header.Get("Content-Type") != "text/csv; charset=utf-8; header=present" ||
		a.header.Get("Content-Disposition") != "attachment; filename="+telemetry.ReportRequestID+".csv" {
		t.Fatalf("status %d, %v", a.status, a.header)
	}
	const empty = ",,,,,,,,,,,,,,,,,," // status and Green Button
	want := strings.Join([]string{
		"rID,start,duration,value,quality,confidence,accuracy,online,manualOverride,capacity.min,capacity.max,capacity.current,capacity.normal," +
			"levelOffset.min,levelOffset.max,levelOffset.current,levelOffset.normal,percentOffset.min,percentOffset.max,percentOffset.current,percentOffset.normal," +
			"setPoint.min,setPoint.max,setPoint.current,setPoint.normal,greenButton,receivedAt",
		"power,2026-11-24T12:00:00Z,PT1M,-1.25,Quality Good - Non Specific,95,0.5," + empty + ",2026-11-24T12:00:00Z",
		"'=voltage,2026-11-24T12:00:00Z,PT1M,229.5,,,," + empty + ",2026-11-24T12:00:00Z",
		"power,2026-11-24T12:00:00.500Z,PT1.5S,3,,,," + empty + ",2026-11-24T12:00:00Z",
		"",
	}, "\r\n")
	if a.body != want {
		t.Errorf("CSV\n%s\nwant\n%s", a.body, want)
	}
	if accepted := r.do(http.MethodGet, path, "", header("Accept", "text/csv")); accepted.body != want {
		t.Errorf("Accept: text/csv is answered %s", accepted.body)
	}
	for _, accept := range []string{"*/*", "application/json", "text/csv;q=0.5, application/json", "text/html, */*"} {
		if a := r.do(http.MethodGet, path, "", header("Accept", accept)); len(items(t, a.body)) != 3 {
			t.Errorf("Accept: %s is answered %s", accept, a.body)
		}
	}

	a = r.do(http.MethodGet, "/api/v1/vens/ven-1/data?format=csv&reportSpecifierID="+url.QueryEscape("status"), "")
	if got := a.header.Get("Content-Disposition"); got != "attachment; filename=ven-1-status.csv" {
		t.Errorf("Content-Disposition %q", got)
	}
	lines, err := csv.NewReader(strings.NewReader(a.body)).ReadAll()
	if err != nil || len(lines) != 3 {
		t.Fatalf("%v: %s", err, a.body)
	}
	cell := func(line int, column string) string { return lines[line][slices.Index(lines[0], column)] }
	for column, want := range map[string]string{"rID": "state", "value": "", "online": "true", "manualOverride": "false", "levelOffset.min": "-1", "levelOffset.max": "1",
		"levelOffset.current": "0.5", "levelOffset.normal": "", "capacity.current": "", "greenButton": ""} {
		if got := cell(1, column); got != want {
			t.Errorf("%s is %q, want %q", column, got, want)
		}
	}
	if cell(2, "greenButton") != string(greenButton) || cell(2, "value") != "" || cell(2, "online") != "" {
		t.Errorf("Green Button: %q", lines[2])
	}
	_ = status

	nothing := r.do(http.MethodGet, path+"?format=csv&rID=never", "")
	if got := nothing.body; !strings.HasPrefix(got, "rID,") || strings.Count(got, "\n") != 1 {
		t.Errorf("of nothing: %q", got)
	}
	if a := r.do(http.MethodGet, path+"?format=json", ""); a.header.Get("Content-Disposition") != "attachment; filename="+telemetry.ReportRequestID+".json" || len(items(t, a.body)) != 3 {
		t.Errorf("as JSON: %v %s", a.header, a.body)
	}
}

func TestCellsOfCSVAreAsTheyCame(t *testing.T) {
	r := startReports(t)
	r.reports("ven-1")
	q := r.requested(periodic)
	const quality, feed = `x-a, "b"`, oadr.XML("<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>\na,\r\n\rb&#13;\n</title></feed>")
	at := minutes(0, 1, 2)
	at[0].Payloads[0].Quality = quality
	at[1] = oadr.ReportInterval{Start: at[1].Start, GreenButton: []oadr.XML{feed, feed}}
	r.sends(q, at...)
	body := r.do(http.MethodGet, requests+"/"+q.ReportRequestID+"/data?format=csv", "").body
	for _, cell := range []string{quality, string(feed + "\n" + feed)} {
		if quoted := `,"` + strings.ReplaceAll(cell, `"`, `""`) + `",`; !strings.Contains(body, quoted) {
			t.Errorf("%q is not in %q", quoted, body)
		}
	}
	if lines := strings.Split(body, "Z\r\n"); len(lines) != 3 || lines[2] != "" { // receivedAt is the last column
		t.Errorf("the lines are %q", lines)
	}
}

// spied is a VTN that calls the test whenever data is read; the test can make that fail.
type spied struct {
	*core.VTN
	read func(context.Context, core.ValueQuery) error
}

func (s *spied) ReportData(ctx context.Context, id string, q core.ValueQuery) ([]core.Value, *core.ValueKey, error) {
	if err := s.read(ctx, q); err != nil {
		return nil, nil, err
	}
	return s.VTN.ReportData(ctx, id, q)
}

// spy serves the rig's VTN on another address.
func (r *reportRig) spy(read func(context.Context, core.ValueQuery) error) string {
	server := httptest.NewServer(api.New(api.Config{}, &spied{r.vtn, read}).Handler())
	r.t.Cleanup(server.Close)
	return server.URL
}

// much has ven-1 report more values than a download reads at once.
func (r *reportRig) much() (q client.ReportRequest, count int) {
	r.t.Helper()
	q = r.requested(periodic)
	for ; count < 2500; count += 250 {
		r.sends(q, minutes(count, make([]float64, 250)...)...)
	}
	return q, count
}

func TestDownloadsAreReadInParts(t *testing.T) {
	r := startReports(t)
	r.reports("ven-1")
	q, count := r.much()
	var limits []int
	url := r.spy(func(_ context.Context, q core.ValueQuery) error {
		limits = append(limits, q.Limit)
		return nil
	})
	var all bytes.Buffer
	if err := client.New(url, "").DownloadReportData(t.Context(), client.DataSource{ReportRequestID: q.ReportRequestID}, client.DataFilter{}, client.FormatCSV, &all); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(all.String(), "\r\n"); got != count+1 {
		t.Errorf("%d lines, want %d", got, count+1)
	}
	if len(limits) != 3 || slices.Max(limits) > 1000 {
		t.Errorf("read in parts of %v", limits)
	}
}

func TestABrokenDownloadIsNotTakenForWhole(t *testing.T) {
	r := startReports(t)
	r.reports("ven-1")
	q, _ := r.much()
	url := r.spy(func(_ context.Context, q core.ValueQuery) error {
		if !q.After.Start.IsZero() {
			return errors.New("the disk is gone")
		}
		return nil
	})
	for _, format := range []client.Format{client.FormatCSV, client.FormatJSON} {
		var some bytes.Buffer
		err := client.New(url, "").DownloadReportData(t.Context(), client.DataSource{ReportRequestID: q.ReportRequestID}, client.DataFilter{}, format, &some)
		if err == nil || !strings.Contains(err.Error(), "incomplete") {
			t.Errorf("%s: %v", format, err)
		}
		if json.Valid(some.Bytes()) {
			t.Errorf("%s: what came is whole JSON", format)
		}
	}
}

func TestADownloadStopsWhenItsClientGoes(t *testing.T) {
	r := startReports(t)
	r.reports("ven-1")
	q, _ := r.much()
	asked, ended := make(chan struct{}), make(chan error)
	url := r.spy(func(ctx context.Context, q core.ValueQuery) error {
		if q.After.Start.IsZero() {
			return nil
		}
		close(asked)
		<-ctx.Done()
		ended <- ctx.Err()
		return ctx.Err()
	})
	ctx, cancel := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+requests+"/"+q.ReportRequestID+"/data?format=csv", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	<-asked // the client has what was read first
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// R6: a data point without a value is null in JSON and empty in CSV.
func TestR6ReadingThatIsNoneIsShown(t *testing.T) {
	r := startReports(t)
	r.reports("ven-1")
	request := r.requested(periodic)
	r.sends(request, oadr.ReportInterval{Start: noon, Payloads: []oadr.ReportPayload{{RID: "power", NoValue: true, Quality: "Quality Bad - Sensor Failure"}, {RID: "=voltage", Value: 230}}})
	at := "/api/v1/report-requests/" + request.ReportRequestID + "/data"
	if a := r.do(http.MethodGet, at, ""); !strings.Contains(a.body, `"rID":"power","start":"2026-11-24T12:00:00Z","duration":"PT1M","value":null,"quality":"Quality Bad - Sensor Failure"`) || !strings.Contains(a.body, `"value":230`) {
		t.Errorf("shown is %s", a.body)
	}
	if a := r.do(http.MethodGet, at+"?format=csv", ""); !strings.Contains(a.body, "power,2026-11-24T12:00:00Z,PT1M,,Quality Bad - Sensor Failure,") {
		t.Errorf("downloaded is %s", a.body)
	}
}
