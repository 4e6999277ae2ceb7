package test

import (
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
	"github.com/vtn-xmpp/vtn-xmpp/ven/faulty"
)

// TestCertificationRegistrationWithReports is the whole conversation: the VEN queries, registers, and registers its reports, and
// the VTN registers its VTN reports. All of it repeats when the VEN registers again, by itself or because the VTN requests it.
func TestCertificationRegistrationWithReports(t *testing.T) {
	startEachWay(t, func(t *testing.T, s *stack) {
		r := s.reporter() // N11: the VTN's reports have come
		held, _ := r.Registration()
		var first time.Time
		t.Run("R1 what the VEN can report", func(t *testing.T) {
			reports, err := s.VENReports(t.Context(), r.id)
			if err != nil || len(reports) != 4 {
				t.Fatalf("on record are %+v, %v", reports, err)
			}
			usage := reports[slices.IndexFunc(reports, func(x client.VENReport) bool { return x.ReportSpecifierID == "usage" })]
			p := usage.DataPoints[0]
			if usage.ReportName != "TELEMETRY_USAGE" || *usage.Duration != "PT2H" || !usage.CreatedDateTime.Equal(r.begin) || len(usage.DataPoints) != 2 ||
				p.RID != "power" || p.ReportType != "demand" || p.ReadingType != "Direct Read" || p.MarketContext != "http://example.org/dr" || p.Unit.Type != "powerReal" ||
				p.Unit.Scale != "k" || *p.Unit.Voltage != 230 || p.SamplingRate.MinPeriod != "PT1S" || p.SamplingRate.MaxPeriod != "PT1H" || !slices.Equal(p.DataSource.Resources, []string{"boiler"}) {
				t.Errorf("on record is %+v", usage)
			}
			first = usage.RegisteredAt
		})
		t.Run("N2 the query of a registered VEN", func(t *testing.T) {
			if known, err := r.Query(t.Context()); err != nil || known.VENID != held.VENID || known.RegistrationID != held.RegistrationID {
				t.Errorf("answered %+v, %v", known, err)
			}
		})
		t.Run("N5 R2 it registers again", func(t *testing.T) {
			open := s.agreed(r.periodic())
			if again, err := r.Register(t.Context()); err != nil || again != held {
				t.Errorf("registered again as %+v, %v", again, err)
			}
			s.request(open, "ended") // by its reports, which it registers again
			if reports, err := s.VENReports(t.Context(), r.id); err != nil || len(reports) != 4 || !reports[0].RegisteredAt.After(first) {
				t.Errorf("on record are %+v, %v", reports, err)
			}
		})
		t.Run("N10 it is asked to register again", func(t *testing.T) {
			open := s.agreed(r.periodic())
			if _, err := s.RequestReregistration(t.Context(), r.id); err != nil {
				t.Fatal(err)
			}
			s.became(r.id, "reregister", "registered")
			s.request(open, "ended")
			if now, _ := r.Registration(); now != held {
				t.Errorf("it has %+v, had %+v", now, held)
			}
		})
		t.Run("N11 once per registration", func(t *testing.T) {
			s.agreed(r.periodic()) // what the VEN is told of reports comes in turn
			if n := len(r.own); n != 0 {
				t.Errorf("the VTN has registered its reports %d times more", n)
			}
		})
	})
}

// TestCertificationRegistrationCancelEndsReportsN8N9: a cancellation from either side ends the report requests for good.
func TestCertificationRegistrationCancelEndsReportsN8N9(t *testing.T) {
	startEachWay(t, func(t *testing.T, s *stack) {
		for name, cancel := range map[string]func(*reporter) error{
			"N8 by the VEN": func(r *reporter) error { return r.CancelRegistration(t.Context()) },
			"N9 by the operator": func(r *reporter) error {
				_, err := s.CancelRegistration(t.Context(), r.id)
				return err
			},
		} {
			t.Run(name, func(t *testing.T) {
				s := s.in(t)
				r := s.reporter()
				id := s.agreed(r.periodic())
				r.pass(5 * time.Minute)
				r.update(id)
				if err := cancel(r); err != nil {
					t.Fatal(err)
				}
				s.unregistered(r.VEN)
				if got := s.request(id, "ended"); got.EndedAt == nil {
					t.Errorf("on record is %+v", got)
				}
				late := &oadr.UpdateReport{RequestID: "late", VENID: r.id, Reports: []oadr.Report{reading(id, r.begin, 1)}}
				ask(t, say(r.VEN), "", late).expectOutcome(t, "oadrUpdatedReport 463")
				if again, err := r.Register(t.Context()); err != nil || again.VENID != r.id {
					t.Errorf("back as %+v, %v", again, err)
				}
				ask(t, say(r.VEN), "", late).expectOutcome(t, "oadrUpdatedReport 452")
				next(t, "the VTN's reports of a new registration", r.own)
				s.onRecord(id, r.meter.saw())
				r.sends()
			})
		}
	})
}

// TestCertificationRegistrationWrongIDsN7G2: a registered VEN sends another registrationID or venID when it registers again and
// when it cancels.
func TestCertificationRegistrationWrongIDsN7G2(t *testing.T) {
	startEachWay(t, func(t *testing.T, s *stack) {
		var wrong atomic.Bool
		v := s.join(func(c *ven.Config) {
			c.VENID = "Site-A"
			faulty.Faults{VENID: lowerWhile(&wrong)}.Apply(c)
		})
		held, _ := v.Registration()
		wrong.Store(true)
		var no *ven.ResponseError
		if _, err := v.Register(t.Context()); !errors.As(err, &no) || no.Kind != oadr.KindCreatedPartyRegistration || no.Code != oadr.CodeInvalidID {
			t.Errorf("the registration of another venID is answered %v, want 452", err)
		}
		if err := v.CancelRegistration(t.Context()); !errors.As(err, &no) || no.Kind != oadr.KindCanceledPartyRegistration || no.Code != oadr.CodeInvalidID {
			t.Errorf("the cancellation of another venID is answered %v, want 452", err)
		}
		wrong.Store(false)
		refusedWith(t, say(v), registrationOf(v, withVENID("Site-A"), withRegistrationID(strings.ToLower(held.RegistrationID)+"x")), "oadrCreatedPartyRegistration 452", "registrationID")
		refusedWith(t, say(v), &oadr.CancelPartyRegistration{RequestID: "x", RegistrationID: held.RegistrationID + "x", VENID: "Site-A"}, "oadrCanceledPartyRegistration 452", "registrationID")

		shown, err := s.GetVEN(t.Context(), "Site-A")
		if err != nil || shown.Registration == nil || shown.Registration.RegistrationID != held.RegistrationID {
			t.Errorf("the operator sees %+v, %v", shown, err)
		}
		e := s.create(event("Site-A"))
		s.opted(e.EventID, "Site-A", oadr.OptIn)
		if err := v.CancelRegistration(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
