package test

import (
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// TestMonitoring: promtool accepts the alert rules and their tests, and every metric that they and the dashboard name exists.
func TestMonitoring(t *testing.T) {
	t.Parallel()
	const folder = "../docs/monitoring/"
	if promtool, err := exec.LookPath("promtool"); err != nil {
		t.Log("promtool is missing: run test/install promtool")
	} else {
		for _, args := range [][]string{{"check", "rules", "alerts.yml"}, {"test", "rules", "alerts_test.yml"}} {
			command := exec.Command(promtool, args...)
			command.Dir = folder
			if out, err := command.CombinedOutput(); err != nil {
				t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
			}
		}
	}
	s := start(t)
	s.holder()
	s.eventually("the gauges", func() bool { _, is := s.counters()["vtn_events_not_held"]; return is })
	exist := map[string]bool{}
	for series := range s.counters() {
		metric, _, _ := strings.Cut(series, "{")
		exist[strings.TrimSuffix(metric, "_bucket")] = true
	}
	name := regexp.MustCompile(`vtn_[a-z_]+`)
	for _, file := range []string{"alerts.yml", "grafana.json"} {
		text, err := os.ReadFile(folder + file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(file, ".json") && !json.Valid(text) {
			t.Errorf("%s is no JSON", file)
		}
		for _, metric := range name.FindAllString(string(text), -1) {
			metric = strings.TrimSuffix(metric, "_bucket")
			if !exist[metric] && !optional[metric] {
				t.Errorf("%s names %s, which the VTN does not have", file, metric)
			}
		}
	}
}

// optional are metrics of what this VTN has not: HTTP, signatures, and quotas that are near.
var optional = map[string]bool{"vtn_http_certificate_expires_seconds": true, "vtn_signing_certificate_expires_seconds": true, "vtn_http_connections": true, "vtn_quota_near": true, "vtn_quota_refused_total": true}
