package simplehttp

import (
	"container/list"
	"crypto/x509"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Bounds of connections.
const (
	mostPending = 4096 // that have not shown a certificate yet, and do not go on
	mostShare   = 16   // of one certificate
)

// conn is one connection, of a VEN or of a proxy.
type conn struct {
	net.Conn
	conns    *connections
	first    []byte // was read already
	one      [1]byte
	address  string // of the other end
	network  string // that this is in
	proxy    bool   // the other end is a proxy
	old      bool   // it came to the port for old VENs
	identity string // the fingerprint of its certificate, empty for none
	expires  time.Time
	vens     *x509.CertPool // whose certificates were believed when it was let in

	shakes  *handshake    // nil: none is under way
	pending *list.Element // in the list of its network; nil: it is not pending, or not mute
	closed  bool
	idle    atomic.Int64 // since when, in nanoseconds of 1970; 0: a request is under way
}

// Read reads first what was looked at.
func (c *conn) Read(b []byte) (int, error) {
	if len(c.first) > 0 {
		n := copy(b, c.first)
		c.first = c.first[n:]
		return n, nil
	}
	if c.shakes == nil {
		return c.Conn.Read(b)
	}
	c.shakes.pause()
	c.conns.mute(c, true)
	n, err := c.Conn.Read(b)
	c.conns.mute(c, false)
	if err == nil {
		err = c.shakes.compute()
	}
	return n, err
}

// await waits for the next byte, which stays to be read.
func (c *conn) await() error {
	n, err := c.Conn.Read(c.one[:])
	c.first = c.one[:n]
	return err
}

// Close closes the connection, and counts it no more.
func (c *conn) Close() error {
	c.conns.leave(c)
	return c.Conn.Close()
}

// connections are those that stand. Each is pending until its certificate is known.
type connections struct {
	most     int
	mostMute int

	all atomic.Int64

	mu      sync.Mutex
	pending pending            // those that are mute: what they have to send next has not come
	ending  bool               // nobody is waited for any more
	of      map[string][]*conn // by holder, oldest first
}

// holder is whose connection it is: a VEN's fingerprint, empty for all proxies.
func (c *conn) holder() string {
	if c.proxy {
		return ""
	}
	return c.identity
}

func newConnections(most int) *connections {
	return &connections{most: most, mostMute: mostPending, pending: pending{from: map[string]*list.List{}}, of: map[string][]*conn{}}
}

// count returns how many stand.
func (x *connections) count() int { return int(x.all.Load()) }

// crowded reports whether it is time to part with VENs that keep their connections.
func (x *connections) crowded() bool { return x.count() > x.most-x.most/8 }

// arrive takes a new connection, unless there are too many. Where too many are mute, one of
// these has to go.
func (x *connections) arrive(c *conn) (evicted *conn, ok bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.count() >= x.most {
		return nil, false
	}
	x.all.Add(1)
	x.pending.add(c)
	if x.pending.count > x.mostMute {
		evicted = x.pending.excess()
	}
	return evicted, true
}

// mute notes whether something has to come from a pending connection.
func (x *connections) mute(c *conn, is bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	switch {
	case c.closed:
	case !is:
		x.speak(c)
	case x.ending:
		_ = c.Conn.Close()
	case c.pending == nil:
		x.pending.add(c)
	}
}

// speak notes that a connection is not mute.
func (x *connections) speak(c *conn) {
	if c.pending != nil {
		x.pending.remove(c)
	}
}

// settle notes whose a connection is. Where a certificate has too many, the one that was
// idle longest has to go: a VEN that starts again may have left it behind. ok is false if
// none is idle.
func (x *connections) settle(c *conn) (evicted *conn, ok bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if c.closed {
		return nil, false
	}
	x.speak(c)
	holder := c.holder()
	of := x.of[holder]
	x.of[holder] = append(of, c)
	if holder == "" || len(of) < mostShare {
		return nil, true
	}
	for _, other := range of {
		if since := other.idle.Load(); since != 0 && (evicted == nil || since < evicted.idle.Load()) {
			evicted = other
		}
	}
	return evicted, evicted != nil
}

// leave counts a connection no more.
func (x *connections) leave(c *conn) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if c.closed {
		return
	}
	c.closed = true
	x.all.Add(-1)
	if c.pending != nil {
		x.pending.remove(c)
		return
	}
	holder := c.holder()
	of := x.of[holder]
	if i := slices.Index(of, c); i >= 0 {
		of = slices.Delete(of, i, i+1)
	}
	if len(of) == 0 {
		delete(x.of, holder)
	} else {
		x.of[holder] = of
	}
}

// standing returns the connections of an identity.
func (x *connections) standing(identity string) []*conn {
	x.mu.Lock()
	defer x.mu.Unlock()
	return append([]*conn(nil), x.of[identity]...)
}

// closeIdle closes the connections that have no request under way.
func (x *connections) closeIdle() {
	x.mu.Lock()
	var idle []*conn
	for _, of := range x.of {
		for _, c := range of {
			if c.idle.Load() != 0 {
				idle = append(idle, c)
			}
		}
	}
	x.mu.Unlock()
	for _, c := range idle {
		_ = c.Close()
	}
}

// undecided returns the connections that are mute, and has those end that would become so.
func (x *connections) undecided() (all []*conn) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.ending = true
	for _, of := range x.pending.from {
		for e := of.Front(); e != nil; e = e.Next() {
			all = append(all, e.Value.(*conn))
		}
	}
	return all
}

// Evict closes the connections of an identity that is no VEN's any more (rule T9).
func (t *Transport) Evict(identity string) {
	for _, c := range t.conns.standing(identity) {
		t.reject(rejectEnded)
		t.about(identity).Str("identity", identity).Str("address", c.address).Msg("closed a connection: its certificate is no VEN's any more")
		_ = c.Close()
	}
}
