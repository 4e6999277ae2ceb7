package api

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"log"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
)

type requestKey struct{}

// request is what is known of the request that a context belongs to.
type request struct{ id, method string }

func requestOf(ctx context.Context) request {
	r, _ := ctx.Value(requestKey{}).(request)
	return r
}

// requestID is the ID of the request that ctx belongs to.
func requestID(ctx context.Context) string { return requestOf(ctx).id }

// identify gives each request an ID, which is answered as X-Request-Id and
// stands in every log line about it, and survives a handler that panics.
func identify(log zerolog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		id := rand.Text()[:12]
		logger := log.With().Str("requestID", id).Logger()
		r = r.WithContext(logger.WithContext(context.WithValue(r.Context(), requestKey{}, request{id, r.Method})))
		w := &answer{ResponseWriter: rw}
		w.Header().Set("X-Request-Id", id)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		start := time.Now()
		defer func() {
			if p := recover(); p == http.ErrAbortHandler {
				panic(p)
			} else if p != nil {
				logger.Error().Str("panic", fmt.Sprint(p)).Bytes("stack", debug.Stack()).Msg("a request panicked; please report this")
				w.fail(r)
			}
			w.begin()
			logger.Debug().Str("method", r.Method).Str("path", excerpt.Of(r.URL.Path)).Str("from", r.RemoteAddr).
				Int("status", w.status).Dur("took", time.Since(start)).Msg("request")
		}()
		next.ServeHTTP(w, r)
	})
}

// answer remembers the status and writes it with the first byte of the body: a
// handler that panics before that, as where something has no JSON, has not
// answered so far.
type answer struct {
	http.ResponseWriter
	status int
	begun  bool
}

func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

func (a *answer) Write(b []byte) (int, error) {
	a.begin()
	return a.ResponseWriter.Write(b)
}

// FlushError is what [http.ResponseController] asks for.
func (a *answer) FlushError() error {
	a.begin()
	return http.NewResponseController(a.ResponseWriter).Flush()
}

func (a *answer) begin() {
	if a.begun {
		return
	}
	a.WriteHeader(http.StatusOK)
	a.begun = true
	a.ResponseWriter.WriteHeader(a.status)
}

// fail answers a request whose handler failed. One that is half answered is cut
// off, so that nobody takes it for whole.
func (a *answer) fail(r *http.Request) {
	if a.begun {
		panic(http.ErrAbortHandler)
	}
	a.status = 0
	for _, of := range []string{"Content-Disposition", "Location"} { // what there is not
		a.Header().Del(of)
	}
	newProblem(http.StatusInternalServerError, "the VTN failed; its log says why at this requestID").write(a, r)
}

// Unwrap lets [http.ResponseController] reach the connection.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// errorLog takes what net/http has to say about connections.
func errorLog(l zerolog.Logger) *log.Logger { return log.New(debugLine{l}, "", 0) }

type debugLine struct{ log zerolog.Logger }

func (d debugLine) Write(line []byte) (int, error) {
	d.log.Debug().Bytes("said", bytes.TrimSpace(line)).Msg("the API's listener")
	return len(line), nil
}
