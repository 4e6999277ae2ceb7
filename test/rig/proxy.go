package rig

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"
)

// pair is one connection and how it goes on to the target, nil until it does.
type pair struct{ in, out net.Conn }

// Proxy is a TCP proxy on loopback that can lose or hold up what passes through it, as a network does.
type Proxy struct {
	// Addr is where it listens, host:port.
	Addr string

	target   string
	listener net.Listener

	mu    sync.Mutex
	open  *sync.Cond // wakes forwarders when holed or closed changes
	holed bool
	shut  bool
	slow  chan struct{} // closed when answers flow again; nil while they do
	ended bool
	conns map[net.Conn]struct{}
	half  map[net.Conn]struct{}
	pairs []*pair // in the order in which they were accepted, those that have ended included
	wg    sync.WaitGroup
	close func()
}

// StartProxy forwards connections to target, host:port, until ctx ends or Close is called.
func StartProxy(ctx context.Context, target string) (*Proxy, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start a proxy to %s: %w", target, err)
	}
	p := &Proxy{Addr: l.Addr().String(), target: target, listener: l, conns: map[net.Conn]struct{}{}, half: map[net.Conn]struct{}{}}
	p.open = sync.NewCond(&p.mu)
	p.wg.Go(p.accept)
	p.close = closing(ctx, p.end)
	return p, nil
}

// Blackhole stops forwarding in both directions without closing anything: connections stay open, new ones are accepted, and
// nothing comes through.
func (p *Proxy) Blackhole() { p.setHoled(true) }

// Trickle lets one byte a second of each connection back to who made it, as if the other end read no faster. What goes to the
// target is not held up.
func (p *Proxy) Trickle() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.slow == nil {
		p.slow = make(chan struct{})
	}
}

// Heal forwards again, beginning with what was written meanwhile.
func (p *Proxy) Heal() {
	p.mu.Lock()
	p.quicken()
	p.mu.Unlock()
	p.setHoled(false)
}

func (p *Proxy) quicken() {
	if p.slow != nil {
		close(p.slow)
		p.slow = nil
	}
}

func (p *Proxy) setHoled(holed bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.holed = holed
	p.open.Broadcast()
}

// Cut closes all connections; new ones are forwarded as before.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut()
}

// CutOne closes the oldest connection only.
func (p *Proxy) CutOne() { p.one(func(x *pair) { x.in.Close() }) }

// HalfOpen closes the near side of the oldest connection only. The target's side stays open, and what it sends is lost, until
// EndHalfOpen.
func (p *Proxy) HalfOpen() {
	p.one(func(x *pair) {
		if x.out != nil {
			p.half[x.out] = struct{}{}
		}
		x.in.Close()
	})
}

// EndHalfOpen closes what HalfOpen left.
func (p *Proxy) EndHalfOpen() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.half {
		c.Close()
	}
	clear(p.half)
}

// one does something with the oldest connection that stands and forgets it.
func (p *Proxy) one(do func(*pair)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.pairs) > 0 {
		x := p.pairs[0]
		p.pairs = p.pairs[1:]
		if _, open := p.conns[x.in]; open {
			do(x)
			return
		}
	}
}

// Shut closes new connections at once; those there are go on. Open ends it.
func (p *Proxy) Shut() { p.setShut(true) }

// Open ends Shut.
func (p *Proxy) Open() { p.setShut(false) }

func (p *Proxy) setShut(shut bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.shut = shut
}

func (p *Proxy) cut() {
	for c := range p.conns {
		c.Close()
		delete(p.conns, c)
	}
	p.open.Broadcast()
}

// Close stops the proxy and closes its connections.
func (p *Proxy) Close() { p.close() }

func (p *Proxy) end() {
	p.mu.Lock()
	p.ended = true
	p.quicken()
	p.cut()
	p.mu.Unlock()
	p.listener.Close()
	p.wg.Wait()
}

func (p *Proxy) accept() {
	for {
		in, err := p.listener.Accept()
		if err != nil {
			return
		}
		if p.keep(in) {
			x := &pair{in: in}
			p.mu.Lock()
			p.pairs = append(p.pairs, x)
			p.mu.Unlock()
			p.wg.Go(func() { p.connect(x) })
		}
	}
}

// keep remembers a connection, or closes it if the proxy has ended or is shut.
func (p *Proxy) keep(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended || p.shut {
		c.Close()
		return false
	}
	p.conns[c] = struct{}{}
	return true
}

func (p *Proxy) drop(c net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c.Close()
	delete(p.conns, c)
	p.open.Broadcast()
}

func (p *Proxy) connect(x *pair) {
	in := x.in
	if !p.pass(in) {
		return
	}
	out, err := net.Dial("tcp", p.target)
	if err != nil || !p.keep(out) {
		p.drop(in)
		return
	}
	p.mu.Lock()
	x.out = out
	p.mu.Unlock()
	p.wg.Go(func() { p.forward(in, out, net.Conn.Write) })
	p.forward(out, in, p.trickle)
}

// trickle writes b to c, a byte a second for as long as the proxy is slow.
func (p *Proxy) trickle(c net.Conn, b []byte) (n int, err error) {
	for n < len(b) && err == nil {
		p.mu.Lock()
		slow := p.slow
		p.mu.Unlock()
		part := b[n:]
		if slow != nil {
			select {
			case <-time.After(time.Second):
			case <-slow:
			}
			part = part[:1]
		}
		var wrote int
		wrote, err = c.Write(part)
		n += wrote
	}
	return n, err
}

// forward copies from one connection to the other until either ends, and then ends both, but for a half that is to stay.
func (p *Proxy) forward(from, to net.Conn, write func(net.Conn, []byte) (int, error)) {
	defer p.drop(from)
	defer func() {
		if !p.stays(to) {
			p.drop(to)
		}
	}()
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if !p.pass(from) {
			return
		}
		if n > 0 {
			if _, err := write(to, buf[:n]); err != nil && !p.stays(from) {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// stays reports whether a connection is half open and is to stay so.
func (p *Proxy) stays(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, half := p.half[c]
	return half
}

// pass waits while the proxy is a black hole and reports whether c is still a connection of it.
func (p *Proxy) pass(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		if _, open := p.conns[c]; !open {
			return false
		}
		if !p.holed {
			return true
		}
		p.open.Wait()
	}
}
