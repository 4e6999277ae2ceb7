package simplehttp

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base32"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
)

// hostCtx is the key of a [pushJob] in the context of its request, from where
// [pushes.dial] takes it.
type hostCtx struct{}

// post sends the request and returns the head of the answer. Redirects are not followed.
func (c *pushes) post(ctx context.Context, j *pushJob) (*http.Response, error) {
	ctx = context.WithValue(ctx, hostCtx{}, j)
	u := *j.url
	u.Host = poolKey(j)
	req := &http.Request{
		Method: http.MethodPost, URL: &u, Host: j.url.Host, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{
			"Content-Type": {"application/xml"}, "User-Agent": {"vtn-xmpp/" + c.cfg.Version},
			"X-Idempotency-Key": {}, // not sent: it lets net/http repeat the request (G6) when a kept connection turns out to be closed
		},
		Body:          io.NopCloser(bytes.NewReader(j.push.Bytes)),
		ContentLength: int64(len(j.push.Bytes)), // H4: never chunked
		GetBody:       func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(j.push.Bytes)), nil },
	}
	return c.http.RoundTrip(req.WithContext(ctx))
}

// poolKey names the kept connections that a push may use, in the place of a host: those
// to the same host that were checked for the same certificates.
func poolKey(j *pushJob) string {
	h := sha256.New()
	io.WriteString(h, j.host)
	for _, identity := range j.push.Identities {
		io.WriteString(h, "\n"+identity)
	}
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(h.Sum(nil)[:20])) + ":443"
}

// dial connects to the host of a push and makes sure that it is the VEN's.
func (c *pushes) dial(ctx context.Context, network, _ string) (net.Conn, error) {
	j, ok := ctx.Value(hostCtx{}).(*pushJob)
	if !ok {
		return nil, errors.New("no host to push to")
	}
	ctx, cancel := context.WithTimeout(ctx, c.bounds.connect)
	defer cancel()
	defer context.AfterFunc(c.connecting, cancel)()
	conn, err := c.dialer.DialContext(ctx, network, j.host)
	if err != nil {
		return nil, err
	}
	cfg := c.tls.Clone()
	cfg.ServerName = j.url.Hostname()
	cfg.InsecureSkipVerify = true // it would check a host name (rule T6); hostCheck checks more than that
	cfg.VerifyConnection = hostCheck{c.cfg.ClientCAs, j.push.Identities, c.clock.Now}.verify
	secured := tls.Client(conn, cfg)
	if err := secured.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, err
	}
	c.figures.connections.Inc()
	return secured, nil
}
