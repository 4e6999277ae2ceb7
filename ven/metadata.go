package ven

import (
	"context"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// RequestMetadata asks the VTN what it can report (rule R9): now or, where every
// is not 0, whenever so much time has passed, until [VEN.CancelMetadata]. The
// list comes as an oadrRegisterReport, with the reportRequestID returned here,
// to [Config.OnReports]. pending are the requests that the VTN says are open.
func (v *VEN) RequestMetadata(ctx context.Context, every time.Duration) (reportRequestID string, pending []string, err error) {
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
		request.Specifier.ReportInterval = &oadr.Period{Start: v.clock().Now()}
	}
	answer, _, err := expect[*oadr.CreatedReport](ctx, v, &oadr.CreateReport{
		RequestID: newID(), Requests: []oadr.ReportRequest{request}, VENID: v.VENID(),
	})
	if err != nil {
		return "", nil, err
	}
	return request.ReportRequestID, answer.Pending, refused(answer, answer.Response)
}

// CancelMetadata ends a request of [VEN.RequestMetadata] and returns those that
// the VTN says are still open.
func (v *VEN) CancelMetadata(ctx context.Context, reportRequestID string) (pending []string, err error) {
	answer, _, err := expect[*oadr.CanceledReport](ctx, v, &oadr.CancelReport{
		RequestID: newID(), ReportRequestIDs: []string{reportRequestID}, VENID: v.VENID(),
	})
	if err != nil {
		return nil, err
	}
	return answer.Pending, refused(answer, answer.Response)
}
