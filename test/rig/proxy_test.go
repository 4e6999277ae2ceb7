package rig_test

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
)

// echo listens on loopback and sends back what it gets.
func echo(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				_, _ = io.Copy(c, c)
			}()
		}
	}()
	return l.Addr().String()
}

func exchange(t *testing.T, c net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	expect(t, c, text)
}

func expect(t *testing.T, c net.Conn, text string) {
	t.Helper()
	if err := c.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, len(text))
	if _, err := io.ReadFull(c, b); err != nil || string(b) != text {
		t.Fatalf("got %q (%v), want %q", b, err, text)
	}
}

// expectEnd waits for the end of a connection.
func expectEnd(t *testing.T, c net.Conn) {
	t.Helper()
	if err := c.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the connection is open (%v)", err)
	}
}

// proxy is one to an echo.
func proxy(t *testing.T) *rig.Proxy {
	t.Helper()
	p, err := rig.StartProxy(t.Context(), echo(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

func TestProxyIsABlackHoleUntilItHeals(t *testing.T) {
	t.Parallel()
	p, err := rig.StartProxy(t.Context(), echo(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	old := dial(t, p.Addr)
	exchange(t, old, "before")

	p.Blackhole()
	fresh := dial(t, p.Addr)
	for _, c := range []net.Conn{old, fresh} {
		if _, err := io.WriteString(c, "lost?"); err != nil {
			t.Fatal(err)
		}
		if err := c.SetReadDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		if n, err := c.Read(make([]byte, 1)); n > 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("a black hole gave %d bytes (%v)", n, err)
		}
	}

	p.Heal()
	expect(t, old, "lost?")
	expect(t, fresh, "lost?")
	exchange(t, old, "after")
}

func TestProxyCutsConnections(t *testing.T) {
	t.Parallel()
	p, err := rig.StartProxy(t.Context(), echo(t))
	if err != nil {
		t.Fatal(err)
	}
	c := dial(t, p.Addr)
	exchange(t, c, "before")
	p.Blackhole()
	p.Cut()
	expectEnd(t, c)
	p.Heal()
	exchange(t, dial(t, p.Addr), "again")
	p.Close()
	if c, err := net.Dial("tcp", p.Addr); err == nil {
		c.Close()
		t.Error("a closed proxy accepts")
	}
}

func TestProxyClosesWhereNothingListens(t *testing.T) {
	t.Parallel()
	port, err := rig.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	p, err := rig.StartProxy(t.Context(), (&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port}).String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	if _, err := io.ReadAll(dial(t, p.Addr)); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error(err)
	}
}

func TestCutOneLeavesTheOthers(t *testing.T) {
	p := proxy(t)
	first, second := dial(t, p.Addr), dial(t, p.Addr)
	exchange(t, first, "one")
	exchange(t, second, "two")
	p.CutOne()
	expectEnd(t, first)
	exchange(t, second, "three")
	p.CutOne()
	expectEnd(t, second)
}

// TestHalfOpenKeepsTheTargetsSide: the target hears nothing of the end before EndHalfOpen.
func TestHalfOpenKeepsTheTargetsSide(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	p, err := rig.StartProxy(t.Context(), l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	near := dial(t, p.Addr)
	far, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { far.Close() })
	if _, err := io.WriteString(near, "x"); err != nil {
		t.Fatal(err)
	}
	expect(t, far, "x")
	p.HalfOpen()
	expectEnd(t, near)
	if err := far.SetReadDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(far, "lost"); err != nil {
		t.Fatal(err)
	}
	if _, err := far.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the target's side: %v", err)
	}
	p.EndHalfOpen()
	expectEnd(t, far)
}

func TestShutRefusesOnlyNewConnections(t *testing.T) {
	p := proxy(t)
	old := dial(t, p.Addr)
	exchange(t, old, "before")
	p.Shut()
	expectEnd(t, dial(t, p.Addr))
	exchange(t, old, "still")
	p.Open()
	exchange(t, dial(t, p.Addr), "again")
}

func TestProxyTricklesBackUntilItHeals(t *testing.T) {
	t.Parallel()
	p, err := rig.StartProxy(t.Context(), echo(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	c := dial(t, p.Addr)
	exchange(t, c, "before")
	p.Trickle()
	if _, err := io.WriteString(c, "slowly"); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 6)
	if n, err := c.Read(b); n != 1 || err != nil {
		t.Fatalf("a byte at a time gave %q (%v)", b[:n], err)
	}
	p.Heal()
	expect(t, c, "lowly")
	exchange(t, c, "after")
}
