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

// request is the request that a context belongs to.
type request struct {
	id, method string
	address    string // where it came from, without the port
	secure     bool   // over TLS, perhaps to a proxy in front
}

func requestOf(ctx context.Context) request {
	r, _ := ctx.Value(requestKey{}).(request)
	return r
}

// requestID is the ID of the request that ctx belongs to.
func requestID(ctx context.Context) string { return requestOf(ctx).id }

// identify gives each request an ID, which is in the header X-Request-Id of the
// answer and in every log line about the request. A request whose handler panics
// is answered with 500.
func identify(log zerolog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		id := rand.Text()[:12]
		logger := log.With().Str("requestID", id).Logger()
		r = r.WithContext(logger.WithContext(context.WithValue(r.Context(), requestKey{}, request{id, r.Method, addressOf(r), r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https"})))
		w := &delayedWriter{ResponseWriter: rw}
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

// errorLog logs what net/http says about connections.
func errorLog(l zerolog.Logger) *log.Logger { return log.New(debugLine{l}, "", 0) }

type debugLine struct{ log zerolog.Logger }

func (d debugLine) Write(line []byte) (int, error) {
	d.log.Debug().Bytes("said", bytes.TrimSpace(line)).Msg("the API's listener")
	return len(line), nil
}
