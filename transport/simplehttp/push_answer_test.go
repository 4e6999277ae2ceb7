package simplehttp

import (
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// answerWith answers with a status, a content type and a body.
func answerWith(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func written(m oadr.Message) string { return string(oadr.Append(nil, oadr.Form{}, m)) }

func response(code oadr.Code) *oadr.Response {
	return &oadr.Response{Response: oadr.EIResponse{Code: code, Description: "so it is", RequestID: "x"}, VENID: "v"}
}

// TestH19Answers: any 200 acknowledges, unless an OpenADR message in it says otherwise.
func TestH19Answers(t *testing.T) {
	r := newPushRig(t)
	good, no := core.Outcome{Result: core.Acknowledged}, core.Outcome{Result: core.Refused}
	for name, c := range map[string]struct {
		contentType, body string
		want              core.Outcome
	}{
		"empty, octet-stream":                   {"application/octet-stream", "", good},
		"empty":                                 {"", "", good},
		"text OK":                               {"text/plain", "OK", good},
		"a page":                                {"text/html", "<!doctype html><p>Hello<br>", good},
		"other XML":                             {"application/xml", `<hello xmlns="http://openadr.org/other"/>`, good},
		"oadrResponse 200":                      {"application/xml", written(response(200)), core.Outcome{Result: core.Acknowledged, Code: 200}},
		"oadrResponse 200, bare":                {"application/xml", "<?xml version='1.0'?>\n" + string(oadr.Append(nil, oadr.Form{Root: oadr.RootMessage}, response(200))), core.Outcome{Result: core.Acknowledged, Code: 200}},
		"oadrResponse 200 of another namespace": {"application/xml", strings.ReplaceAll(written(response(200)), oadr.NS, "http://openadr.org/x"), good},
		"oadrResponse 454":                      {"application/xml", written(response(454)), core.Outcome{Result: core.Refused, Code: 454, Error: "so it is"}},
		"oadrResponse 454 in UTF-16":            {"application/xml", utf16Of(binary.LittleEndian, true, written(response(454))), core.Outcome{Result: core.Refused, Code: 454, Error: "so it is"}},
		"oadrResponse, no code":                 {"application/xml", strings.Replace(written(response(200)), ">200<", ">fine<", 1), no},
		"half a message":                        {"application/xml", written(response(454))[:400], no},
	} {
		h := r.host(answerWith(200, c.contentType, c.body))
		got := r.push(h.to(1))
		if c.want == no {
			got.is.Error = ""
		}
		if got.is != c.want || got.from != peerOf(h.fingerprint) || got.token != h.to(1).Token {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// TestH19MessageInTheAnswer: a message of another kind is the answer itself.
func TestH19MessageInTheAnswer(t *testing.T) {
	r := newPushRig(t)
	h := r.host(answerWith(200, "text/xml; charset=utf-8", written(&oadr.CreatedEvent{Response: response(200).Response, VENID: "v"})))
	got := r.push(h.to(7))
	if _, ok := got.answer.(*oadr.CreatedEvent); !ok || got.from.Identity != h.fingerprint || got.token != h.to(7).Token {
		t.Errorf("%+v", got)
	}
}

// TestH20Statuses: what the statuses of HTTP say of a push.
func TestH20Statuses(t *testing.T) {
	r := newPushRig(t)
	for status, want := range map[int]core.Result{
		201: core.Acknowledged, 204: core.Acknowledged,
		400: core.Refused, 401: core.Refused, 403: core.Refused, 404: core.Refused, 405: core.Refused, 406: core.Refused, 413: core.Refused, 501: core.Refused,
		500: core.Retry, 502: core.Retry, 503: core.Retry, 504: core.Retry,
	} {
		h := r.host(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
		got := r.push(h.to(1))
		if got.is.Result != want || got.from.Identity != h.fingerprint || want == core.Retry && got.is.Backoff != pushBackoff {
			t.Errorf("%d: %+v", status, got)
		}
		if said := fmt.Sprint(status); want != core.Acknowledged && !strings.Contains(got.is.Error, said) {
			t.Errorf("%d: the reason is %q", status, got.is.Error)
		}
	}
}

// TestH20BodiesOfErrorsMeanNothing: not even an oadrResponse 200 with status 500.
func TestH20BodiesOfErrorsMeanNothing(t *testing.T) {
	r := newPushRig(t)
	r.retried(r.push(r.host(answerWith(500, "application/xml", written(response(200)))).to(1)), "500")
}

// TestH20RedirectsAreNotFollowed, wherever they lead.
func TestH20RedirectsAreNotFollowed(t *testing.T) {
	r := newPushRig(t)
	followed := false
	other := r.host(func(http.ResponseWriter, *http.Request) { followed = true })
	for _, status := range []int{301, 302, 303, 307, 308} {
		h := r.host(func(w http.ResponseWriter, req *http.Request) { http.Redirect(w, req, other.URL, status) })
		if got := r.push(h.to(1)); got.is.Result != core.Refused || !strings.Contains(got.is.Error, "redirect") {
			t.Errorf("%d: %+v", status, got.is)
		}
	}
	if followed {
		t.Error("a redirect was followed")
	}
}
