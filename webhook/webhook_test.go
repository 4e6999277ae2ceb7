package webhook_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	ports "github.com/vtn-xmpp/vtn-xmpp/test/rig"
	"github.com/vtn-xmpp/vtn-xmpp/webhook"
)

func TestARequestSaysWhoRegistersAndIsSigned(t *testing.T) {
	var method, header, contentType, body string
	r := start(t, func(w http.ResponseWriter, req *http.Request) {
		raw, _ := io.ReadAll(req.Body)
		method, header, contentType, body = req.Method, req.Header.Get("VTN-Signature"), req.Header.Get("Content-Type"), string(raw)
		_, _ = io.WriteString(w, `{"accept": true}`)
	})
	if d, err := r.Decide(t.Context(), application); err != nil || !d.Accept {
		t.Fatalf("%+v, %v", d, err)
	}
	var got, want any
	const asked = `{"identity": {"transport": "xmpp", "identity": "ven1@example.org"}, "known": true, "venID": "ven-1", "venName": "House <7>", "registrationID": "reg-1",
		"profile": "2.0b", "transport": "xmpp", "address": "ven1@example.org/x", "reportOnly": true, "requestID": "r1"}`
	if err := errors.Join(json.Unmarshal([]byte(body), &got), json.Unmarshal([]byte(asked), &want)); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("posted %s (%v)", body, err)
	}
	if method != http.MethodPost || contentType != "application/json" {
		t.Errorf("%s %s", method, contentType)
	}
	if !signed(header, body) || !strings.HasPrefix(header, fmt.Sprintf("t=%d,", noon.Unix())) {
		t.Errorf("the signature %q is not the body's", header)
	}
	if signed(header, body+" ") {
		t.Error("the signature does not depend on the body")
	}
}

func TestDecisions(t *testing.T) {
	for body, want := range map[string]core.Decision{
		`{"accept": true}`:                          {Accept: true},
		` {"reason":"no","accept":false} ` + "\r\n": {Reason: "no"},
		`{"accept": true, "venID": "v", "groups": [], "resources": ["a", "b"], "parties": null, "reason": null}`: {
			Accept: true, VENID: "v", Groups: []string{}, Resources: []string{"a", "b"}},
		`{"accept": true, "parties": ["p"], "marketContexts": ["http://example.org/dr"]}`: {
			Accept: true, Parties: []string{"p"}, MarketContexts: []string{"http://example.org/dr"}},
	} {
		r := start(t, answering(http.StatusOK, body))
		if got, err := r.Decide(t.Context(), application); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s is %#v, %v, want %#v", body, got, err, want)
		}
		result := "refused"
		if want.Accept {
			result = "accepted"
		}
		if got := r.results(t); got["vtn_webhook_seconds "+result] != 1 {
			t.Errorf("%s counts as %v", body, got)
		}
	}
}

func TestNonsenseIsNoDecision(t *testing.T) {
	for name, c := range map[string]struct{ body, why string }{
		"nothing":                {``, "no JSON object"},
		"a page":                 {`<html>welcome</html>`, "no JSON object"},
		"another value":          {`true`, "no JSON object"},
		"a list":                 {`[{"accept": true}]`, "no JSON object"},
		"no decision":            {`{}`, "accept is missing"},
		"null":                   {`{"accept": null}`, "accept is missing"},
		"text":                   {`{"accept": "true"}`, "unusable accept"},
		"a number":               {`{"accept": 1}`, "unusable accept"},
		"an unknown member":      {`{"accept": true, "admin": true}`, "admin"},
		"another case":           {`{"Accept": true}`, "Accept"},
		"twice":                  {`{"accept": false, "accept": true}`, "twice"},
		"a venID of a number":    {`{"accept": true, "venID": 7}`, "unusable venID"},
		"groups of text":         {`{"accept": true, "groups": "a"}`, "unusable groups"},
		"groups of numbers":      {`{"accept": true, "groups": [1]}`, "unusable groups"},
		"half of it":             {`{"accept": true`, "no JSON"},
		"half of a member":       {`{"accept": true, "groups": ["a"`, "unusable groups"},
		"something behind it":    {`{"accept": true} {"accept": false}`, "goes on"},
		"garbage behind it":      {`{"accept": true}]`, "goes on"},
		"bytes that are no text": {"{\"accept\": true, \"venID\": \"\xff\"}", "UTF-8"},
		"nested without end":     {`{"accept": true, "groups": ` + strings.Repeat("[", 30000), "unusable groups"},
		"more than it may":       {`{"accept": true}` + strings.Repeat(" ", 64<<10), "more than 65536 bytes"},
	} {
		t.Run(name, func(t *testing.T) { start(t, answering(http.StatusOK, c.body)).failed(t, c.why) })
	}
}

