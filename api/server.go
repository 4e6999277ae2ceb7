package api

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/people"
)

// VTN is what the API needs of a VTN; [core.VTN] implements it. Each part of the
// API calls one of these interfaces only.
type VTN interface {
	Events
	Opts
	VENs
	Notices
	Reports
	ReportData
	Journal
	Webhooks
}

// Config is what the API needs besides a VTN.
type Config struct {
	// Token is the bearer token that requests must carry. If it is empty, the
	// API takes only requests to a loopback name (see [Server.Handler]).
	Token string
	// People may use the API, too: by a session or a token of their own. nil: there
	// are no users.
	People *people.People
	// Pages makes what is served below /console/, on the API's handler; nil: nothing.
	Pages func(api http.Handler) http.Handler
	// Version of the program, for the OpenAPI document.
	Version string
	// Normalize brings an identity into the form in which its transport
	// reports it. Its error says what is wrong with the identity. nil changes
	// nothing.
	Normalize func(core.Identity) (core.Identity, error)
	// Ready lists the parts that /readyz checks.
	Ready []Part
	// TestWebhook tries a webhook out; nil: none can be.
	TestWebhook TestWebhook
	// Streams bounds the streams of GET /stream.
	Streams StreamLimits
	// Metrics is what /metrics shows; nil: there is no /metrics.
	Metrics prometheus.Gatherer
	Log     zerolog.Logger
}

// Server is the API of one VTN.
type Server struct {
	handler http.Handler
	log     zerolog.Logger
	stop    context.CancelFunc // ends streams
}

// New makes the API of a VTN.
func New(cfg Config, vtn VTN) *Server {
	stopping, stop := context.WithCancel(context.Background())
	handler := identify(cfg.Log, guard(&access{cfg.Token, cfg.People}, limitReads(routes(stopping, cfg, vtn))))
	if cfg.Pages != nil {
		handler = beside(identify(cfg.Log, cfg.Pages(handler)), handler)
	}
	return &Server{
		handler: handler,
		log:     cfg.Log,
		stop:    stop,
	}
}

// beside serves pages below their prefix, where they ask the API themselves who may see
// them, and the API everywhere else.
func beside(pages, api http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasPrefix(r.URL.Path, pathPages):
			pages.ServeHTTP(w, r)
		case r.URL.Path == "/" && r.Method == http.MethodGet:
			http.Redirect(w, r, pathPages, http.StatusSeeOther)
		default:
			api.ServeHTTP(w, r)
		}
	})
}

// Handler answers requests. /healthz and /readyz are open to everybody. All
// other paths need the token, or a user's token or session. While there is neither
// a token nor a user, they need a loopback name in the Host header, so that pages of other origins cannot reach the API by DNS
// rebinding.
func (s *Server) Handler() http.Handler { return s.handler }

// Limits on requests.
const (
	maxBody     = 1 << 20 // bytes
	maxHeader   = 16 << 10
	headerTime  = 5 * time.Second
	readTime    = 15 * time.Second
	writeTime   = time.Minute
	answerTime  = 30 * time.Second // for an answer that is not streamed
	idleTime    = 2 * time.Minute
	maxShutdown = 10 * time.Second
)

// Serve answers requests on l until ctx ends, and closes l. Streams end then, and
// requests that are under way have ten seconds to finish. It serves once.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	server := &http.Server{
		Handler:           s.handler,
		ReadHeaderTimeout: headerTime,
		ReadTimeout:       readTime,
		WriteTimeout:      writeTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          errorLog(s.log),
	}
	server.RegisterOnShutdown(s.stop)
	defer s.stop()
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	bound, cancel := context.WithTimeout(context.WithoutCancel(ctx), maxShutdown)
	defer cancel()
	if err := server.Shutdown(bound); errors.Is(err, context.DeadlineExceeded) {
		return server.Close()
	} else if err != nil {
		return err
	}
	return nil
}
