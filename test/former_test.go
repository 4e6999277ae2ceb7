package test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/registry/registrytest"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
)

// former is a VTN on a store that the VTN of commit 0cc146a has left, a minute after
// that VTN was killed. The venID of each VEN is the name of its account.
type former struct {
	*stack
	store string
	owed  map[string]bool // VENs to which the VTN has not sent its VTN reports
}

// TestFormerStoreGoesOn starts this VTN on the store of the VTN of commit 0cc146a: nothing
// is lost, and this VTN treats it as the rules say today.
func TestFormerStoreGoesOn(t *testing.T) {
	t.Parallel()
	e := ownServer(t)
	var all []rig.Account
	for name := range strings.FieldsSeq("away body deleted entered labels leaver metadata meter north-1 north-2 opts ref-a ref-b report-only rereg scheduler scheduler-2 telling twice untold") {
		all = append(all, rig.Account{User: name, Password: "secret", SeenBy: []string{vtnDomain}})
	}
	if err := e.Register(t.Context(), all...); err != nil {
		t.Fatal(err)
	}
	for name, store := range map[string]func(*testing.T) string{
		"sqlite":   func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "vtn.db") },
		"postgres": onPostgres,
	} {
		t.Run(name, func(t *testing.T) {
			s := startFormer(t, e, store(t))
			for _, part := range []struct {
				name string
				run  func(*testing.T, *former)
			}{
				{"registrations", formerRegistrations},
				{"numbers", formerNumbers},
				{"event opts", formerEventOpts},
				{"schedules", formerSchedules},
				{"market contexts", formerMarketContexts},
				{"signals", formerSignals},
				{"reports", formerReports},
				{"what was under way", formerUnderWay},
			} {
				t.Run(part.name, func(t *testing.T) { part.run(t, &former{s.in(t), s.store, s.owed}) })
			}
			registrytest.Uses(t, s.store)
		})
	}
}

// startFormer fills an empty store as the former VTN did, and starts a VTN on it.
func startFormer(t *testing.T, e *rig.Ejabberd, store string) *former {
	t.Helper()
	clock := &stepClock{}
	clock.step(time.Until(registrytest.Former(t, store).Add(time.Minute)))
	s, _ := startInside(t, e, store, clock)
	return &former{s, store, owed(t, store)}
}

// owed returns the VENs of a store to which the VTN reports are still to be sent.
func owed(t *testing.T, store string) map[string]bool {
	t.Helper()
	db := registrytest.Open(t, store)
	defer db.Close()
	found, err := db.Query("SELECT v.ven_id FROM ven v JOIN outbox o ON o.ven_no = v.no WHERE o.topic = 109")
	if err != nil {
		t.Fatal(err)
	}
	defer found.Close()
	vens := map[string]bool{}
	for found.Next() {
		var venID string
		if err := found.Scan(&venID); err != nil {
			t.Fatal(err)
		}
		vens[venID] = true
	}
	if err := found.Err(); err != nil || vens["meter"] || vens["leaver"] || !vens["telling"] || !vens["untold"] {
		t.Errorf("the VTN reports are still to be sent to %v, %v", vens, err)
	}
	return vens
}

// held returns the registration of a VEN as the VTN holds it.
func (s *former) held(name string) ven.Registration {
	s.t.Helper()
	v, err := s.GetVEN(s.t.Context(), name)
	if err != nil {
		s.t.Fatal(err)
	}
	r := ven.Registration{VENID: name, VTNID: "VTN"}
	if v.Registration != nil {
		r.RegistrationID = v.Registration.RegistrationID
	}
	return r
}

// back connects a VEN of the former VTN as a puppet. If the VTN reports are still to be
// sent to it, they come first, and the puppet acknowledges them.
func (s *former) back(name string) *puppet {
	s.t.Helper()
	p := s.newcomer(func(c *ven.Config) {
		c.JID, c.Password = s.jid(rig.Account{User: name})+"/ven", "secret"
	})
	p.id, p.registrationID = name, s.held(name).RegistrationID
	if s.owed[name] {
		p.expect(oadr.KindRegisterReport).ok()
		delete(s.owed, name)
	}
	return p
}

// asks sends oadrRequestEvent, and returns the events of the answer.
func (p *puppet) asks() []string {
	p.t.Helper()
	return summary(p.says("oadrDistributeEvent 200", &oadr.RequestEvent{RequestID: "x", VENID: p.id}))
}

