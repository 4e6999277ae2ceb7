package test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// reportDesk is the operator's work with reports.
type reportDesk struct{ eventDesk }

// ask makes one report request, which the API must accept, and returns its ID.
func (s *reportDesk) ask(spec client.ReportRequestSpec) string {
	s.t.Helper()
	made, err := s.RequestReports(s.t.Context(), spec)
	if err != nil {
		s.t.Fatal(err)
	}
	if made.Count != 1 || len(made.Items) != 1 {
		s.t.Fatalf("made %+v", made)
	}
	return made.Items[0].ReportRequestID
}

// agreed is ask, and waits until the VEN has agreed.
func (s *reportDesk) agreed(spec client.ReportRequestSpec) string {
	s.t.Helper()
	id := s.ask(spec)
	s.request(id, "active")
	return id
}

// agrees asks a puppet for a report, to which it agrees: what it is told, and how.
func (s *reportDesk) agrees(p *puppet, spec client.ReportRequestSpec) (told oadr.ReportRequest, raw string) {
	s.t.Helper()
	id := s.ask(spec)
	q := p.expect(oadr.KindCreateReport)
	requests := q.Message.(*oadr.CreateReport).Requests
	if len(requests) != 1 || requests[0].ReportRequestID != id {
		s.t.Fatalf("asked for %s, the VEN is told %+v", id, requests)
	}
	q.answer(&oadr.CreatedReport{Response: agreed(q), Pending: []string{id}, VENID: p.id})
	s.request(id, "active")
	return requests[0], q.Raw
}

// request waits until a report request is in a state, and returns it.
func (s *reportDesk) request(id, state string) *client.ReportRequest {
	s.t.Helper()
	var last *client.ReportRequest
	s.eventually("report request "+id+" to be "+state, func() bool {
		var err error
		if last, err = s.GetReportRequest(s.t.Context(), id); err != nil {
			s.t.Fatal(err)
		}
		return last.State == state
	})
	return last
}

// refusesReports fails the test unless the API refuses a report request for this field, by this rule of the specification.
func (s *reportDesk) refusesReports(spec client.ReportRequestSpec, field string, rule int) {
	s.t.Helper()
	_, err := s.RequestReports(s.t.Context(), spec)
	var no *client.Problem
	if !errors.As(err, &no) || no.Status != 422 || len(no.Errors) == 0 || no.Errors[0].Field != field ||
		rule > 0 && !strings.Contains(no.Errors[0].Message, fmt.Sprintf("rule %d", rule)) {
		s.t.Errorf("%+v: %v, want it refused for its %s by rule %d", spec, err, field, rule)
	}
}

// cancelReport cancels a report request.
func (s *reportDesk) cancelReport(id string, how client.ReportCancellation) {
	s.t.Helper()
	if _, err := s.CancelReportRequest(s.t.Context(), id, how); err != nil {
		s.t.Fatal(err)
	}
}

// isCancelled awaits the push of a cancellation, which the puppet confirms.
func (s *reportDesk) isCancelled(p *puppet, follow bool, reportRequestID string) {
	s.t.Helper()
	q := p.expect(oadr.KindCancelReport)
	if m := q.Message.(*oadr.CancelReport); m.ReportToFollow != follow || !slices.Equal(m.ReportRequestIDs, []string{reportRequestID}) {
		s.t.Fatalf("the VTN cancels %s, want %s", q.Raw, reportRequestID)
	}
	q.answer(&oadr.CanceledReport{Response: agreed(q), VENID: p.id})
	s.request(reportRequestID, "cancelled")
}

// data returns all values of a report request, without the time of their arrival.
func (s *reportDesk) data(id string) (all []client.ReportValue) {
	s.t.Helper()
	for cursor := ""; ; {
		page, err := s.ReportData(s.t.Context(), client.DataSource{ReportRequestID: id}, client.DataFilter{}, cursor, 1000)
		if err != nil {
			s.t.Fatal(err)
		}
		all = append(all, page.Items...)
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	for i := range all {
		if all[i].ReceivedAt.IsZero() {
			s.t.Errorf("%+v was never received", all[i])
		}
		all[i].ReceivedAt = time.Time{}
	}
	return all
}

// onRecord fails the test if the values of a report request are others.
func (s *reportDesk) onRecord(id string, want []client.ReportValue) {
	s.t.Helper()
	if got := s.data(id); len(got) != len(want) {
		s.t.Errorf("on record are %d values: %+v, want %d", len(got), got, len(want))
	} else {
		compare(s.t, "data", reflect.ValueOf(got), reflect.ValueOf(want))
	}
}

// downloads compares what is downloaded of a report request with what its VEN measured.
func (s *reportDesk) downloads(id string, want []client.ReportValue) {
	s.t.Helper()
	download := func(format client.Format) []byte {
		s.t.Helper()
		var file bytes.Buffer
		if err := s.DownloadReportData(s.t.Context(), client.DataSource{ReportRequestID: id}, client.DataFilter{}, format, &file); err != nil {
			s.t.Fatal(err)
		}
		return file.Bytes()
	}
	var all client.Page[client.ReportValue]
	if err := json.Unmarshal(download(client.FormatJSON), &all); err != nil {
		s.t.Fatal(err)
	}
	for i := range all.Items {
		all.Items[i].ReceivedAt = time.Time{}
	}
	compare(s.t, "JSON", reflect.ValueOf(all.Items), reflect.ValueOf(want))

	lines, err := csv.NewReader(bytes.NewReader(download(client.FormatCSV))).ReadAll()
	if err != nil || len(lines) != len(want)+1 {
		s.t.Fatalf("the CSV has %d lines, %v; want %d and the head", len(lines), err, len(want))
	}
	cell := func(i int, column string) string { return lines[i+1][slices.Index(lines[0], column)] }
	for i, w := range want {
		got := []string{cell(i, "rID"), cell(i, "start"), cell(i, "duration"), cell(i, "quality"), cell(i, "greenButton")}
		if said := []string{w.RID, w.Start.Format(time.RFC3339), w.Duration, w.Quality, strings.Join(w.GreenButton, "\n")}; !slices.Equal(got, said) {
			s.t.Errorf("the CSV has %q, the meter said %q", got, said)
		}
		if w.Value != nil && (cell(i, "value") != fmt.Sprint(*w.Value) || cell(i, "confidence") != fmt.Sprint(*w.Confidence) || cell(i, "accuracy") != fmt.Sprint(*w.Accuracy)) {
			s.t.Errorf("the CSV has %q, the meter said %+v", lines[i+1], w)
		}
	}
}

// askUsage asks whoever comes for what their loads take, each second.
func (s *reportDesk) askUsage() {
	s.t.Helper()
	s.join() // "all" needs one VEN to begin with
	if _, err := s.RequestReports(s.t.Context(), client.ReportRequestSpec{
		Targets: &client.Targets{All: true}, ReportSpecifierID: "usage", Granularity: "PT1S", ReportBackDuration: "PT1S", Standing: true,
	}); err != nil {
		s.t.Fatal(err)
	}
}

// usage returns what a VEN's loads use, as the operator sees it.
func (s *reportDesk) usage(venID string) []client.ReportValue {
	s.t.Helper()
	data, err := s.ReportData(s.t.Context(), client.DataSource{VENID: venID, ReportSpecifierID: "usage"}, client.DataFilter{}, "", 100)
	if err != nil {
		s.t.Fatal(err)
	}
	return data.Items
}
