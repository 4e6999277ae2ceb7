package test

import (
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// TestSpec338Spec322Requests: a request has readingType x-notApplicable and
// an ID of its own.
func TestSpec338Spec322Requests(t *testing.T) {
	s := walk(t)
	p := s.puppet()
	ids := map[string]bool{}
	for range 2 {
		id := s.ask(client.ReportRequestSpec{VENID: p.id, ReportSpecifierID: "usage", RIDs: []string{"power"}})
		q := p.expect(oadr.KindCreateReport)
		requests := q.Message.(*oadr.CreateReport).Requests
		if len(requests) != 1 || requests[0].ReportRequestID != id || requests[0].Specifier.Payloads[0].ReadingType != oadr.ReadingNotApplicable {
			t.Fatalf("asked %+v", requests)
		}
		ids[id] = true
		q.answer(&oadr.CreatedReport{Response: oadr.EIResponse{Code: oadr.CodeOK, RequestID: q.Message.Request()}, Pending: []string{id}, VENID: p.id})
		update := &oadr.UpdateReport{RequestID: "u", VENID: p.id, Reports: []oadr.Report{reading(id, time.Now(), 1)}}
		p.says("oadrUpdatedReport 200", update)
		s.request(id, "completed")
	}
	if len(ids) != 2 {
		t.Errorf("two requests have the IDs %v", ids)
	}
}
