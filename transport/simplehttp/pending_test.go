package simplehttp

import (
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"
)

var manyFiles sync.Mutex

// takeManyFiles waits until no other test needs thousands of open files: both ends of each connection are this process's, and two
// such tests need more than it may have. A test takes them before it starts a server, so that it gives them back after that ended.
func takeManyFiles(t *testing.T) {
	manyFiles.Lock()
	t.Cleanup(manyFiles.Unlock)
}

// A stranger who makes connections as fast as he can keeps no VEN out whose handshake takes a while: he parts with his own.
func TestManyConnectionsOfOneStranger(t *testing.T) {
	t.Parallel()
	takeManyFiles(t)
	s := newServing(t, ok)
	s.timing.handshake = time.Hour // the VEN takes as long as the stranger needs
	s.run()
	slow := s.plain()
	sometime(t, "the VEN is there", func() bool { return s.conns.count() == 1 })
	stranger := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}
	const more = 100
	for range mostPending + more {
		c, err := stranger.Dial("tcp", s.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	sometime(t, "too many were there", func() bool { return s.rejected(rejectPending) > more })
	v, err := s.secure(slow, s.ven("ven1"))
	if err != nil {
		t.Fatal(err)
	}
	v.send(post(pollPath, query("r1"), isXML)).reply().says(t, "the VEN", 200)
}

// Whose turn it is to go, and that nothing is left of those who went.
func TestPendingByNetwork(t *testing.T) {
	t.Parallel()
	x := newConnections(10)
	add := func(ip string) *conn {
		c := &conn{network: networkOf(netip.MustParseAddr(ip))}
		x.pending.add(c)
		return c
	}
	old, first, second := add("192.0.2.1"), add("2001:db8::1"), add("2001:db8::2:2")
	other := add("2001:db8:0:1::1")
	if got := x.pending.excess(); got != first {
		t.Errorf("%s goes, not the oldest of %s", got.network, first.network)
	}
	x.pending.remove(first)
	add("192.0.2.1")
	if got := x.pending.excess(); got != old {
		t.Errorf("%s goes, not the oldest of %s", got.network, old.network)
	}
	if n := len(x.undecided()); n != 4 || x.pending.count != 4 {
		t.Errorf("%d are pending, %d are counted", n, x.pending.count)
	}
	for _, c := range []*conn{second, other} {
		x.pending.remove(c)
	}
	if len(x.pending.from) != 1 {
		t.Errorf("left behind: %v", x.pending.from)
	}
}
