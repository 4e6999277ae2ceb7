package ven

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// listen takes pushes until the VEN is closed.
func (h *overHTTP) listen() error {
	l, err := net.Listen("tcp", h.settings.Listen)
	if err != nil {
		return fmt.Errorf("listen for pushes: %w", err)
	}
	h.update(func() { h.address = "https://" + l.Addr().String() + "/" })
	var only http.Protocols
	only.SetHTTP1(true) // HTTP/2 refuses the profile's cipher suites (rule T3)
	s := &http.Server{
		Handler:           http.HandlerFunc(h.pushed),
		TLSConfig:         h.cfg.serverTLS(),
		Protocols:         &only,
		ReadHeaderTimeout: writeTimeout,
		ReadTimeout:       answerTimeout,
		IdleTimeout:       5 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(h.cfg.Log.Handler(), slog.LevelDebug),
	}
	context.AfterFunc(h.life, func() { s.Close() })
	h.alive.Go(func() { _ = s.ServeTLS(l, "", "") })
	return nil
}

// pushed takes a push of the VTN (rules H2, H18). An answer that does not come costs the
// connection, as it does with a VEN that hangs.
func (h *overHTTP) pushed(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method != http.MethodPost:
		w.WriteHeader(http.StatusNotImplemented)
		return
	case !h.serves(r.URL.Path):
		w.WriteHeader(http.StatusNotFound)
		return
	}
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	}
	b := pushBack{over: h, answer: make(chan httpAnswer, 1)}
	in := inbound{payload: raw, received: time.Now(), back: b}
	if !h.server.enqueue(func() { h.server.requested(in) }) {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	select {
	case a := <-b.answer:
		a.write(w)
		return
	case <-r.Context().Done():
	case <-h.life.Done():
	case <-time.After(answerTimeout):
	}
	panic(http.ErrAbortHandler) // to return would answer 200, which acknowledges the push (rule H19)
}

// serves reports whether a path is one of a VEN's services.
func (h *overHTTP) serves(path string) bool {
	for _, service := range []string{eiEvent, eiRegisterParty, eiReport, eiOpt} {
		if strings.HasSuffix(path, endpoint("", h.cfg.Form.Profile, service)) {
			return true
		}
	}
	return false
}

// httpAnswer is what answers a push.
type httpAnswer struct {
	status  int
	payload []byte
}

func (a httpAnswer) write(w http.ResponseWriter) {
	if len(a.payload) > 0 {
		w.Header().Set("Content-Type", "application/xml")
	}
	w.Header().Set("Content-Length", fmt.Sprint(len(a.payload)))
	w.WriteHeader(a.status)
	_, _ = w.Write(a.payload)
}

// pushBack answers a push in the answer to its request.
type pushBack struct {
	over   *overHTTP
	answer chan httpAnswer
}

func (b pushBack) result(m oadr.Message, request oadr.Form) {
	a := httpAnswer{status: http.StatusOK}
	if m != nil {
		a.payload = b.over.encodeAnswer(m, request)
	}
	b.send(a)
}

// fail answers with the status that means the same as a stanza error (rules H2, H20).
func (b pushBack) fail(errorType, condition string) {
	a := httpAnswer{status: http.StatusInternalServerError}
	switch {
	case errorType == "wait":
		a.status = http.StatusServiceUnavailable
	case errorType == "auth":
		a.status = http.StatusForbidden
	case condition == "feature-not-implemented":
		a.status = http.StatusNotImplemented
	case errorType == "modify", errorType == "cancel":
		a.status = http.StatusNotAcceptable
	}
	b.send(a)
}

// send gives the answer; only the first counts.
func (b pushBack) send(a httpAnswer) {
	select {
	case b.answer <- a:
	default:
	}
}
