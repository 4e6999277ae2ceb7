package api

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// VTN is what the API needs of one; [core.VTN] is it.
type VTN interface {
	Reports

	CreateEvent(ctx context.Context, spec core.EventSpec, by string) (*core.Event, error)
	ModifyEvent(ctx context.Context, eventID string, change func(core.EventSpec) (core.EventSpec, error), by string) (*core.Event, error)
	ExtendEvent(ctx context.Context, eventID string, longer time.Duration, by string) (*core.Event, error)
	CancelEvent(ctx context.Context, eventID, by string) (*core.Event, error)
	Event(ctx context.Context, eventID string) (*core.Event, error)
	Events(ctx context.Context, before int64, limit int) (events []*core.Event, next int64, err error)
	EventVENs(ctx context.Context, eventID, after string, limit int) (vens []core.VENStatus, next string, err error)
	VENsOptedOutBySchedule(ctx context.Context, eventID, after string, limit int) (vens []core.VENStatus, next string, err error)
	EventCounts(ctx context.Context, eventID string) (core.Counts, error)
	EventHistory(ctx context.Context, eventID, venID string, after core.HistoryPlace, limit int) (entries []core.HistoryEntry, next core.HistoryPlace, err error)
	Status(e *core.Event) string

	Opts(ctx context.Context, q core.OptQuery, after core.OptPlace, limit int) (opts []core.ListedOpt, next core.OptPlace, err error)
	Now() time.Time

	AddVEN(ctx context.Context, v core.VEN) (*core.VEN, error)
	ModifyVEN(ctx context.Context, venID string, change func(*core.VEN) error) (*core.VEN, error)
	DeleteVEN(ctx context.Context, venID, by string) (*core.Deletion, error)
	VEN(ctx context.Context, venID string) (*core.VEN, error)
	VENs(ctx context.Context, deleted bool, after string, limit int) (vens []*core.VEN, next string, err error)
	Presence(v *core.VEN) core.Presence

	CancelRegistration(ctx context.Context, venID, by string) (*core.Notice, error)
	RequestReregistration(ctx context.Context, venID, by string) (*core.Notice, error)
	Notices(ctx context.Context, venID string, before int64, limit int) (notices []core.Notice, next int64, err error)
}

// Config is what the API needs beside a VTN.
type Config struct {
	// Token is the bearer token that requests must carry. Without one the API
	// takes requests to a loopback name only (see [Server.Handler]).
	Token string
	// Version of the program, for the OpenAPI document.
	Version string
	// Normalize brings an identity into the form in which its transport
	// reports it; its error says what is wrong. nil changes nothing.
	Normalize func(core.Identity) (core.Identity, error)
	// Ready are the parts /readyz asks.
	Ready []Part
	// Metrics is what /metrics shows.
	Metrics prometheus.Gatherer
	Log     zerolog.Logger
}

// Part is something that must work before the VTN can do its job.
type Part struct {
	Name string
	// Check fails with what does not work and what to do. Anybody may read it.
	Check func(context.Context) error
	// Note, where there is one, tells more of its state. Anybody may read it.
	Note func() string
}

// Server is the API of one VTN.
type Server struct {
	cfg     Config
	vtn     VTN
	handler http.Handler
	looking sync.Mutex // at the parts that must be ready
}

// New makes the API of a VTN.
func New(cfg Config, vtn VTN) *Server {
	s := &Server{cfg: cfg, vtn: vtn}
	s.handler = s.identify(s.guard(seated(s.routes())))
	return s
}

// Handler answers requests. /healthz and /readyz are open; everything else
// needs the token, or, where there is none, a loopback name in Host, so that
// pages of other origins cannot reach it by DNS rebinding.
func (s *Server) Handler() http.Handler { return s.handler }

// Bounds on requests.
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

// Serve answers requests on l until ctx ends; requests under way are finished
// within ten seconds. It closes l.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	server := &http.Server{
		Handler:           s.handler,
		ReadHeaderTimeout: headerTime,
		ReadTimeout:       readTime,
		WriteTimeout:      writeTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          errorLog(s.cfg.Log),
	}
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
