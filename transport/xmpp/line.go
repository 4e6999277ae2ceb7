package xmpp

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/transport/xmpp/stream"
)

// line is one connection to the server, from its handshake to its end.
type line struct {
	conn   net.Conn
	out    *writer
	stream stream.Element // the opening tag of the server's stream
	since  time.Time
	heard  atomic.Int64 // time of the last byte, in nanoseconds after since
	silent atomic.Bool  // closed because the server was

	renewed atomic.Bool // left in order, to be made anew
}

// lines are the connections that stand. Together they are one stream: an answer
// may come in on another one than the push went out on.
type lines struct {
	mu   sync.Mutex
	open []*line
	turn int
}

// add reports whether the line is the only one.
func (l *lines) add(x *line) (first bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open = append(l.open, x)
	return len(l.open) == 1
}

// remove reports whether no line is left.
func (l *lines) remove(x *line) (last bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range l.open {
		if l.open[i] == x {
			l.open = append(l.open[:i:i], l.open[i+1:]...)
			break
		}
	}
	return len(l.open) == 0
}

// pick is the line to send on, in turn, nil when there is none.
func (l *lines) pick() *line {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.open) == 0 {
		return nil
	}
	l.turn++
	return l.open[l.turn%len(l.open)]
}

// of is the line for what goes to an identity: always the same while the same
// lines stand, so that nothing overtakes what was sent to it before. Nil when
// there is none.
func (l *lines) of(identity string) *line {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch len(l.open) {
	case 0:
		return nil
	case 1:
		return l.open[0]
	}
	h := fnv.New32a()
	io.WriteString(h, identity) //nolint:errcheck // it never fails
	return l.open[h.Sum32()%uint32(len(l.open))]
}

func (l *lines) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.open)
}

// eldest is the line that stands longest, nil when there is none.
func (l *lines) eldest() *line {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.open) == 0 {
		return nil
	}
	return l.open[0]
}

// send queues a stanza on the first line, in turn, that takes it. The error is
// [writer.add]'s, or [core.ErrNotConnected].
func (l *lines) send(bound int, stanza []byte) error {
	err := core.ErrNotConnected
	for range l.count() {
		x := l.pick()
		if x == nil {
			break
		}
		if err = x.out.add(bound, stanza); err == nil {
			return nil
		}
	}
	return err
}

// dial connects and authenticates.
func (c *Component) dial(ctx context.Context) (*line, io.Reader, error) {
	conn, err := (&net.Dialer{Timeout: c.timing.handshake}).DialContext(ctx, "tcp", c.cfg.Server)
	if err != nil {
		return nil, nil, err
	}
	c.warnOfStrangers(conn.RemoteAddr())
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	if err := conn.SetDeadline(time.Now().Add(c.timing.handshake)); err != nil {
		return nil, nil, errors.Join(err, conn.Close())
	}
	rest, stream, err := negotiate(conn, c.domain, c.cfg.Secret)
	if err == nil {
		err = conn.SetDeadline(time.Time{})
	}
	if err != nil {
		conn.Close()
		return nil, nil, err
	}
	l := &line{
		conn:   conn,
		out:    newWriter(conn, c.timing.write, &c.limit, func(n int) { c.metrics.out.Add(float64(n)) }),
		stream: stream,
		since:  c.clock.Now(),
	}
	return l, rest, nil
}

// warnOfStrangers says that anybody on the way can read the stream, which
// XEP-0114 does not encrypt.
func (c *Component) warnOfStrangers(addr net.Addr) {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok || tcp.IP.IsLoopback() || tcp.IP.IsPrivate() || tcp.IP.IsLinkLocalUnicast() {
		return
	}
	c.warned.Do(func() {
		c.log.Warn().Str("server", c.cfg.Server).Msg("the component stream is not encrypted and the server's address is not private; use loopback or a private network for VTN_XMPP_SERVER")
	})
}

// serve reads a connection to its end. It returns nil where ctx ended it.
func (c *Component) serve(ctx context.Context, l *line, r io.Reader) error {
	go l.out.run()
	watched, unwatch := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { c.watch(watched, l) })
	c.join(l)
	left := make(chan struct{})
	stay := context.AfterFunc(ctx, func() { // not before it was told of the connection
		defer close(left)
		c.leave(l)
	})

	err := c.read(l, newHeardReader(r, l, c))
	if c.stopping.Load() || l.renewed.Load() {
		c.sayGoodbye(l)
	}
	c.part(l)
	unwatch()
	l.out.abort()
	l.conn.Close()
	<-l.out.done
	wg.Wait()
	c.mourn(l)
	if !stay() {
		<-left
		return nil
	}
	switch {
	case l.renewed.Load():
		return errRenewed
	case l.silent.Load():
		return fmt.Errorf("the server was silent for %v", c.timing.quiet+c.timing.patience)
	}
	return err
}

