package ven

import (
	"context"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core/coretest"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

func TestR1ReportsAreRegistered(t *testing.T) {
	srv := startServer(t)
	vtn := startVTN(t, srv)
	clock := coretest.NewClock(noon)
	cfg := account(srv, "ven1")
	cfg.VTN = vtn.service()
	cfg.Reports, cfg.Meter, cfg.Clock = offered(), &counter{}, clock
	v := connect(t, cfg)
	check := func(m *oadr.RegisterReport, reportRequestID string) {
		t.Helper()
		if m.VENID != "ven-7" || m.ReportRequestID != reportRequestID || len(m.Reports) != 4 {
			t.Fatalf("sent %+v", m)
		}
		for i, r := range m.Reports {
			offer := offered()[i]
			if r.ReportSpecifierID != offer.SpecifierID || r.ReportName != "METADATA_"+offer.Name || r.ReportRequestID != "0" || *r.Duration != offer.Duration ||
				!r.Start.IsZero() || r.Intervals != nil || r.ReportID != "" || len(r.Descriptions) != len(offer.Points) || !r.CreatedDateTime.Equal(noon) {
				t.Errorf("sent %+v", r)
			}
		}
		if d := m.Reports[0].Descriptions[1]; d.RID != "b" || d.SamplingRate.MaxPeriod != time.Hour || d.Unit.Type != "energyReal" || d.DataSource.Resources[0] != "meter-1" {
			t.Errorf("sent %+v", d)
		}
	}
	register(t, v, vtn)
	check(request[*oadr.RegisterReport](t, vtn), "")

	// Again with each registration, and when the VTN asks (R9 the other way round).
	if c := code(t, vtn.push(v.JID(), &oadr.RequestReregistration{VENID: "ven-7"})); c != oadr.CodeOK {
		t.Errorf("answered %d", c)
	}
	request[*oadr.CreatePartyRegistration](t, vtn)
	check(request[*oadr.RegisterReport](t, vtn), "")
	vtn.create(v, oadr.CodeOK, []string{"m"}, asks("m", oadr.SpecifierMetadata, "any"))
	check(request[*oadr.RegisterReport](t, vtn), "m")
	if _, err := v.RegisterReports(timeout(t)); err != nil {
		t.Error(err)
	}
	check(request[*oadr.RegisterReport](t, vtn), "")
	until(t, func() bool { return len(v.PendingReports()) == 0 })
}

// A VEN with a registration from an earlier run has lost the requests for reports.
func TestR2ANewRunRegistersItsReportsAgain(t *testing.T) {
	srv := startServer(t)
	vtn := startVTN(t, srv)
	cfg := account(srv, "ven1")
	cfg.VTN, cfg.Registration = vtn.service(), Registration{"reg-7", "ven-7", "VTN"}
	cfg.Reports, cfg.Meter = []Report{}, nil
	connect(t, cfg)
	if m := request[*oadr.RegisterReport](t, vtn); len(m.Reports) != 0 || m.VENID != "ven-7" {
		t.Errorf("sent %+v", m)
	}
}

func TestR3R7PeriodicReport(t *testing.T) {
	srv := startServer(t)
	vtn := startVTN(t, srv)
	taken := make(chan *oadr.UpdateReport, 10)
	v, clock := reporter(t, srv, vtn, func(c *Config) { c.OnUpdate = func(m *oadr.UpdateReport) { taken <- m } })

	vtn.create(v, oadr.CodeOK, []string{"1"}, every(asks("1", "usage", "b", "a"), 5*time.Minute, time.Minute))
	pass(t, clock, 5*time.Minute)
	r := update(t, vtn, "1")
	if r.ReportSpecifierID != "usage" || r.ReportName != oadr.ReportTelemetryUsage || !r.Start.Equal(noon) || !r.CreatedDateTime.Equal(noon.Add(5*time.Minute)) {
		t.Errorf("sent %+v", r)
	}
	wantValues(t, r, 0, 1, 2, 3, 4)
	if p := r.Intervals[0].Payloads; len(p) != 2 || p[0].RID != "b" || p[1].RID != "a" {
		t.Errorf("sent %+v", p)
	}
	if m := next(t, taken); m.Reports[0].ReportRequestID != "1" {
		t.Errorf("told of %+v", m)
	}
	pass(t, clock, 5*time.Minute)
	wantValues(t, update(t, vtn, "1"), 5, 6, 7, 8, 9)
}

func TestR3SeveralRequestsInOneMessage(t *testing.T) {
	srv := startServer(t)
	vtn := startVTN(t, srv)
	v, clock := reporter(t, srv, vtn)
	vtn.create(v, oadr.CodeOK, []string{"once", "later", "status", "history"},
		asks("once", "usage", "a"),
		during(asks("later", "usage", "a"), noon.Add(time.Minute), 0),
		every(asks("status", "status", "s"), 10*time.Minute, 10*time.Minute),
		every(asks("history", "history", "a"), 0, time.Hour))
	r := update(t, vtn, "once")
	wantValues(t, r, 0)
	if *r.Intervals[0].Duration != 0 {
		t.Errorf("a reading lasts %v", *r.Intervals[0].Duration)
	}
	r = update(t, vtn, "history")
	wantValues(t, r, -240, -180, -120, -60)
	if r.ReportName != oadr.ReportHistoryUsage || !r.Start.Equal(noon.Add(-4*time.Hour)) {
		t.Errorf("sent %+v", r)
	}
	pass(t, clock, time.Minute)
	wantValues(t, update(t, vtn, "later"), 1)
	pass(t, clock, 9*time.Minute)
	r = update(t, vtn, "status")
	if p := r.Intervals[0].Payloads[0]; p.Status == nil || !p.Status.Online || r.ReportName != oadr.ReportTelemetryStatus {
		t.Errorf("sent %+v", r)
	}
	equal(t, "pending", v.PendingReports(), []string{"status"})
}

func TestR3RefusalsChangeNothing(t *testing.T) {
	srv := startServer(t)
	vtn := startVTN(t, srv)
	v, clock := reporter(t, srv, vtn)
	good := every(asks("1", "usage", "a"), 5*time.Minute, time.Minute)
	vtn.create(v, oadr.CodeInvalidID, nil, good, asks("2", "none", "a"))
	vtn.create(v, oadr.CodeInvalidID, nil, good, asks("2", "usage", "none"))
	vtn.create(v, oadr.CodeInvalidData, nil, every(asks("2", "usage", "a"), time.Hour, time.Second))
	vtn.create(v, oadr.CodeOK, []string{"1"}, good)
	pass(t, clock, 5*time.Minute)
	update(t, vtn, "1")
}

func TestR4RequestsRideInRegisteredReport(t *testing.T) {
	srv := startServer(t)
	vtn := startVTN(t, srv)
	request := []oadr.ReportRequest{asks("1", "usage", "a")}
	answering(vtn, func(m *oadr.RegisterReport, usual oadr.Message) oadr.Message {
		usual.(*oadr.RegisteredReport).Requests, request = request, nil
		return usual
	})
	v, _ := reporter(t, srv, vtn)
	created := next(t, vtn.got).(*oadr.CreatedReport)
	if created.Response.Code != oadr.CodeOK || created.Response.RequestID == "" || created.VENID != "ven-7" {
		t.Errorf("sent %+v", created)
	}
	equal(t, "pending", created.Pending, []string{"1"})
	wantValues(t, update(t, vtn, "1"), 0)

	request = []oadr.ReportRequest{asks("2", "none", "a")}
	if _, err := v.RegisterReports(timeout(t)); err != nil {
		t.Fatal(err)
	}
	next(t, vtn.got)
	if created = next(t, vtn.got).(*oadr.CreatedReport); created.Response.Code != oadr.CodeInvalidID || len(created.Pending) != 0 {
		t.Errorf("sent %+v", created)
	}
}

func TestR4R8CancellationRidesInUpdatedReport(t *testing.T) {
	srv := startServer(t)
	vtn := startVTN(t, srv)
	rides := make(chan *oadr.CancelReport, 1)
	answering(vtn, func(m *oadr.UpdateReport, usual oadr.Message) oadr.Message {
		select {
		case usual.(*oadr.UpdatedReport).Cancel = <-rides:
		default:
		}
		return usual
	})
	v, clock := reporter(t, srv, vtn)
	ask := every(asks("1", "usage", "a"), 5*time.Minute, time.Minute)
	vtn.create(v, oadr.CodeOK, []string{"1"}, ask)
	rides <- &oadr.CancelReport{RequestID: "x", ReportRequestIDs: []string{"1"}, VENID: "ven-7"}
	pass(t, clock, 5*time.Minute)
	update(t, vtn, "1")
	canceled := request[*oadr.CanceledReport](t, vtn)
	if canceled.Response.Code != oadr.CodeOK || canceled.Response.RequestID != "x" || len(canceled.Pending) != 0 {
		t.Errorf("sent %+v", canceled)
	}

	vtn.create(v, oadr.CodeOK, []string{"1"}, ask)
	rides <- &oadr.CancelReport{RequestID: "x", ReportRequestIDs: []string{"1"}, ReportToFollow: true, VENID: "ven-7"}
	pass(t, clock, 5*time.Minute)
	update(t, vtn, "1")
	request[*oadr.CanceledReport](t, vtn)
	wantValues(t, update(t, vtn, "1"), 10) // nothing has passed since: the moment
	equal(t, "pending", v.PendingReports(), nil)
}

func TestR8CancelledReports(t *testing.T) {
	srv := startServer(t)
	vtn := startVTN(t, srv)
	v, clock := reporter(t, srv, vtn)
	vtn.create(v, oadr.CodeOK, []string{"1", "2"},
		every(asks("1", "usage", "a"), 5*time.Minute, time.Minute), every(asks("2", "usage", "a"), 5*time.Minute, time.Minute))
	clock.AwaitWait(t, 5*time.Minute)
	clock.Move(2 * time.Minute)
	vtn.cancel(v, oadr.CodeInvalidID, false, []string{"1", "2"}, "none")
	vtn.cancel(v, oadr.CodeOK, true, []string{"2"}, "1")
	wantValues(t, update(t, vtn, "1"), 0, 1)
	vtn.cancel(v, oadr.CodeOK, false, nil, "2")
	vtn.cancel(v, oadr.CodeInvalidID, false, nil, "2")
	clock.Move(time.Hour)
	vtn.create(v, oadr.CodeOK, []string{"3"}, asks("3", "usage", "a"))
	update(t, vtn, "3") // and nothing of the others before it
}

func TestRequestsSurviveAReconnect(t *testing.T) {
	srv := startServer(t)
	vtn := startVTN(t, srv)
	var state <-chan State
	v, clock := reporter(t, srv, vtn, func(c *Config) { state = states(c) })
	next(t, state)
	next(t, state)
	vtn.create(v, oadr.CodeOK, []string{"1"}, every(asks("1", "usage", "a"), 5*time.Minute, 5*time.Minute))
	clock.AwaitWait(t, 5*time.Minute)
	v.Drop()
	if s := next(t, state); s != Disconnected {
		t.Fatalf("state %s", s)
	}
	clock.Move(12 * time.Minute)
	wantValues(t, update(t, vtn, "1"), 0, 5)
	pass(t, clock, 3*time.Minute)
	wantValues(t, update(t, vtn, "1"), 10)
}

func TestR2RegisteringAgainEndsOpenRequests(t *testing.T) {
	srv := startServer(t)
	vtn := startVTN(t, srv)
	v, clock := reporter(t, srv, vtn)
	vtn.create(v, oadr.CodeOK, []string{"1"}, every(asks("1", "usage", "a"), 5*time.Minute, 5*time.Minute))
	clock.AwaitWait(t, 5*time.Minute)
	vtn.push(v.JID(), &oadr.RequestReregistration{VENID: "ven-7"})
	request[*oadr.CreatePartyRegistration](t, vtn)
	request[*oadr.RegisterReport](t, vtn)
	until(t, func() bool { return len(v.PendingReports()) == 0 })
	vtn.create(v, oadr.CodeOK, []string{"2"}, every(asks("2", "usage", "a"), time.Minute, time.Minute))

	// So does the end of the registration.
	if err := v.CancelRegistration(timeout(t)); err != nil {
		t.Fatal(err)
	}
	request[*oadr.CancelPartyRegistration](t, vtn)
	equal(t, "pending", v.PendingReports(), nil)
}

// A VTN that answers 452 has ended the request and gets no more updates; any other
// refusal concerns one update only.
func TestR5AnUpdateThatIsRefused(t *testing.T) {
	srv := startServer(t)
	vtn := startVTN(t, srv)
	codes := make(chan oadr.Code, 1)
	answering(vtn, func(m *oadr.UpdateReport, usual oadr.Message) oadr.Message {
		c := <-codes
		if c == 0 {
			return nil // registration-required
		}
		usual.(*oadr.UpdatedReport).Response.Code = c
		return usual
	})
	v, clock := reporter(t, srv, vtn)
	vtn.create(v, oadr.CodeOK, []string{"1"}, every(asks("1", "usage", "a"), 5*time.Minute, 5*time.Minute))
	codes <- oadr.CodeInvalidData
	pass(t, clock, 5*time.Minute)
	wantValues(t, update(t, vtn, "1"), 0)
	codes <- oadr.CodeInvalidID
	pass(t, clock, 5*time.Minute)
	wantValues(t, update(t, vtn, "1"), 5)
	until(t, func() bool { return len(v.PendingReports()) == 0 })

	codes <- 0
	vtn.create(v, oadr.CodeOK, []string{"2"}, asks("2", "usage", "a"))
	update(t, vtn, "2")
	request[*oadr.CreatePartyRegistration](t, vtn)
	request[*oadr.RegisterReport](t, vtn)
}

func TestAnUpdateWithoutAnAnswerIsRepeated(t *testing.T) {
	srv := startServer(t)
	vtn := startVTN(t, srv)
	v, clock := reporter(t, srv, vtn)
	answering(vtn, func(*oadr.UpdateReport, oadr.Message) oadr.Message { return &oadr.Unknown{Name: "oadrNews"} }) // nothing that can be written
	vtn.create(v, oadr.CodeOK, []string{"1"}, every(asks("1", "usage", "a"), 5*time.Minute, 5*time.Minute))
	pass(t, clock, 5*time.Minute)
	wantValues(t, update(t, vtn, "1"), 0) // an empty result accepts it
	answering(vtn, func(m *oadr.UpdateReport, _ oadr.Message) oadr.Message {
		return &oadr.CreatedReport{Response: oadr.EIResponse{Code: oadr.CodeOK, RequestID: m.RequestID}} // no answer to an update
	})
	pass(t, clock, 5*time.Minute)
	wantValues(t, update(t, vtn, "1"), 5)
	vtn.plays(vtn.usual)
	pass(t, clock, 5*time.Second)
	wantValues(t, update(t, vtn, "1"), 5)
	pass(t, clock, 5*time.Minute-5*time.Second)
	wantValues(t, update(t, vtn, "1"), 10)
}

func TestValuesThatCannotBeReadAreReportedSo(t *testing.T) {
	srv := startServer(t)
	vtn := startVTN(t, srv)
	v, clock := reporter(t, srv, vtn, func(c *Config) { c.Meter = &counter{broken: true} })
	vtn.create(v, oadr.CodeOK, []string{"1", "2"}, asks("1", "usage", "a"), asks("2", "history", "a"))
	r := update(t, vtn, "1")
	if p := r.Intervals[0].Payloads; len(p) != 1 || p[0].RID != "a" || p[0].Quality != noValue {
		t.Errorf("sent %+v", p)
	}
	clock.AwaitWait(t, 5*time.Second) // the history is read again
}

func TestValuesThatCannotBeSent(t *testing.T) {
	got := plain([]string{"a", "b", "c", "d"}, []oadr.ReportPayload{
		{RID: "other", Value: 1}, {RID: "d", Value: math.Inf(1)}, {RID: "b", Value: math.NaN()}, {RID: "a", Value: 2},
	})
	for i, want := range []oadr.ReportPayload{
		{RID: "a", Value: 2}, {RID: "b", Quality: noValue}, {RID: "c", Quality: noValue}, {RID: "d", Quality: noValue},
	} {
		if got[i] != want {
			t.Errorf("sends %+v, want %+v", got[i], want)
		}
	}
}

func TestR6GreenButtonIsSentAsItIs(t *testing.T) {
	srv := startServer(t)
	vtn := startVTN(t, srv)
	v, _ := reporter(t, srv, vtn)
	vtn.create(v, oadr.CodeOK, []string{"1"}, asks("1", "green", "g"))
	r := request[*oadr.UpdateReport](t, vtn).Reports[0]
	if len(r.Intervals) != 1 || len(r.Intervals[0].Payloads) != 0 || len(r.Intervals[0].GreenButton) != 1 || !strings.Contains(string(r.Intervals[0].GreenButton[0]), "<title") {
		t.Errorf("sent %+v", r)
	}
	if !r.Start.Equal(noon.Add(-time.Hour)) || *r.Duration != time.Hour || r.ReportName != oadr.ReportHistoryGreenButton {
		t.Errorf("sent %+v", r)
	}
}

func TestR7ReportStartsWithItsFirstInterval(t *testing.T) {
	o := opened(t, asks("1", "history", "a"))
	for _, c := range []struct {
		name  string
		start time.Time
		want  time.Duration
	}{{"later than asked for", noon.Add(-time.Hour), time.Hour}, {"not given", time.Time{}, 4 * time.Hour}} {
		v := assemble(Config{Meter: &lateMeter{start: c.start}, Clock: coretest.NewClock(noon)}, names{})
		r, err := v.read(t.Context(), work{open: o, from: o.from, to: o.end})
		if err != nil || *r.Duration != c.want || !r.Start.Equal(noon.Add(-c.want)) {
			t.Errorf("%s: %+v, %v", c.name, r, err)
		}
	}
}

// lateMeter has a history of one value from some time on.
type lateMeter struct {
	counter
	start time.Time
}

func (m *lateMeter) History(context.Context, string, []string, time.Time, time.Time, time.Duration) ([]oadr.ReportInterval, error) {
	return []oadr.ReportInterval{{Start: m.start, Payloads: []oadr.ReportPayload{{RID: "a"}}}}, nil
}

func TestLargestReportFits(t *testing.T) {
	v := assemble(Config{Meter: &counter{}, Clock: coretest.NewClock(noon)}, names{})
	o := opened(t, every(asks("1", "usage", "a"), maxValues*time.Minute, time.Minute))
	r, err := v.read(t.Context(), work{open: o, from: noon, to: o.due})
	if err != nil || len(r.Intervals) != maxValues {
		t.Fatalf("%d intervals, %v", len(r.Intervals), err)
	}
	for i := range r.Intervals {
		p := &r.Intervals[i].Payloads[0]
		p.RID, p.Value, p.Quality, p.Accuracy, p.Confidence = strings.Repeat("r", 36), -12345.678, "Quality Good - Non Specific", new(0.5), new(uint32(100))
	}
	raw := oadr.Append(nil, oadr.Form{}, &oadr.UpdateReport{RequestID: newID(), Reports: []oadr.Report{r}, VENID: "ven-7"})
	if len(raw) > oadr.DefaultLimits.Size {
		t.Errorf("%d values are %d bytes, more than %d", maxValues, len(raw), oadr.DefaultLimits.Size)
	}
}

func TestAVENWithoutReportsSaysSo(t *testing.T) {
	srv := startServer(t)
	vtn := startVTN(t, srv)
	cfg := account(srv, "ven1")
	cfg.VTN = vtn.service()
	v := connect(t, cfg)
	register(t, v, vtn)
	vtn.create(v, oadr.CodeReport, nil, asks("1", "usage", "a"))
	vtn.cancel(v, oadr.CodeInvalidID, false, nil, "1")
	if m := decoded(t, vtn.push(v.JID(), &oadr.UpdateReport{RequestID: "u", VENID: "ven-7"})).(*oadr.UpdatedReport); m.Response.Code != oadr.CodeInvalidID {
		t.Errorf("values of the VTN are answered %+v", m)
	}
	select {
	case m := <-vtn.got:
		t.Errorf("it sent %+v", m)
	default:
	}
}

func TestN11R9MetadataOfTheVTN(t *testing.T) {
	srv := startServer(t)
	vtn := startVTN(t, srv)
	lists := make(chan *oadr.RegisterReport, 10)
	v, _ := reporter(t, srv, vtn, func(c *Config) { c.OnReports = func(m *oadr.RegisterReport) { lists <- m } })
	if m := decoded(t, vtn.push(v.JID(), &oadr.RegisterReport{RequestID: "r-1", VENID: "ven-7"})).(*oadr.RegisteredReport); m.Response.Code != oadr.CodeOK || m.Response.RequestID != "r-1" || m.VENID != "ven-7" {
		t.Errorf("answered %+v", m)
	}
	if m := next(t, lists); m.ReportRequestID != "" {
		t.Errorf("told of %+v", m)
	}
	answering(vtn, func(m *oadr.CreateReport, usual oadr.Message) oadr.Message {
		usual.(*oadr.CreatedReport).Pending = []string{m.Requests[0].ReportRequestID}
		return usual
	})
	id, pending, err := v.RequestMetadata(timeout(t), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "pending", pending, []string{id})
	r := request[*oadr.CreateReport](t, vtn).Requests[0]
	s := r.Specifier
	if r.ReportRequestID != id || s.ReportSpecifierID != "METADATA" || s.ReportBackDuration != time.Minute || s.ReportInterval.Duration != 0 ||
		len(s.Payloads) != 1 || s.Payloads[0].ReadingType != "x-notApplicable" {
		t.Errorf("sent %+v", r)
	}
	vtn.push(v.JID(), &oadr.RegisterReport{RequestID: "r-2", VENID: "ven-7", ReportRequestID: id})
	if m := next(t, lists); m.ReportRequestID != id {
		t.Errorf("told of %+v", m)
	}
	if pending, err = v.CancelMetadata(timeout(t), id); err != nil || len(pending) != 0 {
		t.Errorf("cancelled with %v, %v", pending, err)
	}
	if m := request[*oadr.CancelReport](t, vtn); len(m.ReportRequestIDs) != 1 || m.ReportRequestIDs[0] != id || m.VENID != "ven-7" {
		t.Errorf("sent %+v", m)
	}
	if _, _, err = v.RequestMetadata(timeout(t), 0); err != nil {
		t.Error(err)
	}
	if s := request[*oadr.CreateReport](t, vtn).Requests[0].Specifier; s.ReportBackDuration != 0 || s.ReportInterval != nil {
		t.Errorf("once is %+v", s)
	}
}
