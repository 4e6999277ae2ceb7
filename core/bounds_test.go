package core_test

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// counting counts what is done for answers to events.
type counting struct {
	core.Tx
	looked, stored *atomic.Int64
}

func (c counting) Concerned(venNo int64, eventID string) (core.Concerned, error) {
	c.looked.Add(1)
	return c.Tx.Concerned(venNo, eventID)
}

func (c counting) PutAnswer(a core.Answer) error {
	c.stored.Add(1)
	return c.Tx.PutAnswer(a)
}

// A thousand answers to one event in one message cost as much as one, and the last
// counts.
func TestE16ResponsesForOneEventCountOnce(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	r.create(at("e", time.Hour, time.Hour))
	r.create(at("f", time.Hour, time.Hour))
	c := counting{nil, new(atomic.Int64), new(atomic.Int64)}
	r.between.watch = func(tx core.Tx) core.Tx { return counting{tx, c.looked, c.stored} }

	m := answer("ven1", "x", "e", 0, "optIn")
	for i := range 699 {
		x := m.Responses[0]
		x.OptType = []string{"optOut", "optIn"}[i%2]
		if i == 300 {
			x.EventID = "f"
		}
		m.Responses = append(m.Responses, x)
	}
	if got := must[response](r, ven, m); got.Response.Code != oadr.CodeOK {
		t.Errorf("answered %+v", got.Response)
	}
	if looked, stored := c.looked.Load(), c.stored.Load(); looked != 2 || stored != 2 {
		t.Errorf("events were looked up %d times and answers stored %d times, want 2 and 2", looked, stored)
	}
	if e, f := r.status("e", "ven1").Opt, r.status("f", "ven1").Opt; e != "optOut" || f != "optOut" {
		t.Errorf("the opts are %s and %s, want the last of each", e, f)
	}
	entries := 0
	for _, h := range r.history("e", "ven1") {
		if h.What == core.HistoryAnswered {
			entries++
		}
	}
	if entries != 1 {
		t.Errorf("%d answers are on record, want 1", entries)
	}

	// A wrong answer before a right one for the same event is not recorded; after it, it is.
	m = answer("ven1", "x", "e", 7, "optIn")
	m.Responses = append(m.Responses, answer("ven1", "x", "e", 0, "optIn").Responses[0])
	if got := must[response](r, ven, m); got.Response.Code != oadr.CodeOK {
		t.Errorf("answered %+v", got.Response)
	}
	m.Responses[0], m.Responses[1] = m.Responses[1], m.Responses[0]
	if got := must[response](r, ven, m); got.Response.Code != oadr.CodeOutOfSequence {
		t.Errorf("answered %+v", got.Response)
	}
}

// oversized is a message that holds more of an element than the VTN reads.
type oversized struct {
	element string
	m       oadr.Message
}

// tooMany has a message for each element of which the VTN bounds the number.
func tooMany(request *core.ReportRequest) []oversized {
	ids := func(n int) (ids []string) {
		for i := range n {
			ids = append(ids, fmt.Sprintf("id%d", i))
		}
		return ids
	}
	created := answer("ven1", "x", "e", 0, "optIn")
	for _, id := range ids(1000) {
		x := created.Responses[0]
		x.EventID = id
		created.Responses = append(created.Responses, x)
	}
	updated := update(request, t0, 1)
	interval := updated.Reports[0].Intervals[0]
	for range 5000 {
		updated.Reports[0].Intervals = append(updated.Reports[0].Intervals, interval)
	}
	wide := update(request, t0, 1)
	for _, id := range ids(5000) {
		p := wide.Reports[0].Intervals[0].Payloads[0]
		p.RID = id
		wide.Reports[0].Intervals[0].Payloads = append(wide.Reports[0].Intervals[0].Payloads, p)
	}
	many := update(request, t0, 1)
	for range 1000 {
		many.Reports = append(many.Reports, many.Reports[0])
	}
	offer := telemetry("ven1")
	for _, id := range ids(2000) {
		d := offer.Reports[0].Descriptions[0]
		d.RID = id
		offer.Reports[0].Descriptions = append(offer.Reports[0].Descriptions, d)
	}
	asks := &oadr.CreateReport{RequestID: "q", VENID: "ven1"}
	for _, id := range ids(101) {
		asks.Requests = append(asks.Requests, oadr.ReportRequest{ReportRequestID: id, Specifier: oadr.ReportSpecifier{
			ReportSpecifierID: oadr.SpecifierMetadata, Payloads: []oadr.SpecifierPayload{{RID: "0", ReadingType: oadr.ReadingNotApplicable}}}})
	}
	return []oversized{
		{"eventResponse", created},
		{"interval", updated},
		{"oadrReportPayload", wide},
		{"oadrReport", many},
		{"oadrReportDescription", offer},
		{"oadrReportRequest", asks},
		{"oadrReportRequest", &oadr.RegisteredReport{Response: oadr.EIResponse{Code: oadr.CodeOK, RequestID: "x"}, VENID: "ven1", Requests: asks.Requests}},
		{"reportRequestID", &oadr.CreatedReport{Response: oadr.EIResponse{Code: oadr.CodeOK, RequestID: "x"}, VENID: "ven1", Pending: ids(1001)}},
		{"reportRequestID", &oadr.CanceledReport{Response: oadr.EIResponse{Code: oadr.CodeOK, RequestID: "x"}, VENID: "ven1", Pending: ids(1001)}},
		{"reportRequestID", &oadr.CancelReport{RequestID: "q", VENID: "ven1", ReportRequestIDs: ids(1001)}},
	}
}

// A message that is too large for one transaction is refused as a whole, with a
// description that says what to do.
func TestG5MessagesAreBounded(t *testing.T) {
	r := start(t)
	ven := r.reporting("ven1")
	request := r.accepted(ven, periodic(venIDs("ven1")...))
	r.create(at("e", time.Hour, time.Hour))
	for _, c := range tooMany(request) {
		t.Run(string(c.m.Kind())+"/"+c.element, func(t *testing.T) {
			r.t = t
			reply, err := r.Handle(t.Context(), ven, &oadr.Payload{Message: c.m})
			if err != nil {
				t.Fatal(err)
			}
			raw := string(oadr.Append(nil, oadr.Form{}, reply))
			r.sent.Record([]byte(raw))
			if !strings.Contains(raw, ">454<") || !strings.Contains(raw, c.element+" stands there") {
				t.Errorf("answered %s", raw)
			}
		})
	}
	r.t = t
	if s := r.status("e", "ven1"); s.Opt != core.OptNone {
		t.Errorf("an answer of a refused message was stored: %+v", s)
	}
	if values := r.data(request.ReportRequestID); len(values) != 0 {
		t.Errorf("%d values of a refused message were stored", len(values))
	}
}
