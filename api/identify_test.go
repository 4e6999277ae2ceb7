package api_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/api"
	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// broken is a VTN whose results partly have no JSON, or break off.
type broken struct{ *core.VTN }

func (broken) Opts(context.Context, core.OptQuery, core.OptCursor, int) ([]core.ListedOpt, core.OptCursor, error) {
	return []core.ListedOpt{{Opt: core.Opt{Periods: []core.OptPeriod{{Start: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}}}}}, core.OptCursor{}, nil
}

func (broken) VENReportData(_ context.Context, _, _ string, q core.ValueQuery) ([]core.Value, *core.ValueKey, error) {
	if q.After != (core.ValueKey{}) {
		panic("in the middle")
	}
	return []core.Value{{Start: noon, ReceivedAt: noon}}, &core.ValueKey{Start: noon}, nil
}

// If a handler panics, the API answers with a problem, even if the status was written
// already, and logs it in words. It cuts off an answer that has begun.
func TestPanicIsAnsweredAndLoggedInWords(t *testing.T) {
	good := start(t)
	log := &buffer{}
	server := httptest.NewServer(api.New(api.Config{Version: "test", Log: zerolog.New(log)}, broken{good.vtn}).Handler())
	t.Cleanup(server.Close)
	r := &rig{t: t, url: server.URL}

	a := r.do(http.MethodGet, "/api/v1/opts", "")
	if p := a.problem(t); p.Status != 500 || !strings.Contains(p.Detail, "its log says why") {
		t.Errorf("answered %d: %s", a.status, a.body)
	}
	var line struct{ Panic, Stack, RequestID string }
	if err := json.NewDecoder(strings.NewReader(log.String())).Decode(&line); err != nil || !strings.Contains(line.Panic, "year outside of range") ||
		!strings.Contains(line.Stack, "listOpts") && !strings.Contains(line.Stack, "huma") || line.RequestID != a.header.Get("X-Request-Id") {
		t.Errorf("logged %s, %v", log, err)
	}
	if resp, err := http.Get(server.URL + "/api/v1/vens/v/data?reportSpecifierID=s&format=csv"); err == nil {
		defer resp.Body.Close()
		if raw, err := io.ReadAll(resp.Body); err == nil {
			t.Errorf("a download that broke off was answered %d %q", resp.StatusCode, raw)
		}
	}
	if !strings.Contains(log.String(), `"panic":"in the middle"`) {
		t.Errorf("logged %s", log)
	}
}