// formerRegistrations: VENs that were registered still are, with the same IDs.
func formerRegistrations(t *testing.T, s *former) {
	for _, name := range []string{"ref-a", "north-1", "meter", "report-only", "untold", "away"} {
		p := s.back(name)
		known := p.says("oadrCreatedPartyRegistration 200", &oadr.QueryRegistration{RequestID: "q"}).(*oadr.CreatedPartyRegistration)
		if known.VENID != name || known.RegistrationID != p.registrationID || known.RegistrationID == "" {
			t.Errorf("%s is answered %+v", name, known)
		}
		p.Abort()
	}
	for _, name := range []string{"leaver", "entered"} {
		known := s.back(name).says("oadrCreatedPartyRegistration 200", &oadr.QueryRegistration{RequestID: "q"}).(*oadr.CreatedPartyRegistration)
		if known.RegistrationID != "" {
			t.Errorf("%s, which is not registered, is answered %+v", name, known)
		}
	}
	if vens, err := s.ListVENs(t.Context(), client.VENFilter{Deleted: true}, "", 100); err != nil || len(vens.Items) != 20 {
		t.Errorf("there are %d VENs, %v", len(vens.Items), err)
	}
	if events, err := s.ListEvents(t.Context(), "", 100); err != nil || len(events.Items) != 37 {
		t.Errorf("there are %d events, %v", len(events.Items), err)
	}
}

// formerNumbers: each VEN's modificationNumber of an event goes on from its last value,
// and a cancelled event is sent until the VEN has answered it.
func formerNumbers(t *testing.T, s *former) {
	config := s.config(rig.Account{User: "ref-a", Password: "secret"})
	config.JID += "/ven"
	config.Registration = s.held("ref-a")
	events := make(chan ven.Event, 10)
	config.OnEvent = func(e ven.Event) { events <- e }
	s.connect(config) // it has lost its events, and the VTN does not request its answers again
	p, left := s.back("north-1"), s.back("north-2")
	if got := p.asks(); !slices.Contains(got, "ev-north 4 far") || !slices.Contains(got, "ev-cancelled 2 cancelled") || !slices.Contains(got, "ev-never 0 far") {
		t.Errorf("north-1 receives %q", got)
	}
	if got := left.asks(); !slices.Equal(got, []string{"ev-north 3 cancelled"}) {
		t.Errorf("north-2, no longer a target, receives %q", got)
	}
	if got := s.status("ev-north", "ref-a"); got.Current != 2 || got.Opt != oadr.OptIn || got.Delivery != "acknowledged" {
		t.Errorf("ref-a is shown as %+v", got)
	}

	s.patchEvent("ev-north", patch{"comment": "third change"})
	q := p.expect(oadr.KindDistributeEvent)
	q.ok()
	if got := summary(q.Message); !slices.Contains(got, "ev-north 5 far") {
		t.Errorf("after the change north-1 is pushed %q", got)
	}
	s.eventually("ref-a to hold number 3", func() bool {
		got := s.status("ev-north", "ref-a")
		return got.Delivery == "acknowledged" && *got.ModificationNumber == 3 && got.Opt == oadr.OptIn
	})
	for _, x := range []struct {
		p      *puppet
		event  string
		number uint32
	}{{p, "ev-cancelled", 2}, {left, "ev-north", 3}} {
		x.p.says("oadrResponse 200", createdEvent(x.p.id, response("x", x.event, x.number, oadr.OptIn)))
		if got := x.p.asks(); slices.Contains(got, fmt.Sprintf("%s %d cancelled", x.event, x.number)) {
			t.Errorf("%s has answered the cancellation and still receives %q", x.p.id, got)
		}
	}
}

// formerEventOpts: an opt that was in force still is, whatever modifications and answers
// came after it; one that a later opt with the same optID replaced is gone.
func formerEventOpts(t *testing.T, s *former) {
	for event, want := range map[string]string{
		"ev-whole":             "optOut",
		"ev-parts":             "optIn r1:optOut r2:optIn",
		"ev-same":              "none r2:optOut",
		"ev-shared-1":          "none",
		"ev-shared-2":          "optOut",
		"ev-modified":          "optOut",
		"ev-modified-answered": "optOut",
		"ev-opt-cancelled":     "none",
		"ev-class":             "none r1/Thermostat:optOut r2/Toaster:optOut",
		"ev-group":             "none g1:optOut",
		"ev-none":              "optIn zzz:optOut",
		"ev-active":            "none r1:optOut",
	} {
		if got := stands(s.status(event, "opts")); got != want {
			t.Errorf("%s: %q, want %q", event, got, want)
		}
	}
	if got := len(s.opts(client.OptFilter{VENID: "opts", Cancelled: true})); got != 13 {
		t.Errorf("%d opts are on record", got)
	}
}

