package core_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/registry/registrytest"
)

func quota(kind core.QuotaKind, rows, bytes int64) func(*core.Config) {
	return func(c *core.Config) {
		if c.Quotas == nil {
			c.Quotas = core.Quotas{}
		}
		c.Quotas[kind] = core.Use{Rows: rows, Bytes: bytes}
	}
}

func cancelOpt(optID string) *oadr.CancelOpt {
	return &oadr.CancelOpt{RequestID: "c", OptID: optID, VENID: "ven1"}
}

// A registration is never refused because of a quota: ended registrations make room.
func TestG8RegistrationsAlwaysCount(t *testing.T) {
	r := start(t, quota(core.QuotaRegistrations, 1, 1), quota(core.QuotaPushes, 1, 1))
	ven := r.join("ven1")
	for range 3 {
		of, err := r.VEN(t.Context(), "ven1")
		if err != nil {
			t.Fatal(err)
		}
		must[*oadr.CanceledPartyRegistration](r, ven, &oadr.CancelPartyRegistration{RequestID: "c", RegistrationID: of.Registration.RegistrationID, VENID: "ven1"})
		wantCode(t, must[*oadr.CreatedPartyRegistration](r, ven, registration()).Response, oadr.CodeOK, "r1")
	}
	for of, use := range registrytest.Uses(t, r.store) {
		if of.Kind == core.QuotaRegistrations && use.Rows != 1 {
			t.Errorf("the registrations are %+v", use)
		}
	}
}

