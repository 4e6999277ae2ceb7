package test

import (
	"slices"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
)

// TestSpec403Spec404Registration: a query is answered with the profiles and no IDs,
// a registration with both.
func TestSpec403Spec404Registration(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p := s.newcomer()
		known := p.says("oadrCreatedPartyRegistration 200", &oadr.QueryRegistration{RequestID: "q"}).(*oadr.CreatedPartyRegistration)
		if known.VENID != "" || known.RegistrationID != "" || len(known.Profiles) == 0 || len(known.Profiles[0].Transports) == 0 {
			t.Errorf("a stranger's query is answered %+v", known)
		}
		if made := p.register(); made.VENID == "" || made.RegistrationID == "" || len(made.Profiles) == 0 {
			t.Errorf("the registration is answered %+v", made)
		}
	})
}

// TestSpec402FirstVENID: the VTN accepts a free venID in a first registration, and refuses the venID of another VEN.
func TestSpec402FirstVENID(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p, other := s.puppet(), s.newcomer()
		other.says("oadrCreatedPartyRegistration 452", other.registration(withVENID(p.id)))
		if other.register(withVENID(own(t, "free"))); other.id != own(t, "free") {
			t.Errorf("it is %s", other.id)
		}
	})
}

// TestSpec401Directions: the VTN refuses messages that only a VTN sends.
func TestSpec401Directions(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p := s.puppet()
		ok := oadr.EIResponse{Code: oadr.CodeOK, RequestID: "x"}
		for _, m := range []oadr.Message{
			&oadr.CreatedPartyRegistration{Response: ok, RegistrationID: p.registrationID, VENID: p.id, VTNID: "VTN", Profiles: []oadr.ProfileOffer{{Name: oadr.Profile20b, Transports: []string{oadr.TransportXMPP}}}},
			&oadr.RequestReregistration{VENID: p.id},
		} {
			p.says("oadrResponse 453", m)
		}
		if v, err := s.GetVEN(t.Context(), p.id); err != nil || v.Registration == nil || v.Registration.RegistrationID != p.registrationID {
			t.Errorf("it is %+v, %v", v, err)
		}
	})
}

// TestSpec400WrongIDs: a venID or registrationID that is not the VEN's is 452.
func TestSpec400WrongIDs(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p := s.puppet()
		p.says("oadrCreatedPartyRegistration 452", p.registration(withVENID(p.id), withRegistrationID("another")))
		p.says("oadrCreatedPartyRegistration 452", p.registration(withVENID("another"), withRegistrationID(p.registrationID)))
		p.says("oadrCanceledPartyRegistration 452", &oadr.CancelPartyRegistration{RequestID: "c", RegistrationID: "another", VENID: p.id})
		p.says("oadrCanceledPartyRegistration 200", &oadr.CancelPartyRegistration{RequestID: "c", RegistrationID: p.registrationID, VENID: p.id})
	})
}

// TestSpec301Spec309Spec405MetadataFirst: after a new registration the VTN's oadrRegisterReport is the first push. All other
// pushes wait for the VEN's answer to it, whatever it is, except the cancellation of its registration. Requests of the VEN are
// answered meanwhile.
func TestSpec301Spec309Spec405MetadataFirst(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		for name, takes := range map[string]func(q push){
			"accepted":     push.ok,
			"refused":      func(q push) { q.code(oadr.CodeReport) },
			"empty result": push.empty,
			"an error":     func(q push) { q.fail(notAllowed) },
		} {
			if s.way.pull() && (name == "empty result" || name == "an error") {
				continue // over HTTP pull an answer is a message
			}
			t.Run(name, func(t *testing.T) {
				s := s.in(t)
				p := s.newcomer()
				p.register()
				e := s.create(event(p.id)).EventID
				if _, err := s.RequestReregistration(t.Context(), p.id); err != nil {
					t.Fatal(err)
				}
				q := p.expect(oadr.KindRegisterReport)
				if got := p.asks(); !slices.Equal(got, []string{e + " 0 far"}) {
					t.Errorf("asked for, its events are %q", got)
				}
				p.says("oadrRegisteredReport 200", &oadr.RegisterReport{RequestID: "reports", VENID: p.id, Reports: offers()})
				s.patchEvent(e, patch{"priority": 2})
				p.nothing("before it has answered")
				takes(q)
				kinds := map[oadr.Kind]bool{}
				for range 2 {
					q := p.comes("what waited")
					kinds[q.Message.Kind()] = true
					q.ok()
				}
				if !kinds[oadr.KindDistributeEvent] || !kinds[oadr.KindRequestReregistration] {
					t.Errorf("then it is pushed %v", kinds)
				}
			})
		}
		t.Run("the registration ends", func(t *testing.T) {
			s := s.in(t)
			p := s.newcomer()
			p.register()
			p.expect(oadr.KindRegisterReport)
			if _, err := s.CancelRegistration(t.Context(), p.id); err != nil {
				t.Fatal(err)
			}
			p.expect(oadr.KindCancelPartyRegistration).ok()
		})
	})
}

