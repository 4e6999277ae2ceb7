package test

import (
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/vtn-xmpp/vtn-xmpp/ven"
	"github.com/vtn-xmpp/vtn-xmpp/ven/faulty"
)

// TestHealthyPushesIgnoreNothing: however VENs acknowledge an event, and even if they do so twice, nothing counts as ignored.
func TestHealthyPushesIgnoreNothing(t *testing.T) {
	s := start(t)
	var vens []*ven.VEN
	for _, reply := range []faulty.Reply{{}, {How: faulty.Empty}, {How: faulty.RespondOpts}, {How: faulty.OptOnly}} {
		vens = append(vens, s.holder(inTurn(reply)).VEN)
	}
	e := s.create(event(venIDs(vens)...))
	answered := func() {
		t.Helper()
		s.converge(vens)
		s.eventually("each VEN's opt", func() bool {
			for _, v := range vens {
				if got := s.status(e.EventID, venID(v)); got.Opt != "optIn" {
					return false
				}
			}
			return true
		})
	}
	answered()
	for _, comment := range []string{"one", "two", "three"} {
		s.patchEvent(e.EventID, patch{"comment": comment})
		answered()
	}
	later := s.create(event(venIDs(vens)...))
	s.converge(vens)
	if _, err := s.CancelEvent(t.Context(), later.EventID); err != nil {
		t.Fatal(err)
	}
	s.converge(vens)
	for name, n := range s.counters() {
		if strings.HasPrefix(name, "vtn_ignored_total") && n > 0 {
			t.Errorf("%s is %v", name, n)
		}
	}
}

// TestGaugesToAlertOn: gauges count the VENs that are registered, online, and without an event that they should have.
func TestGaugesToAlertOn(t *testing.T) {
	t.Parallel()
	e := ownServer(t)
	s := startAt(t, e, e.ComponentAddr) // it counts every 15 s: others run meanwhile
	there, away := s.holder(), s.account()
	gone := s.leave(away)
	spec := event(venID(there.VEN), gone.VENID)
	s.create(spec)
	gauges := func(want map[string]float64) {
		t.Helper()
		s.eventually("the gauges", func() bool {
			got := s.counters()
			for name, n := range want {
				if is, ok := got[name]; !ok || is != n {
					return false
				}
			}
			return true
		})
	}
	gauges(map[string]float64{
		`vtn_vens_registered{transport="xmpp"}`: 2, `vtn_vens_online{transport="xmpp"}`: 1, `vtn_pushes_unanswered`: 0,
		`vtn_vens_lacking_event{starts="started"}`: 0, `vtn_vens_lacking_event{starts="10m"}`: 0,
		`vtn_vens_lacking_event{starts="1h"}`: 1, `vtn_vens_lacking_event{starts="later"}`: 0,
	})
	s.connect(func() ven.Config { c := s.config(away); c.Registration = gone; return c }())
	gauges(map[string]float64{`vtn_vens_online{transport="xmpp"}`: 2, `vtn_vens_lacking_event{starts="1h"}`: 0})
}

// TestMetricsAreAsPrometheusWantsThem: Prometheus's library and its promtool accept them.
func TestMetricsAreAsPrometheusWantsThem(t *testing.T) {
	s := start(t)
	s.converge([]*ven.VEN{s.holder().VEN}) // with labels, and what was counted
	get := func() *http.Response {
		t.Helper()
		res, err := http.Get(s.vtn.APIURL + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { res.Body.Close() })
		return res
	}
	problems, err := promlint.New(get().Body).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("promtool is not installed")
		}
		t.Skip("promtool is not installed: test/install promtool")
	}
	cmd := exec.CommandContext(t.Context(), promtool, "check", "metrics")
	cmd.Stdin = get().Body
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("promtool check metrics: %v: %s", err, out)
	}
}
