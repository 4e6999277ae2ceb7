package xmpp

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/internal/wake"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// recorder is a handler that keeps what it is told.
type recorder struct {
	handle       func(context.Context, core.Peer, *oadr.Payload) (oadr.Message, error)
	requests     chan core.Peer
	settled      chan settled
	answers      chan answer
	appeared     chan core.Peer
	vanished     chan core.Peer
	connected    chan string
	disconnected chan string
	lost         chan []core.Token
}

type settled struct {
	from  core.Peer
	token core.Token
	core.Outcome
}

type answer struct {
	from  core.Peer
	token core.Token
	kind  oadr.Kind
}

func newRecorder() *recorder {
	return &recorder{
		handle: func(_ context.Context, _ core.Peer, p *oadr.Payload) (oadr.Message, error) {
			return response(p.Message.Request()), nil
		},
		requests:     make(chan core.Peer, 10_000),
		settled:      make(chan settled, 10_000),
		answers:      make(chan answer, 10_000),
		appeared:     make(chan core.Peer, 10_000),
		vanished:     make(chan core.Peer, 10_000),
		connected:    make(chan string, 100),
		disconnected: make(chan string, 100),
		lost:         make(chan []core.Token, 100),
	}
}

func response(requestID string) *oadr.Response {
	return &oadr.Response{Response: oadr.EIResponse{Code: oadr.CodeOK, Description: "OK", RequestID: requestID}}
}

func (r *recorder) Handle(ctx context.Context, from core.Peer, p *oadr.Payload) (oadr.Message, error) {
	r.requests <- from
	return r.handle(ctx, from, p)
}

func (r *recorder) Settle(from core.Peer, t core.Token, o core.Outcome) {
	r.settled <- settled{from, t, o}
}

func (r *recorder) Answer(_ context.Context, from core.Peer, t core.Token, p *oadr.Payload) {
	r.answers <- answer{from, t, p.Message.Kind()}
}

func (r *recorder) Appear(from core.Peer)              { r.appeared <- from }
func (r *recorder) Vanish(from core.Peer)              { r.vanished <- from }
func (r *recorder) Connected(name string)              { r.connected <- name }
func (r *recorder) Disconnected(name string)           { r.disconnected <- name }
func (r *recorder) Lost(_ string, pushes []core.Token) { r.lost <- pushes }

// receive is the next value of a channel that must give one.
func receive[T any](t *testing.T, c <-chan T, what string) T {
	t.Helper()
	select {
	case x := <-c:
		return x
	case <-time.After(patience):
		t.Fatalf("no %s came", what)
		panic("unreachable")
	}
}

// lines of a log, as a test may look at them.
type testLog struct {
	mu    sync.Mutex
	lines []string
	added wake.Signal
}

func newTestLog() *testLog { return &testLog{added: wake.New()} }

func (l *testLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, string(p))
	l.added.Wake()
	return len(p), nil
}

func (l *testLog) logger() zerolog.Logger { return zerolog.New(l).Level(zerolog.DebugLevel) }

// run runs a component until the test ends, and waits until it is connected.
// After the test it must end without an error.
func run(t *testing.T, c *Component, r *recorder) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	var once sync.Once
	stop = func() {
		t.Helper()
		once.Do(func() {
			cancel()
			if err := receive(t, ended, "end of Run"); err != nil {
				t.Errorf("Run ended with %v", err)
			}
		})
	}
	t.Cleanup(stop)
	if r != nil {
		receive(t, r.connected, "connection")
	}
	return stop
}
