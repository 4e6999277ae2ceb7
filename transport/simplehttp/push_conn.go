package simplehttp

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/internal/fingerprint"
)

// pushConn is a connection to a VEN's server, over which one push is made at a time. It is
// much of what [http.Transport] does, without its goroutines: a fan-out is bound by the
// processor, and they cost half of each push.
type pushConn struct {
	*tls.Conn
	in     *bufio.Reader
	budget io.LimitedReader // what may be read of an answer: in reads from it
	peer   string           // the fingerprint of the server's certificate
	until  time.Time        // when that expires
	stop   func() bool      // waiting for the end of all pushes
	used   bool
}

// newPushConn returns a connection that ends with ctx.
func newPushConn(ctx context.Context, c *tls.Conn) *pushConn {
	shown := c.ConnectionState().PeerCertificates[0]
	p := &pushConn{Conn: c, peer: fingerprint.Of(shown.Raw), until: shown.NotAfter}
	p.budget.R = c
	p.in = bufio.NewReaderSize(&p.budget, 4096)
	p.stop = context.AfterFunc(ctx, func() { _ = c.NetConn().Close() })
	return p
}

// cut ends the connection at once: Close would wait for a host that does not read.
func (p *pushConn) cut() {
	p.stop()
	_ = p.NetConn().Close()
}

// Bounds of an answer's head.
const (
	maxAnswerHeader = 16 << 10 // bytes
	maxInterim      = 5        // answers of status 1xx before it
)

var (
	errAnswerHeader = errors.New("the head of its answer is too large")
	errInterim      = errors.New("too many answers of status 1xx")
)

// post writes a request and reads the answer, up to a body of most bytes. It reports
// whether the connection can be used again, and whether any of the answer had come.
func (p *pushConn) post(j *pushJob, most int) (a pushAnswer, keep, began bool, err error) {
	if err := p.SetDeadline(j.until); err != nil {
		return a, false, false, err
	}
	if _, err := p.Write(j.request); err != nil {
		return a, false, false, err
	}
	for range maxInterim {
		p.budget.N = maxAnswerHeader
		if _, err := p.in.Peek(1); err != nil {
			return a, false, began, err
		}
		began = true
		res, err := http.ReadResponse(p.in, nil)
		switch {
		case err != nil && p.budget.N <= 0:
			return a, false, true, errAnswerHeader
		case err != nil:
			return a, false, true, fmt.Errorf("its answer is no HTTP: %w", err)
		case res.StatusCode/100 == 1 && res.StatusCode != http.StatusSwitchingProtocols:
			continue
		}
		a, keep, err = p.read(res, most)
		return a, keep, true, err
	}
	return a, false, true, errInterim
}

// pushAnswer is what a VEN's server said.
type pushAnswer struct {
	status int
	body   []byte // nil if it is empty, too large or means nothing
}

// read reads the body of a 200. Bodies of other answers mean nothing (rule H2), and one
// that is too large says no more than its status: that the payload arrived.
func (p *pushConn) read(res *http.Response, most int) (a pushAnswer, keep bool, err error) {
	a.status = res.StatusCode
	if res.StatusCode != http.StatusOK {
		most = 4096 // mostly that is all, so that the connection can be kept
	}
	p.budget.N = int64(most) + maxAnswerHeader // chunks have heads as well
	var body []byte
	if n := res.ContentLength; n >= 0 && n <= int64(most) {
		body = make([]byte, n)
		_, err = io.ReadFull(res.Body, body)
	} else if n < 0 {
		body, err = io.ReadAll(io.LimitReader(res.Body, int64(most)+1))
	}
	over := res.ContentLength > int64(most) || len(body) > most || p.budget.N <= 0
	switch {
	case res.StatusCode == http.StatusSwitchingProtocols:
		return a, false, nil
	case over:
		return a, false, nil
	case err != nil && res.StatusCode == http.StatusOK:
		return a, false, fmt.Errorf("its answer broke off: %w", err)
	case res.StatusCode == http.StatusOK:
		a.body = body
	}
	return a, err == nil && !res.Close && p.in.Buffered() == 0, nil
}

// appendRequest writes the request of a push. Its length is told, and never chunked (rule
// H4); it asks for no compression (rule H5).
func appendRequest(out []byte, u *url.URL, userAgent string, payload []byte) []byte {
	out = append(out, "POST "...)
	out = append(out, u.RequestURI()...)
	out = append(out, " HTTP/1.1\r\nHost: "...)
	out = append(out, u.Host...)
	out = append(out, "\r\nUser-Agent: "...)
	out = append(out, userAgent...)
	out = append(out, "\r\nContent-Type: application/xml\r\nContent-Length: "...)
	out = strconv.AppendInt(out, int64(len(payload)), 10)
	out = append(out, "\r\n\r\n"...)
	return append(out, payload...)
}

// post makes a push over a kept connection or a new one. A kept one may have been closed
// by the host meanwhile: then a new one is tried, since any request may be repeated (rule
// G6).
func (c *pushes) post(j *pushJob) (a pushAnswer, peer string, err error) {
	key := j.poolKey()
	p := c.kept.take(key)
	if p != nil && c.clock.Now().After(p.until) {
		p.cut()
		p = nil
	}
	for {
		if p == nil {
			if p, err = c.connect(j); err != nil {
				return a, "", err
			}
		}
		a, keep, began, err := p.post(j, c.cfg.Limits.Size)
		again := err != nil && p.used && !began && c.connecting.Err() == nil && time.Now().Before(j.until)
		p.used = true
		if keep {
			c.kept.put(key, p)
		} else {
			p.cut()
		}
		if !again {
			return a, p.peer, err
		}
		p = nil
	}
}

// connect connects to the host of a push and makes sure that it is the VEN's.
func (c *pushes) connect(j *pushJob) (*pushConn, error) {
	ctx, cancel := context.WithDeadline(c.connecting, earlier(j.until, time.Now().Add(c.bounds.connect)))
	defer cancel()
	conn, err := c.dialer.DialContext(ctx, "tcp", j.host)
	if err != nil {
		return nil, err
	}
	with := c.credentials.Load()
	cfg := with.toHost.Clone()
	cfg.ServerName = j.name
	cfg.InsecureSkipVerify = true // it would check a host name (rule T6); hostCheck checks more than that
	cfg.VerifyConnection = hostCheck{with.vens, j.identities, c.clock.Now}.verify
	secured := tls.Client(conn, cfg)
	if err := secured.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, err
	}
	c.figures.connections.Inc()
	return newPushConn(c.connecting, secured), nil
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