func TestAnotherStatusIsNoDecision(t *testing.T) {
	for _, status := range []int{201, 202, 204, 400, 401, 403, 404, 500, 503} {
		body := `{"accept": true}`
		if status == http.StatusNoContent {
			body = ""
		}
		start(t, answering(status, body)).failed(t, fmt.Sprint(status))
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		start(t, func(w http.ResponseWriter, req *http.Request) {
			if req.URL.Path == "/yes" {
				t.Errorf("after %d it was asked elsewhere", status)
			}
			http.Redirect(w, req, "/yes", status)
		}).failed(t, fmt.Sprint(status))
	}
}

func TestDownIsNoDecision(t *testing.T) {
	port, err := ports.FreePort() // that nothing takes
	if err != nil {
		t.Fatal(err)
	}
	at(fmt.Sprintf("http://127.0.0.1:%d?key=also-secret", port)).failed(t, "refused")
	start(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }).failed(t, "EOF")
}

func TestACertificateThatIsNotTrustedIsNoDecision(t *testing.T) {
	server := httptest.NewUnstartedServer(answering(http.StatusOK, `{"accept": true}`))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	at(server.URL).failed(t, "certificate")
}

func TestSlowIsNoDecision(t *testing.T) {
	for name, begin := range map[string]string{"no answer": "", "half an answer": `{"accept": `} {
		t.Run(name, func(t *testing.T) {
			r := start(t, func(w http.ResponseWriter, req *http.Request) {
				if begin != "" {
					_, _ = io.WriteString(w, begin)
					_ = http.NewResponseController(w).Flush()
				}
				_, _ = io.Copy(io.Discard, req.Body) // so that the server notices that the client leaves
				<-req.Context().Done()
			})
			go func() {
				r.clock.AwaitWait(t, webhook.Timeout)
				r.clock.Move(webhook.Timeout)
			}()
			r.failed(t, "no answer within 4s")
		})
	}
}

func TestACallerThatGivesUpIsNoDecision(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	r := start(t, func(w http.ResponseWriter, req *http.Request) {
		_, _ = io.Copy(io.Discard, req.Body)
		cancel()
		<-req.Context().Done()
	})
	if d, err := r.Decide(ctx, application); !errors.Is(err, context.Canceled) || d.Accept {
		t.Errorf("decided %+v, %v", d, err)
	}
}

func TestTooManyAtOnceAreTurnedAway(t *testing.T) {
	const atOnce = 32
	asked, release := make(chan struct{}, atOnce), make(chan struct{})
	r := start(t, func(w http.ResponseWriter, _ *http.Request) {
		asked <- struct{}{}
		<-release
		_, _ = io.WriteString(w, `{"accept": true}`)
	})
	var wg sync.WaitGroup
	for range atOnce {
		wg.Go(func() {
			if d, err := r.Decide(t.Context(), application); err != nil || !d.Accept {
				t.Errorf("decided %+v, %v", d, err)
			}
		})
	}
	for range atOnce {
		<-asked
	}
	if _, err := r.Decide(t.Context(), application); !errors.Is(err, core.ErrBusy) {
		t.Errorf("one more: %v", err)
	}
	close(release)
	wg.Wait()
	if d, err := r.Decide(t.Context(), application); err != nil || !d.Accept {
		t.Errorf("afterwards: %+v, %v", d, err)
	}
	if got := r.results(t); got["vtn_webhook_seconds busy"] != 1 || got["vtn_webhook_seconds accepted"] != atOnce+1 {
		t.Errorf("counted %v", got)
	}
}

func TestCheck(t *testing.T) {
	for url, want := range map[string]string{
		"https://dr.example.org/registrations?x=y": "", "http://127.0.0.1:9000/x": "", "http://localhost": "", "http://[::1]:9000/": "",
		"http://dr.example.org/": "not encrypted", "http://192.0.2.1/": "not encrypted", "http://localhost.example.org/": "not encrypted",
		"ftp://dr.example.org/": "https", "dr.example.org/x": "no URL", "": "no URL", "https:///x": "no URL", "https:x": "no URL", "://": "no URL",
		"https://user:hidden@dr.example.org/": "password",
	} {
		err := webhook.Check(url)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hidden")) {
			t.Errorf("%q: %v, want %q", url, err, want)
		}
	}
}