// join counts a line in. The handler hears of the first.
func (c *Component) join(l *line) {
	c.telling.Lock()
	defer c.telling.Unlock()
	if c.lines.add(l) && !c.stopping.Load() {
		c.up = true
		c.handler.Connected(Name)
	}
	c.instances.came.Wake()
}

// part counts a line out: nothing more is written on it. The handler hears of
// the last.
func (c *Component) part(l *line) {
	c.telling.Lock()
	defer c.telling.Unlock()
	if c.lines.remove(l) {
		c.down()
	}
}

// down tells the handler, once for each time it was told the opposite, that
// pushes cannot be carried. It needs telling.
func (c *Component) down() {
	if c.up {
		c.up = false
		c.handler.Disconnected(Name)
	}
}

// mourn tells what may be lost with a line whose writer has ended, while others
// go on. Where none does, the handler was told that all is.
func (c *Component) mourn(l *line) {
	pushes := c.flights.on(l)
	if c.lines.count() > 0 && !c.stopping.Load() {
		c.handler.Lost(Name, pushes)
	}
	c.lost.Wake()
}

// read takes stanzas until the stream ends.
func (c *Component) read(l *line, r io.Reader) error {
	limits := stream.Limits{
		Size: c.cfg.Limits.Raw() + tagsRoom,
		// The stanza and, for a delegated one, three around it.
		Depth: c.cfg.Limits.Depth + 4,
	}
	cutter := stream.NewCutter(r, limits)
	for {
		stanza, err := cutter.Next()
		switch {
		case err == nil:
			if err := c.route(l, stanza); err != nil {
				return err
			}
		case errors.Is(err, stream.ErrTooLarge), errors.Is(err, stream.ErrTooDeep):
			c.overLimit(stanza, err)
		case err == io.EOF:
			return errors.New("the server closed the stream")
		default:
			return err
		}
	}
}

// watch finds a connection that is dead without saying so: it pings the server
// when nothing came for a while, and closes when nothing comes then either.
func (c *Component) watch(ctx context.Context, l *line) {
	for ctx.Err() == nil {
		heard := l.heard.Load()
		if rest := c.timing.quiet - (c.clock.Now().Sub(l.since) - time.Duration(heard)); rest > 0 {
			c.pause(ctx, rest)
			continue
		}
		c.ping(l)
		c.pause(ctx, c.timing.patience)
		if ctx.Err() == nil && l.heard.Load() == heard {
			l.silent.Store(true)
			l.conn.Close()
			return
		}
	}
}

// ping asks the server for a sign of life (XEP-0199).
func (c *Component) ping(l *line) {
	if err := l.out.add(replyBound, c.writePing(c.questionID())); err != nil {
		c.metrics.rejected.WithLabelValues("reply dropped").Inc()
	}
}

// alive is the address that is pinged: a resource of the server's own domain.
// Every server answers for it, if only that there is none. What a component
// sends to the domain itself is dropped by ejabberd 24.10 to 24.12 where
// mod_privilege is loaded.
func (c *Component) alive() string { return c.server + "/ping" }

func (c *Component) writePing(id string) []byte {
	return appendIQ(nil, "get", id, c.domain, c.alive(), []byte("<ping xmlns='"+nsPing+"'/>"))
}

// leave ends a connection in order: no more work is taken, what is in flight
// finishes within a bound, its replies go out, and both sides close the stream.
func (c *Component) leave(l *line) {
	c.drain()
	c.hangUp(l)
}

// hangUp closes the stream and gives the server time to close its own.
func (c *Component) hangUp(l *line) {
	l.out.end()
	timer, stop := c.clock.After(c.timing.farewell)
	defer stop()
	select {
	case <-l.out.done: // written, the server's turn
		deadline := time.Now().Add(c.timing.farewell)
		if err := l.conn.SetReadDeadline(deadline); err == nil {
			return // the reader sees the server's closing tag, or the deadline
		}
	case <-timer:
	}
	l.conn.Close()
}

// sayGoodbye waits until the server, whose stream has ended, lets go of the
// connection: then it has forgotten the component, and whoever connects next is
// given the presence and delegations that a domain is given once.
func (c *Component) sayGoodbye(l *line) {
	if err := l.conn.SetReadDeadline(time.Now().Add(c.timing.farewell)); err == nil {
		_, _ = io.Copy(io.Discard, l.conn)
	}
}

// drain takes no more requests or pushes and waits for the requests there are.
// Answers to pushes still count.
func (c *Component) drain() {
	c.drained.Do(func() {
		c.stopping.Store(true)
		c.telling.Lock()
		c.down()
		c.telling.Unlock()
		c.log.Info().Msg("taking no more requests; finishing what is in flight")
		if !c.lanes.close(c.timing.stop) {
			c.log.Warn().Dur("waited", c.timing.stop).Msg("requests were still being handled; they are left unanswered")
		}
	})
}