// formerSchedules: a schedule for the whole VEN has replaced all earlier ones, and one for
// a resource the earlier ones for that resource; a replaced schedule stays replaced when the
// one that replaced it is cancelled. A schedule for a market context covers the events of
// every spelling of that context.
func formerSchedules(t *testing.T, s *former) {
	for i, want := range []string{"", "s-2 optOut r1:none r2:none", "s-3 optIn", "", "r1:optOut", "r2:optOut"} {
		event := fmt.Sprint("ev-day-", i+1)
		if got := scheduled(s.status(event, "scheduler").ScheduleOpt); got != want {
			t.Errorf("%s: scheduler says %q, want %q", event, got, want)
		}
		ofMarket := map[bool]string{true: "s-market optOut"}[i >= 4]
		if got := scheduled(s.status(event, "scheduler-2").ScheduleOpt); got != ofMarket {
			t.Errorf("%s: scheduler-2 says %q, want %q", event, got, ofMarket)
		}
	}
}

// formerMarketContexts: events and VENs keep the spelling of their market contexts.
func formerMarketContexts(t *testing.T, s *former) {
	for i, want := range []string{"http://Example.ORG/dr", "http://example.org:80/%64r", "http://example.org/x/../dr", "http://example.org/dr"} {
		if e, err := s.GetEvent(t.Context(), fmt.Sprint("ev-spelling-", i+1)); err != nil || e.MarketContext != want {
			t.Errorf("the event is %+v, %v", e, err)
		}
	}
	p := s.back("twice")
	if got := p.asks(); len(got) != 3 {
		t.Errorf("twice receives %q", got)
	}
}

// formerSignals: a signal that is not in Table 1 is sent unchanged, and its event can be cancelled.
func formerSignals(t *testing.T, s *former) {
	p := s.back("ref-b")
	if got := p.asks(); len(got) != 4 {
		t.Fatalf("ref-b receives %q", got)
	}
	s.cancel("ev-toaster")
	q := p.expect(oadr.KindDistributeEvent)
	q.ok()
	for _, e := range q.Message.(*oadr.DistributeEvent).Events {
		if s := e.Signals[1]; e.Descriptor.EventID == "ev-toaster" && (e.Descriptor.Status != oadr.StatusCancelled || !slices.Equal(s.Target.EndDeviceAssets, []string{"Toaster"})) {
			t.Errorf("the cancelled event is %+v", e)
		}
	}
}

// formerReports: every report request keeps its state and goes on from there.
func formerReports(t *testing.T, s *former) {
	requests := s.meterRequests()
	p := s.back("meter")
	q := p.expect(oadr.KindCreateReport) // in flight when the former VTN was killed
	flying := requests["usage pending"].ReportRequestID
	if r := q.Message.(*oadr.CreateReport).Requests; len(r) != 1 || r[0].ReportRequestID != flying {
		t.Errorf("asked for %+v, want %s again", r, flying)
	}
	q.answer(&oadr.CreatedReport{Response: oadr.EIResponse{Code: oadr.CodeOK, RequestID: q.Message.Request()}, Pending: []string{flying}, VENID: "meter"})
	s.request(flying, "active")
	p.updates("usage", "power", requests["usage active"].ReportRequestID)
	p.updates("history", "energy", requests["history active"].ReportRequestID)
	cancelling := requests["usage cancelling"].ReportRequestID
	if m := p.updates("usage", "power", cancelling); m.Cancel == nil || !slices.Equal(m.Cancel.ReportRequestIDs, []string{cancelling}) {
		t.Errorf("the answer does not hand out the cancellation: %+v", m)
	}
	q = p.expect(oadr.KindCancelReport) // pushed as well, because it has waited long
	q.answer(&oadr.CanceledReport{Response: oadr.EIResponse{Code: oadr.CodeOK, RequestID: q.Message.Request()}, VENID: "meter"})
	s.request(cancelling, "cancelled")
	if orders, err := s.ListReportOrders(t.Context(), client.ReportOrderFilter{Standing: true}, "", 100); err != nil || len(orders.Items) != 1 || orders.Items[0].EndedAt != nil {
		t.Errorf("standing orders are %+v, %v", orders, err)
	}
	p.says("oadrCanceledReport 200", &oadr.CancelReport{RequestID: "x", VENID: "meter", ReportRequestIDs: []string{"own-hourly"}})
	formerOffers(t, p, requests["status pending"].ReportRequestID)
	formerMetadata(t, s)
}

