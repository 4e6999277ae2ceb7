package ven

import (
	"context"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// RequestMetadata asks the VTN what it can report (rule R9): once if every is 0,
// otherwise each time that every has passed, until [VEN.CancelMetadata]. The answers
// are calls of [Config.OnReports] with the reportRequestID returned here. pending are
// the requests that the VTN says are open.
func (c *reportClient) RequestMetadata(ctx context.Context, every time.Duration) (reportRequestID string, pending []string, err error) {
	request := oadr.ReportRequest{
		ReportRequestID: newID(),
		Specifier: oadr.ReportSpecifier{
			ReportSpecifierID:  oadr.SpecifierMetadata,
			Granularity:        every,
			ReportBackDuration: every,
			Payloads:           []oadr.SpecifierPayload{{RID: "0", ReadingType: oadr.ReadingNotApplicable}},
		},
	}
	if every > 0 {
		request.Specifier.ReportInterval = &oadr.Period{Start: c.clock().Now()}
	}
	answer, _, err := expect[*oadr.CreatedReport](ctx, c.caller, &oadr.CreateReport{
		RequestID: newID(), Requests: []oadr.ReportRequest{request}, VENID: c.VENID(),
	})
	if err != nil {
		return "", nil, err
	}
	return request.ReportRequestID, answer.Pending, refused(answer, answer.Response)
}

// CancelMetadata ends a request of [VEN.RequestMetadata] and returns those that
// the VTN says are still open.
func (c *reportClient) CancelMetadata(ctx context.Context, reportRequestID string) (pending []string, err error) {
	answer, _, err := expect[*oadr.CanceledReport](ctx, c.caller, &oadr.CancelReport{
		RequestID: newID(), ReportRequestIDs: []string{reportRequestID}, VENID: c.VENID(),
	})
	if err != nil {
		return nil, err
	}
	return answer.Pending, refused(answer, answer.Response)
}
