package test

import (
	"slices"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// TestSpec9_2_1_1NotAuthorised: a VEN that may not register receives 463 in the answer.
func TestSpec9_2_1_1NotAuthorised(t *testing.T) {
	s := start(t, "VTN_REGISTRATION=known")
	p := s.newcomer()
	p.says("oadrCreatedPartyRegistration 463", p.registration())
	p.says("oadrCreatedPartyRegistration 463", p.registration(withVENID("somebody")))
}

// TestSpecAnnexBExtensions: the VTN sends and accepts names that begin with x- wherever the schema has an enumeration.
func TestSpecAnnexBExtensions(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p := s.puppet()
		spec := event(p.id)
		spec.Signals = append(spec.Signals, client.Signal{
			Name: "x-mood", Type: "level", DeviceClasses: []string{"x-kiln"}, Intervals: []client.Interval{{Duration: "PT1H", Value: 5}},
		})
		e := s.create(spec).EventID
		q := p.expectEvents(e + " 0 far")
		q.ok()
		if got := q.Message.(*oadr.DistributeEvent).Events[0].Signals[1]; got.Name != "x-mood" || got.Target == nil || !slices.Equal(got.Target.EndDeviceAssets, []string{"x-kiln"}) {
			t.Errorf("pushed %+v", got)
		}
		p.says("oadrCreatedOpt 200", p.optOf("o", oadr.OptOut, e, func(m *oadr.CreateOpt) {
			m.OptReason, m.DeviceClass = "x-reason", &oadr.Target{EndDeviceAssets: []string{"x-kiln"}}
		}))
		if got := s.opts(client.OptFilter{VENID: p.id}); len(got) != 1 || got[0].Reason != "x-reason" || !slices.Equal(got[0].DeviceClasses, []string{"x-kiln"}) {
			t.Errorf("on record is %+v", got)
		}
		p.says("oadrRegisteredReport 200", &oadr.RegisterReport{RequestID: "r", VENID: p.id, Reports: []oadr.Report{{
			Duration: new(time.Hour), ReportRequestID: "0", ReportSpecifierID: "own", ReportName: "x-metadata", CreatedDateTime: time.Now(),
			Descriptions: []oadr.ReportDescription{{
				RID: "heat", ReportType: "x-heat", ReadingType: "x-felt", SamplingRate: &oadr.SamplingRate{MinPeriod: time.Second, MaxPeriod: time.Hour},
			}},
		}}})
		reports, err := s.VENReports(t.Context(), p.id)
		if err != nil || len(reports) != 1 || reports[0].ReportName != "x-metadata" || reports[0].DataPoints[0].ReportType != "x-heat" || reports[0].DataPoints[0].ReadingType != "x-felt" {
			t.Errorf("on record are %+v, %v", reports, err)
		}
	})
}

// TestSpec8_3_2_3Spec314Data: the VTN accepts data for an active report request only. A report without a dtstart begins with its
// first interval.
func TestSpec8_3_2_3Spec314Data(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p := s.puppet()
		begin := time.Now().UTC().Truncate(time.Minute)
		update := func(reportRequestID string) *oadr.UpdateReport {
			return &oadr.UpdateReport{RequestID: "u", VENID: p.id, Reports: []oadr.Report{reading(reportRequestID, begin, 1, 2)}}
		}
		p.says("oadrUpdatedReport 452", update("never-asked"))
		id := s.ask(client.ReportRequestSpec{
			VENID: p.id, ReportSpecifierID: "usage", RIDs: []string{"power"}, Granularity: "PT1M", ReportBackDuration: "PT5M", Start: &begin,
		})
		q := p.expect(oadr.KindCreateReport)
		q.answer(&oadr.CreatedReport{Response: oadr.EIResponse{Code: oadr.CodeOK, RequestID: q.Message.Request()}, Pending: []string{id}, VENID: p.id})
		s.request(id, "active")
		m := update(id)
		m.Reports[0].Start = time.Time{}
		p.says("oadrUpdatedReport 200", m)
		values := s.data(id)
		if len(values) != 2 || !values[0].Start.Equal(begin) || !values[1].Start.Equal(begin.Add(time.Minute)) {
			t.Errorf("on record are %+v", values)
		}
		s.cancelReport(id, client.ReportCancellation{})
		q = p.expect(oadr.KindCancelReport)
		q.answer(&oadr.CanceledReport{Response: oadr.EIResponse{Code: oadr.CodeOK, RequestID: q.Message.Request()}, VENID: p.id})
		s.request(id, "cancelled")
		p.says("oadrUpdatedReport 452", update(id))
	})
}

// TestSpec8_4_1Registration: a registration lasts until it is cancelled, even if the VEN registers again, by itself or on request.
func TestSpec8_4_1Registration(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p := s.puppet()
		again := func() {
			t.Helper()
			before := p.registrationID
			if p.register(withVENID(p.id), withRegistrationID(before)); p.registrationID != before {
				t.Errorf("registered again it is %s, was %s", p.registrationID, before)
			}
		}
		again()
		if _, err := s.RequestReregistration(t.Context(), p.id); err != nil {
			t.Fatal(err)
		}
		p.expect(oadr.KindRequestReregistration).ok()
		again()
		s.became(p.id, "reregister", "registered")
		p.says("oadrCanceledPartyRegistration 200", &oadr.CancelPartyRegistration{RequestID: "c", RegistrationID: p.registrationID, VENID: p.id})
		p.says("oadrCanceledPartyRegistration 463", &oadr.CancelPartyRegistration{RequestID: "c", RegistrationID: p.registrationID, VENID: p.id})
	})
}
