package simplehttp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
)

// pushTiming bounds a push in time. All of it is over before core's lease is, which makes
// the push due again.
type pushTiming struct {
	connect time.Duration // looking the name up, connecting and the handshake
	push    time.Duration // from when it is taken to the last byte of the answer
	idle    time.Duration // how long an unused connection is kept
	stop    time.Duration // how long pushes under way have once the transport stops
}

var defaultPushTiming = pushTiming{connect: 4 * time.Second, push: core.Lease - 2*time.Second, idle: 2 * time.Minute, stop: 2 * time.Second}

// Bounds of the connections to VENs.
const (
	maxIdlePushes = 10_000 // connections kept for the next push
	pushBackoff   = time.Second
)

// pushes posts payloads to VENs and finds out what becomes of them (rules H18 to H20).
type pushes struct {
	*base
	handler PushHandler
	bounds  pushTiming
	queue   *pushQueue
	dialer  net.Dialer
	kept    *pushPool
	figures *pushMetrics

	userAgent string
	rooms     sync.Pool // of requests

	connecting context.Context // ends when pushes under way are given up
	giveUp     context.CancelFunc
}

func newPushes(b *base, h PushHandler) *pushes {
	c := &pushes{base: b, handler: h, bounds: defaultPushTiming}
	c.connecting, c.giveUp = context.WithCancel(context.Background())
	c.queue = newPushQueue(defaultPushBounds, c.make)
	c.figures = newPushMetrics(b.cfg.Metrics, c.queue.figures)
	c.dialer = net.Dialer{Control: reachOf(b.cfg).Control, Resolver: &net.Resolver{PreferGo: true}} // Go's own lookup ends with its context
	c.kept = newPushPool(maxIdlePushes, c.bounds.idle)
	c.userAgent = "vtn-xmpp/" + b.cfg.Version
	return c
}

// Push queues a payload for the host whose address the VEN registered, and never waits.
// It fails with [core.ErrBusy] if too much is waiting, with [core.ErrNotConnected] once
// the transport stops, and if the address cannot be pushed to.
func (c *pushes) Push(_ context.Context, p core.Push) error {
	u, err := pushURL(p)
	if err != nil {
		return err
	}
	if len(p.Identities) == 0 {
		return errors.New("the VEN has no certificate's fingerprint; enter it, so that its server can be told from others")
	}
	return c.queue.add(&pushJob{
		token: p.Token, identities: slices.Clone(p.Identities), name: u.Hostname(), host: hostPort(u),
		request: appendRequest(c.room(), u, c.userAgent, p.Bytes), until: time.Now().Add(c.bounds.push),
	})
}

// room returns the room of a request that was made, to be used again.
func (c *pushes) room() []byte {
	if b, ok := c.rooms.Get().(*[]byte); ok {
		return (*b)[:0]
	}
	return nil
}

// run pushes until ctx ends.
func (c *pushes) run(ctx context.Context) {
	<-ctx.Done()
	c.close()
}

// close takes no more pushes, drops those that wait, and gives those under way a moment
// to end. Then it cuts all connections.
func (c *pushes) close() {
	c.queue.close()
	defer time.AfterFunc(c.bounds.stop, c.giveUp).Stop()
	c.queue.running.Wait()
	c.kept.close()
	c.giveUp()
}

// make makes one push and settles it. It reports whether there was an HTTP answer.
func (c *pushes) make(j *pushJob) (answered bool) {
	from := j.identities[0]
	defer func() {
		if p := recover(); p != nil {
			c.log.Error().Str("identity", from).Str("requestID", j.token.String()).Str("panic", fmt.Sprint(p)).Bytes("stack", debug.Stack()).
				Msg("an answer to a push could not be handled; please report this")
		}
	}()
	if !time.Now().Before(j.until) {
		c.failed(j, errors.New("it waited too long for its turn"), false)
		return true // it was not the VEN's fault
	}
	answer, peer, err := c.post(j)
	if cap(j.request) <= 16<<10 {
		c.rooms.Put(&j.request)
	}
	if err != nil {
		c.failed(j, err, c.connecting.Err() == nil)
		return false
	}
	c.answered(j, peerOf(peer), answer.status, answer.body)
	return true
}

// peerOf returns the peer with the certificate of a fingerprint.
func peerOf(identity string) core.Peer {
	return core.Peer{Transport: Name, Identity: identity, Address: identity}
}

// failed settles a push that got no answer: it is tried again (rule H20). silent says that this tells something of the VEN.
func (c *pushes) failed(j *pushJob, err error, silent bool) {
	reason := excerpt.Of("no answer from " + j.host + ": " + plainly(err))
	c.settle(j, peerOf(j.identities[0]), core.Outcome{Result: core.Retry, Error: reason, Backoff: pushBackoff, Silent: silent})
}

// plainly says what an error of the network means.
func plainly(err error) string {
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return "it took too long"
	case errors.Is(err, context.Canceled), errors.Is(err, net.ErrClosed):
		return "the VTN stops"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "it closed the connection"
	}
	return err.Error()
}

func (c *pushes) settle(j *pushJob, from core.Peer, o core.Outcome) {
	c.figures.pushes.WithLabelValues(o.Result.String()).Inc()
	if o.Result != core.Acknowledged {
		c.said.About(from.Identity, zerolog.WarnLevel).Str("identity", from.Identity).Str("requestID", j.token.String()).Str("host", excerpt.Of(j.host)).
			Str("result", o.Result.String()).Str("error", o.Error).Msg("a push over HTTP did not succeed")
	}
	c.handler.Settle(from, j.token, o)
}
