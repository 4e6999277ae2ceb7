package xmpp

import (
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/internal/wake"
)

// connections are those to the server. They are kept open, and made anew when
// they are lost. What the other parts send goes out through them.
type connections struct {
	*base
	handler ConnectionHandler
	reader  lineReader
	pinger  pinger
	sent    sentPushes
	drain   func() // ends the work on requests, before a connection is left

	lines   lines
	limit   atomic.Int64  // bytes of the largest stanza that the server takes
	upMu    sync.Mutex    // orders calls of Connected and Disconnected
	up      bool          // Connected was called, and not Disconnected after it
	taken   chan struct{} // closed once the server took the component
	onTaken sync.Once
	retry   chan struct{} // taken by a connection that waits to be tried again
	joined  wake.Signal   // woken when a connection is made
	lost    wake.Signal   // woken when a connection is lost
	warned  sync.Once     // that others can read the stream
}

// lineReader takes what a line receives, until its stream ends.
type lineReader interface {
	read(l *line, r io.Reader) error
}

// pinger writes pings.
type pinger interface {
	ping() []byte
}

// sentPushes knows on which line each push went out.
type sentPushes interface {
	takeFrom(l *line) []core.Token
}

// newConnections makes connections that lack a reader, a pinger and sent pushes.
func newConnections(b *base, h ConnectionHandler) *connections {
	c := &connections{
		base: b, handler: h, taken: make(chan struct{}), retry: make(chan struct{}), joined: wake.New(), lost: wake.New(),
	}
	c.limit.Store(stanzaLimit(b.cfg.Limits.Size))
	return c
}

// Ready reports whether a connection to the server stands.
func (c *connections) Ready() bool { return c.lines.count() > 0 }

// Connections returns how many connections stand, and how many there should be.
func (c *connections) Connections() (standing, wanted int) {
	return c.lines.count(), c.cfg.Connections
}

// send queues one stanza; like any reply it may be lost.
func (c *connections) send(stanza []byte) {
	if err := c.lines.send(replyBound, stanza); err != nil {
		c.dropped(err)
	}
}

// sendTo queues a stanza on the line on which the identity is pushed to, so that
// neither overtakes the other. Where that line does not take it, it goes out on
// another. [core.ErrTooLarge] is the only error; all others are counted.
func (c *connections) sendTo(identity string, stanza []byte) error {
	err := core.ErrNotConnected
	if l := c.lines.of(identity); l != nil {
		err = l.out.add(replyBound, stanza)
	}
	switch {
	case errors.Is(err, core.ErrTooLarge):
		return err
	case err != nil:
		c.send(stanza)
	}
	return nil
}

// dropped counts a stanza that was not sent.
func (c *connections) dropped(err error) {
	if errors.Is(err, core.ErrTooLarge) {
		c.reject("reply too large")
	} else {
		c.reject("reply dropped")
	}
}

// join counts a line in. The handler hears of the first.
func (c *connections) join(l *line) {
	c.upMu.Lock()
	defer c.upMu.Unlock()
	if c.lines.add(l) && !c.stopping.Load() {
		c.up = true
		c.handler.Connected(Name)
	}
	c.joined.Wake()
}

// part counts a line out: nothing more is written on it. The handler hears of
// the last.
func (c *connections) part(l *line) {
	c.upMu.Lock()
	defer c.upMu.Unlock()
	if c.lines.remove(l) {
		c.down()
	}
}

// close says that pushes cannot be carried any more.
func (c *connections) close() {
	c.upMu.Lock()
	defer c.upMu.Unlock()
	c.down()
}

// down calls Disconnected, once for each call of Connected. The caller holds upMu.
func (c *connections) down() {
	if c.up {
		c.up = false
		c.handler.Disconnected(Name)
	}
}

// mourn tells the handler what may be lost with a line whose writer has ended. If no
// other line stands, Disconnected has said so already.
func (c *connections) mourn(l *line) {
	pushes := c.sent.takeFrom(l)
	if c.lines.count() > 0 && !c.stopping.Load() {
		c.handler.Lost(Name, pushes)
	}
	c.lost.Wake()
}

// renew ends a connection in order, so that it is made anew. The others go on.
func (c *connections) renew(l *line) {
	if l == nil {
		return
	}
	l.renewed.Store(true)
	c.part(l)
	c.hangUp(l)
}

// warnUnencrypted logs that anybody on the way can read the stream, which
// XEP-0114 does not encrypt.
func (c *connections) warnUnencrypted(addr net.Addr) {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok || tcp.IP.IsLoopback() || tcp.IP.IsPrivate() || tcp.IP.IsLinkLocalUnicast() {
		return
	}
	c.warned.Do(func() {
		c.log.Warn().Str("server", c.cfg.Server).Msg("the component stream is not encrypted and the server's address is not private; use loopback or a private network for VTN_XMPP_SERVER")
	})
}