// TestSpec405ReferenceVEN: it registers, exchanges metadata, and then requests its events.
func TestSpec405ReferenceVEN(t *testing.T) {
	s := walk(t)
	for name, reports := range map[string][]ven.Report{"without reports": nil, "with reports": offered()} {
		t.Run(name, func(t *testing.T) {
			s := s.in(t)
			said := make(chan string, 10)
			v := s.join(func(c *ven.Config) {
				c.Bare = false
				if c.Reports = reports; reports != nil {
					c.Meter = &meter{begin: time.Now()}
				}
				c.OnReports = func(*oadr.RegisterReport) { said <- "the VTN's metadata" }
				c.OnPayload = func(raw []byte) {
					if p, err := oadr.Decode(raw, oadr.DefaultLimits); err == nil {
						switch m := p.Message.(type) {
						case *oadr.RegisteredReport:
							said <- "its own"
						case *oadr.DistributeEvent:
							if m.Response != nil {
								said <- "its events"
							}
						}
					}
				}
			})
			got := []string{next(t, "metadata", said), next(t, "metadata", said), next(t, "events", said)}
			if i := slices.Index(got, "its own"); i < 0 || slices.Index(got, "its events") < i || !slices.Contains(got, "the VTN's metadata") {
				t.Errorf("%s: %q", venID(v), got)
			}
		})
	}
}

// TestSpec406RegistersAnew: a registered VEN that registers without IDs keeps them and starts afresh.
func TestSpec406RegistersAnew(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p := s.puppet()
		e := s.create(event(p.id)).EventID
		p.expectEvents(e + " 0 far").ok()
		p.says("oadrCreatedOpt 200", p.optOf("o", oadr.OptOut, e))
		data, _ := s.agrees(p, p.ofUsage())
		p.reports(data.ReportRequestID)
		p.asksFor("oadrCreatedReport 200", metadataFor("m", time.Hour))
		p.getsMetadata("m")
		venID, registrationID := p.id, p.registrationID

		p.register()
		if p.id != venID || p.registrationID != registrationID {
			t.Errorf("registered anew it is %s under %s, was %s under %s", p.id, p.registrationID, venID, registrationID)
		}
		p.getsMetadata("")
		p.expectEvents(e + " 0 far").ok()
		s.request(data.ReportRequestID, "ended")
		p.says("oadrUpdatedReport 452", &oadr.UpdateReport{RequestID: "u", VENID: p.id, Reports: []oadr.Report{reading(data.ReportRequestID, time.Now(), 1)}})
		p.takesBack("oadrCanceledReport 452", false, "m")
		if reports, err := s.VENReports(t.Context(), p.id); err != nil || len(reports) != 0 {
			t.Errorf("it offers %+v, %v", reports, err)
		}
		if got := s.status(e, p.id).Opt; got != oadr.OptOut {
			t.Errorf("its opt is %s", got)
		}
	})
}

// TestSpec407CancelledFromEitherSide: nothing of the registration remains, opts included, but the history.
func TestSpec407CancelledFromEitherSide(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		for name, cancel := range map[string]func(t *testing.T, s *stack, p *puppet){
			"by the VEN": func(t *testing.T, _ *stack, p *puppet) {
				p.says("oadrCanceledPartyRegistration 200", &oadr.CancelPartyRegistration{RequestID: "x", RegistrationID: p.registrationID, VENID: p.id})
			},
			"by the VTN": func(t *testing.T, s *stack, p *puppet) {
				if _, err := s.CancelRegistration(t.Context(), p.id); err != nil {
					t.Fatal(err)
				}
				p.expect(oadr.KindCancelPartyRegistration).ok()
			},
		} {
			t.Run(name, func(t *testing.T) {
				s := s.in(t)
				p := s.puppet()
				e := s.create(event(p.id)).EventID
				p.expectEvents(e + " 0 far").taken()
				p.says("oadrCreatedOpt 200", p.optOf("o", oadr.OptOut, e))
				p.says("oadrCreatedOpt 200", p.optOf("s", oadr.OptOut, ""))
				data, _ := s.agrees(p, p.ofUsage())
				p.reports(data.ReportRequestID)
				cancel(t, s, p)
				p.says("oadrUpdatedReport 463", &oadr.UpdateReport{RequestID: "u", VENID: p.id, Reports: []oadr.Report{reading(data.ReportRequestID, time.Now(), 1)}})
				s.request(data.ReportRequestID, "ended")
				if got := s.opts(client.OptFilter{VENID: p.id}); len(got) != 0 {
					t.Errorf("its opts are %+v", got)
				}
				if got := s.opts(client.OptFilter{VENID: p.id, Cancelled: true}); len(got) != 2 {
					t.Errorf("on record are %+v", got)
				}
				old := p.registrationID
				if p.register(); p.registrationID == old {
					t.Errorf("registered anew under %s", old)
				}
				p.getsMetadata("")
				p.expectEvents(e + " 0 far").ok()
				if got := s.status(e, p.id).Opt; got != "none" {
					t.Errorf("registered anew, its opt is %s", got)
				}
				p.says("oadrCanceledOpt 452", &oadr.CancelOpt{RequestID: "c", OptID: "o", VENID: p.id})
			})
		}
	})
}