// After a quota was lowered by far, rows go step by step, so that nobody waits long.
func TestG8LoweredQuotaIsComeToStepByStep(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	of, err := r.VEN(t.Context(), "ven1")
	if err != nil {
		t.Fatal(err)
	}
	err = r.reg.Update(t.Context(), func(tx core.Tx) error {
		for i := range 5000 {
			if err := tx.Register(of.No, &core.Registration{RegistrationID: fmt.Sprint("old", i), StartedAt: t0}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	quota(core.QuotaRegistrations, 10, 1e6)(&r.cfg)
	r.restart()
	for had, steps := int64(5001), 0; ; steps++ {
		wantCode(t, must[*oadr.CreatedPartyRegistration](r, ven, registration()).Response, oadr.CodeOK, "r1")
		n := registrytest.Uses(t, r.store)[registrytest.Used{VENNo: of.No, Kind: core.QuotaRegistrations}].Rows
		if n <= 10 && steps > 0 {
			return
		}
		if gone := had - n; gone <= 0 || gone > 2500 {
			t.Fatalf("%d of %d went at once", gone, had)
		}
		had = n
	}
}

// Opts count with their periods. A refusal says what to do, replacing and cancelling
// are still possible, and what was cancelled makes room.
func TestG8OptsAreHeldToTheirQuota(t *testing.T) {
	r := start(t, quota(core.QuotaOpts, 10, 1e6))
	ven := r.join("ven1")
	opt := func(m *oadr.CreateOpt) oadr.EIResponse { return must[*oadr.CreatedOpt](r, ven, m).Response }
	wantCode(t, opt(schedule("a", 4)), oadr.CodeOK, "r")
	wantCode(t, opt(schedule("b", 4)), oadr.CodeOK, "r")
	no := opt(schedule("c", 1))
	wantCode(t, no, oadr.CodeNotAllowed, "r")
	for _, word := range []string{"quota of opts", "10 rows", "cancel opts", "raise the quota"} {
		if !strings.Contains(no.Description, word) {
			t.Errorf("the refusal %q does not say %q", no.Description, word)
		}
	}
	wantCode(t, opt(schedule("b", 2)), oadr.CodeOK, "r") // P2: it replaces
	wantCode(t, opt(schedule("c", 1)), oadr.CodeOK, "r")
	wantCode(t, opt(schedule("d", 4)), oadr.CodeNotAllowed, "r")
	must[*oadr.CanceledOpt](r, ven, cancelOpt("a"))
	wantCode(t, opt(schedule("d", 4)), oadr.CodeOK, "r")
	registrytest.Uses(t, r.store)
	opts, _, err := r.Opts(t.Context(), core.OptQuery{Cancelled: true}, core.OptCursor{}, 100)
	if err != nil || len(opts) != 3 || opts[0].OptID != "b" {
		t.Errorf("there are %+v, %v", opts, err)
	}
}

// Values over the quota are refused as a whole, other VENs' values in the same commit
// are not, and there is room again when old values have gone.
func TestG8ValuesAreHeldToTheirQuota(t *testing.T) {
	r := start(t, quota(core.QuotaValues, 10, 1e6), func(c *core.Config) { c.Retention = 24 * time.Hour })
	ven := r.reporting("ven1")
	request := r.accepted(ven, periodic(venIDs("ven1")...))
	other := r.reporting("ven2")
	another := r.accepted(other, periodic(venIDs("ven2")...))
	r.code(ven, update(request, t0, 1, 2, 3, 4, 5, 6, 7, 8), oadr.CodeOK)
	no := r.code(ven, update(request, t0.Add(time.Hour), 1, 2, 3), oadr.CodeNotAllowed)
	if !strings.Contains(no, "quota of values") {
		t.Errorf("refused as %q", no)
	}
	r.code(other, update(another, t0, 1, 2, 3), oadr.CodeOK)
	if n := len(r.data(request.ReportRequestID)); n != 8 {
		t.Errorf("%d values are kept, want 8", n)
	}
	r.clock.AwaitWait(t, time.Hour)
	r.clock.Move(25 * time.Hour)
	r.waitFor(func() bool { return len(r.data(request.ReportRequestID)) == 0 })
	r.code(ven, update(request, t0.Add(25*time.Hour), 1, 2, 3), oadr.CodeOK)
	registrytest.Uses(t, r.store)
}

// A VEN's answers to events count even when no more of them are recorded.
func TestG8AnswersCountWhenTheHistoryIsFull(t *testing.T) {
	r := start(t, quota(core.QuotaHistory, 3, 1e6))
	ven := r.join("ven1")
	r.create(at("e", time.Hour, time.Hour))
	for i := range 6 {
		if got := must[response](r, ven, answer("ven1", "x", "e", 0, []string{"optIn", "optOut"}[i%2])); got.Response.Code != oadr.CodeOK {
			t.Errorf("answered %+v", got.Response)
		}
	}
	if s := r.status("e", "ven1"); s.Opt != "optOut" {
		t.Errorf("the opt is %s, want the last", s.Opt)
	}
	for of, use := range registrytest.Uses(t, r.store) {
		if of.Kind == core.QuotaHistory && use.Rows != 3 {
			t.Errorf("%d rows of history, want 3", use.Rows)
		}
	}
}

// A VEN that comes near a quota is logged once a day, and counted.
func TestQuotasWarnBeforeTheyAreUsedUp(t *testing.T) {
	r := start(t, quota(core.QuotaOpts, 10, 1e6))
	metrics := prometheus.NewPedanticRegistry()
	var said strings.Builder
	v := core.New(core.Config{VTNID: "VTN", Registration: core.RegistrationOpen, Quotas: r.cfg.Quotas}, r.reg, r.clock, zerolog.New(&said), metrics)
	v.AddTransport(r.wire)
	ven := r.join("ven1")
	send := func(m oadr.Message) {
		t.Helper()
		if _, err := v.Handle(t.Context(), ven, &oadr.Payload{Message: m}); err != nil {
			t.Fatal(err)
		}
	}
	warnings := func() int { return strings.Count(said.String(), `"quota":"opts"`) }
	send(schedule("a", 6))
	if n := warnings(); n != 0 {
		t.Errorf("%d warnings at 70 %%: %s", n, said.String())
	}
	send(schedule("b", 1))
	send(schedule("b", 2))
	if n := warnings(); n != 1 || !strings.Contains(said.String(), `"venID":"ven1"`) {
		t.Errorf("%d warnings at 90 %%, want 1: %s", n, said.String())
	}
	r.clock.Move(25 * time.Hour)
	send(schedule("c", 3))
	if n := warnings(); n != 2 {
		t.Errorf("%d warnings a day later, want 2", n)
	}
	want := `
# HELP vtn_quota_near VENs that have used 80 % of a quota or more, by kind; NaN where the store does not say.
# TYPE vtn_quota_near gauge
vtn_quota_near{kind="history"} 0
vtn_quota_near{kind="opts"} 1
vtn_quota_near{kind="points"} 0
vtn_quota_near{kind="pushes"} 0
vtn_quota_near{kind="registrations"} 0
vtn_quota_near{kind="requests"} 0
vtn_quota_near{kind="values"} 0
# HELP vtn_quota_refused_total What VENs sent and a quota kept from being stored, by what it would have been.
# TYPE vtn_quota_refused_total counter
vtn_quota_refused_total{kind="history"} 0
vtn_quota_refused_total{kind="opts"} 1
vtn_quota_refused_total{kind="points"} 0
vtn_quota_refused_total{kind="pushes"} 0
vtn_quota_refused_total{kind="registrations"} 0
vtn_quota_refused_total{kind="requests"} 0
vtn_quota_refused_total{kind="values"} 0
`
	if err := testutil.GatherAndCompare(metrics, strings.NewReader(want), "vtn_quota_near", "vtn_quota_refused_total"); err != nil {
		t.Error(err)
	}
}

// hostile is a VEN that sends random messages of the kinds that the VTN stores something of.
type hostile struct {
	*rig
	*rand.Rand
	ven core.Peer
	n   int // IDs made
}

func (h *hostile) id() string {
	h.n++
	return fmt.Sprint("id", h.n, strings.Repeat("x", h.IntN(200)))
}

func (h *hostile) message() oadr.Message {
	switch h.IntN(10) {
	case 0, 1:
		m := schedule(h.id(), h.IntN(20))
		if h.IntN(2) == 0 {
			m.Schedule, m.Availability, m.Event = false, nil, &oadr.QualifiedEventID{EventID: "e"}
		}
		return m
	case 2:
		return cancelOpt(fmt.Sprint("id", h.IntN(h.n+1)))
	case 3:
		m := answer("ven1", "x", "e", 0, []string{"optIn", "optOut"}[h.IntN(2)])
		if h.IntN(3) == 0 {
			m.Responses[0].Code, m.Responses[0].Description = 454, strings.Repeat("é", h.IntN(400))
		}
		return m
	case 4, 5:
		m := telemetry("ven1")
		for range h.IntN(20) {
			d := m.Reports[0].Descriptions[0]
			d.RID = h.id()
			m.Reports[0].Descriptions = append(m.Reports[0].Descriptions, d)
		}
		return m
	case 6:
		return &oadr.CreatedReport{Response: oadr.EIResponse{Code: oadr.CodeOK, RequestID: "x"}, VENID: "ven1", Pending: h.open()}
	case 7, 8:
		m := &oadr.UpdateReport{RequestID: "u", VENID: "ven1"}
		for _, id := range h.open() {
			report := oadr.Report{ReportRequestID: id, ReportSpecifierID: "telemetry", CreatedDateTime: t0}
			for i := range 1 + h.IntN(20) {
				interval := oadr.ReportInterval{Start: t0.Add(time.Duration(h.IntN(1e6)) * time.Second), UID: fmt.Sprint(i)}
				interval.Payloads = []oadr.ReportPayload{{RID: "power", Value: 1, Quality: "x-" + strings.Repeat("q", h.IntN(600))}}
				if h.IntN(3) == 0 {
					interval.GreenButton = []oadr.XML{oadr.XML(`<feed xmlns="http://www.w3.org/2005/Atom">` + strings.Repeat("&amp;", h.IntN(200)) + `</feed>`)}
				}
				report.Intervals = append(report.Intervals, interval)
			}
			m.Reports = append(m.Reports, report)
		}
		return m
	case 9:
		m := registration()
		m.TransportAddress = strings.Repeat("a", h.IntN(3000))
		return m
	}
	return nil
}

// open are the requests that the VEN may send data for.
func (h *hostile) open() (ids []string) {
	h.t.Helper()
	requests, _, err := h.ReportRequests(h.t.Context(), core.ReportFilter{VENID: "ven1"}, 0, 100)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, r := range requests {
		if r.State == core.ReportPending || r.State == core.ReportActive {
			ids = append(ids, r.ReportRequestID)
		}
	}
	return ids
}

// Whatever a hostile VEN sends, what is stored for it stays within its quotas, and the
// counts agree with the tables.
func TestG8StoredStaysWithinTheQuotas(t *testing.T) {
	quotas := core.Quotas{
		core.QuotaValues: {Rows: 60, Bytes: 60_000}, core.QuotaPoints: {Rows: 100, Bytes: 60_000}, core.QuotaOpts: {Rows: 150, Bytes: 30_000},
		core.QuotaHistory: {Rows: 60, Bytes: 30_000}, core.QuotaRequests: {Rows: 10, Bytes: 100_000},
		core.QuotaRegistrations: {Rows: 20, Bytes: 40_000}, core.QuotaPushes: {Rows: 30, Bytes: 8_000},
	}
	r := start(t, func(c *core.Config) { c.Quotas = quotas })
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	h := &hostile{rig: r, Rand: rand.New(rand.NewPCG(seed, 1)), ven: r.reporting("ven1")}
	order := periodic(venIDs("ven1")...)
	order.Standing, order.RIDs = true, nil
	r.request(order)
	r.create(at("e", time.Hour, 30*24*time.Hour))
	refused := 0
	most := map[core.QuotaKind]core.Use{}
	for round := range 60 {
		for range 15 {
			reply, err := r.send(h.ven, h.message())
			if err != nil {
				t.Fatal(err)
			}
			if m, ok := reply.(*oadr.CreatedPartyRegistration); ok && h.IntN(2) == 0 {
				must[*oadr.CanceledPartyRegistration](r, h.ven, &oadr.CancelPartyRegistration{RequestID: "c", RegistrationID: m.RegistrationID, VENID: "ven1"})
				must[*oadr.CreatedPartyRegistration](r, h.ven, registration())
				must[*oadr.RegisteredReport](r, h.ven, telemetry("ven1")) // which may be refused
			}
			if said := string(oadr.Append(nil, oadr.Form{}, reply)); strings.Contains(said, "raise the quota") {
				refused++
			}
			h.acknowledge()
		}
		r.clock.Move(time.Minute)
		r.waitFor(h.acknowledge)
		for of, use := range registrytest.Uses(t, r.store) {
			if quota := quotas[of.Kind]; use.Rows > quota.Rows || use.Bytes > quota.Bytes {
				t.Errorf("round %d: usage %+v of %s, the quota is %+v", round, use, of.Kind, quota)
			}
			most[of.Kind] = core.Use{Rows: max(most[of.Kind].Rows, use.Rows), Bytes: max(most[of.Kind].Bytes, use.Bytes)}
		}
		if t.Failed() {
			return
		}
	}
	t.Logf("at most %+v, refused %v", most, refused)
	if refused == 0 {
		t.Error("nothing was refused")
	}
	for kind, quota := range quotas {
		if m := most[kind]; 3*m.Rows < quota.Rows && 3*m.Bytes < quota.Bytes {
			t.Errorf("no VEN ever came near the quota of %s: %+v of %+v", kind, m, quota)
		}
	}
}

// acknowledge answers the pushes that came, and says whether there are no more.
func (h *hostile) acknowledge() bool {
	h.t.Helper()
	for {
		select {
		case p := <-h.wire.pushes:
			h.Settle(h.ven, p.Token, core.Outcome{Result: core.Acknowledged, Code: 200})
			continue
		default:
		}
		due, err := h.reg.NextDue(h.t.Context())
		if err != nil {
			h.t.Fatal(err)
		}
		return len(due) == 0
	}
}

// A value is of a time that values are kept for: one that is older would be deleted
// at once, one that is years ahead would stay for years.
func TestR6ValuesAreOfTheTimeThatIsKept(t *testing.T) {
	r := start(t, func(c *core.Config) { c.Retention = 24 * time.Hour })
	ven := r.reporting("ven1")
	request := r.accepted(ven, periodic(venIDs("ven1")...))
	for _, c := range []struct {
		at   time.Duration
		want oadr.Code
	}{
		{-24 * time.Hour, oadr.CodeOK},
		{-24*time.Hour - time.Second, oadr.CodeInvalidData},
		{366 * 24 * time.Hour, oadr.CodeOK},
		{366*24*time.Hour + time.Second, oadr.CodeInvalidData},
		{-56 * 365 * 24 * time.Hour, oadr.CodeInvalidData},
		{10 * 365 * 24 * time.Hour, oadr.CodeInvalidData},
	} {
		if said := r.code(ven, update(request, t0.Add(c.at), 1), c.want); c.want != oadr.CodeOK && !strings.Contains(said, "from 2026-11-23T12:00:00Z to 2027-11-25T12:00:00Z") {
			t.Errorf("%v: refused as %q", c.at, said)
		}
	}
	if n := len(r.data(request.ReportRequestID)); n != 2 {
		t.Errorf("%d values are kept, want 2", n)
	}
}
