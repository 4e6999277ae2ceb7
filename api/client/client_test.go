package client

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
)

// TestAnswersOfSomebodyElse: the error has the answer of a proxy in between.
func TestAnswersOfSomebodyElse(t *testing.T) {
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "<html>bad gateway</html>", http.StatusBadGateway)
	}))
	defer proxy.Close()
	_, err := New(proxy.URL, "").ListEvents(t.Context(), "", 0)
	var p *Problem
	if !errors.As(err, &p) || p.Status != http.StatusBadGateway || !strings.Contains(err.Error(), "502") {
		t.Errorf("err = %v", err)
	}
	if _, err := New(proxy.URL, "").Ready(t.Context()); err == nil {
		t.Error("a proxy's page counts as readiness")
	}
}

func TestTheTokenDoesNotFollowRedirects(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("%s %s was asked, Authorization %q", r.Method, r.URL, r.Header.Get("Authorization"))
	}))
	defer elsewhere.Close()
	here := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect))
	defer here.Close()
	_, err := New(here.URL, "token").GetEvent(t.Context(), "x")
	var p *Problem
	if !errors.As(err, &p) || p.Status != http.StatusTemporaryRedirect {
		t.Errorf("err = %v", err)
	}
}

// TestAnswerThatIsTooLarge: the error says what to do instead.
func TestAnswerThatIsTooLarge(t *testing.T) {
	huge := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for part := bytes.Repeat([]byte(" "), 1<<20); ; {
			if _, err := w.Write(part); err != nil {
				return
			}
		}
	}))
	defer huge.Close()
	_, err := New(huge.URL, "").ReportData(t.Context(), DataSource{ReportRequestID: "r"}, DataFilter{}, "", 1000)
	if err == nil || !strings.Contains(err.Error(), "64 MiB") || !strings.Contains(err.Error(), "less at once") || !strings.Contains(err.Error(), "as CSV") {
		t.Errorf("err = %v", err)
	}
}

func TestProblemNamesEverything(t *testing.T) {
	p := &Problem{Title: "Unprocessable Entity", Status: 422, Detail: "2 fields are wrong", Errors: []Wrong{
		{Field: "start", Message: "has no zone"}, {Field: "signals[0].intervals", Rule: "E6", Message: "do not add up"},
	}}
	want := "2 fields are wrong\n  start: has no zone\n  signals[0].intervals: do not add up (rule E6)"
	if p.Error() != want {
		t.Errorf("Error() = %q, want %q", p.Error(), want)
	}
}

func TestNobodyThere(t *testing.T) {
	port, err := rig.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	nobody := fmt.Sprintf("http://127.0.0.1:%d", port)
	if _, err := New(nobody, "").GetVEN(t.Context(), "x"); err == nil || !strings.Contains(err.Error(), nobody) {
		t.Errorf("err = %v, want it to name %s", err, nobody)
	}
}
