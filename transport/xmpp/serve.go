package xmpp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// dial connects and authenticates.
func (c *connections) dial(ctx context.Context) (*line, io.Reader, error) {
	conn, err := (&net.Dialer{Timeout: c.timing.handshake}).DialContext(ctx, "tcp", c.cfg.Server)
	if err != nil {
		return nil, nil, err
	}
	c.warnUnencrypted(conn.RemoteAddr())
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

// serve reads a connection to its end. It returns nil if ctx ended it.
func (c *connections) serve(ctx context.Context, l *line, r io.Reader) error {
	go l.out.run()
	watched, unwatch := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { c.watch(watched, l) })
	c.join(l)
	left := make(chan struct{})
	stay := context.AfterFunc(ctx, func() { // not before join
		defer close(left)
		c.leave(l)
	})

	err := c.reader.read(l, newHeardReader(r, l, c.base))
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

// watch finds a connection that died silently: it pings the server when nothing
// came for a while, and closes the connection when nothing comes then either.
func (c *connections) watch(ctx context.Context, l *line) {
	for ctx.Err() == nil {
		heard := l.heard.Load()
		if rest := c.timing.quiet - (c.clock.Now().Sub(l.since) - time.Duration(heard)); rest > 0 {
			c.pause(ctx, rest)
			continue
		}
		if err := l.out.add(replyBound, c.pinger.ping()); err != nil {
			c.reject("reply dropped")
		}
		c.pause(ctx, c.timing.patience)
		if ctx.Err() == nil && l.heard.Load() == heard {
			l.silent.Store(true)
			l.conn.Close()
			return
		}
	}
}

// leave ends a connection in order: no more work is taken, jobs finish within a
// bound, their replies go out, and both sides close the stream.
func (c *connections) leave(l *line) {
	c.drain()
	c.hangUp(l)
}

// hangUp closes the stream and gives the server time to close its own.
func (c *connections) hangUp(l *line) {
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

// sayGoodbye waits until the server, whose stream has ended, closes the connection.
// Then it has forgotten the component. It gives presence and delegations to a domain
// only once, and so gives them to whoever connects next.
func (c *connections) sayGoodbye(l *line) {
	if err := l.conn.SetReadDeadline(time.Now().Add(c.timing.farewell)); err == nil {
		_, _ = io.Copy(io.Discard, l.conn)
	}
}