// meterRequests returns the report requests to the meter by specifier and state, of several alike the last. It checks that all are
// there.
func (s *former) meterRequests() map[string]client.ReportRequest {
	s.t.Helper()
	page, err := s.ListReportRequests(s.t.Context(), client.ReportFilter{VENID: "meter"}, "", 100)
	if err != nil {
		s.t.Fatal(err)
	}
	var states []string
	requests := map[string]client.ReportRequest{}
	for _, r := range page.Items {
		states = append(states, r.ReportSpecifierID+" "+r.State)
		requests[r.ReportSpecifierID+" "+r.State] = r
	}
	slices.Sort(states)
	if want := []string{"history active", "status pending", "usage active", "usage active", "usage cancelled", "usage cancelling", "usage completed", "usage pending"}; !slices.Equal(states, want) {
		s.t.Fatalf("the report requests are %q, want %q", states, want)
	}
	return requests
}

// updates sends one value of a report request, and returns the answer.
func (p *puppet) updates(specifierID, rID, reportRequestID string) *oadr.UpdatedReport {
	p.t.Helper()
	r := reading(reportRequestID, time.Now().UTC().Truncate(time.Minute), 1)
	r.ReportSpecifierID, r.Intervals[0].Payloads[0].RID = specifierID, rID
	m, ok := p.says("oadrUpdatedReport 200", &oadr.UpdateReport{RequestID: "u", VENID: p.id, Reports: []oadr.Report{r}}).(*oadr.UpdatedReport)
	if !ok {
		p.t.Fatalf("answered %+v", m)
	}
	return m
}

// formerOffers has the meter register its reports anew: the answer hands out the pending request, and the standing order asks again.
func formerOffers(t *testing.T, p *puppet, pending string) {
	t.Helper()
	m := p.says("oadrRegisteredReport 200", &oadr.RegisterReport{RequestID: "r", VENID: "meter", Reports: offers()}).(*oadr.RegisteredReport)
	if len(m.Requests) != 1 || m.Requests[0].ReportRequestID != pending {
		t.Errorf("the answer hands out %+v, want %s", m.Requests, pending)
	}
	q := p.expect(oadr.KindCreateReport)
	if r := q.Message.(*oadr.CreateReport).Requests; len(r) != 1 || r[0].Specifier.ReportSpecifierID != "usage" || r[0].Specifier.ReportBackDuration != 5*time.Minute {
		t.Errorf("the standing order asks for %+v", r)
	}
	q.ok()
}

// formerMetadata: a request for metadata is still active, and stays so when the VEN registers its reports.
func formerMetadata(t *testing.T, s *former) {
	t.Helper()
	meta, err := s.ListReportRequests(t.Context(), client.ReportFilter{VENID: "metadata"}, "", 100)
	if err != nil || len(meta.Items) != 1 || meta.Items[0].State != "active" || meta.Items[0].ReportSpecifierID != "METADATA" {
		t.Errorf("the requests for metadata are %+v, %v", meta, err)
	}
	s.back("metadata").says("oadrRegisteredReport 200", &oadr.RegisterReport{RequestID: "r", VENID: "metadata", Reports: offers()})
	if got := s.request(meta.Items[0].ReportRequestID, "active"); !slices.Equal(got.RIDs, []string{"0"}) {
		t.Errorf("metadata is requested by the rIDs %q", got.RIDs)
	}
}

// formerUnderWay: pushes that were in flight or parked when the former VTN was killed arrive.
func formerUnderWay(t *testing.T, s *former) {
	s.back("away").expectEvents("ev-away 1 far").ok()
	q := s.back("deleted").expect(oadr.KindCancelPartyRegistration)
	q.answer(&oadr.CanceledPartyRegistration{Response: oadr.EIResponse{Code: oadr.CodeOK, RequestID: q.Message.Request()}, VENID: "deleted"})
	s.back("rereg").expect(oadr.KindRequestReregistration).ok()
	s.back("telling").expect(oadr.KindDistributeEvent).ok()
}
