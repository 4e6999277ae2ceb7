package ven

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// maxBody is how much of a body the VEN reads: a payload in any encoding.
const maxBody = 4 << 20

// httpLink is requests to the VTN while they get through: it ends with the first that
// does not for want of a connection.
type httpLink struct {
	over   *overHTTP
	client http.Client
	first  chan net.Conn // the connection that open has made, for the first request

	life    context.Context
	endOnce sync.Once
	die     context.CancelCauseFunc
}

func newHTTPLink(h *overHTTP) *httpLink {
	l := &httpLink{over: h, first: make(chan net.Conn, 1)}
	l.life, l.die = context.WithCancelCause(context.Background())
	l.client = http.Client{
		Transport: &http.Transport{
			DialTLSContext:     func(ctx context.Context, _, _ string) (net.Conn, error) { return l.dial(ctx) },
			MaxConnsPerHost:    1,
			IdleConnTimeout:    5 * time.Minute,
			DisableCompression: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return l
}

// dial takes the connection that open has made, or makes one.
func (l *httpLink) dial(ctx context.Context) (net.Conn, error) {
	select {
	case conn := <-l.first:
		return conn, nil
	default:
		return l.connect(ctx)
	}
}

// connect makes a connection to the VTN, and returns after the handshake.
func (l *httpLink) connect(ctx context.Context) (net.Conn, error) {
	host, port := l.over.target()
	return (&tls.Dialer{Config: l.over.tls}).DialContext(ctx, "tcp", net.JoinHostPort(host, port))
}

func (l *httpLink) done() <-chan struct{} { return l.life.Done() }
func (l *httpLink) why() error            { return context.Cause(l.life) }

// end ends the link. Only the first call counts.
func (l *httpLink) end(cause error) {
	l.endOnce.Do(func() {
		l.die(cause)
		select {
		case conn := <-l.first:
			conn.Close()
		default:
		}
		l.client.CloseIdleConnections()
	})
}

// close ends the link; over HTTP nobody says goodbye.
func (l *httpLink) close(context.Context) { l.end(errClosed) }

// tell: over HTTP everything gets an answer.
func (l *httpLink) tell(context.Context, string, []byte) (bool, error) { return false, nil }

// request posts a payload. A payload may be sent twice (rule G6), so the client repeats it
// where the VTN has closed a kept connection meanwhile.
func (l *httpLink) request(ctx context.Context, service string, payload []byte) (reply, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, answerTimeout, ErrNoAnswer)
	defer cancel()
	defer context.AfterFunc(l.life, cancel)()
	to := endpoint(l.over.settings.URL, l.over.cfg.Form.Profile, service)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(payload))
	if err != nil {
		return reply{}, err
	}
	r.Header = http.Header{"Content-Type": {"application/xml"}, "Idempotency-Key": nil} // the latter is not sent
	answer, err := l.client.Do(r)
	if err != nil {
		return reply{}, l.broken(ctx, err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxBody+1))
	switch {
	case err != nil:
		return reply{}, l.broken(ctx, err)
	case len(body) > maxBody:
		return reply{}, fmt.Errorf("the answer: %w", oadr.ErrTooLarge)
	}
	l.over.fared(true)
	if answer.StatusCode != http.StatusOK {
		return reply{}, &StatusError{answer.StatusCode, service, l.over.cfg.fingerprint()}
	}
	if len(body) == 0 {
		body = nil
	}
	return reply{body, time.Now()}, nil
}

// broken is the error of a request that brought no answer. It ends the link, unless it is
// the caller who waits no longer, or the VTN that takes too long.
func (l *httpLink) broken(ctx context.Context, err error) error {
	switch {
	case l.life.Err() != nil:
		return fmt.Errorf("%w: %w", ErrNotConnected, l.why())
	case ctx.Err() != nil:
		return context.Cause(ctx)
	}
	l.over.fared(false)
	l.end(err)
	return fmt.Errorf("%w: %w", ErrNotConnected, err)
}

// errBusy says that too many requests of the VTN wait.
var errBusy = errors.New("too many requests of the VTN wait for their turn")
