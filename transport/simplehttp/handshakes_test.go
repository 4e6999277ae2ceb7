package simplehttp

import (
	"errors"
	"net"
	"os"
	"testing"
	"time"
)

// Few handshakes compute at a time, those that have begun before those that have not, and none whose time is over.
func TestHandshakesTakeTurns(t *testing.T) {
	t.Parallel()
	all := newHandshakes()
	all.free = 1
	first := &handshake{all: all, until: time.Now().Add(patience)}
	if err := first.compute(); err != nil {
		t.Fatal(err)
	}
	turns := make(chan string, 3)
	wait := func(name string, queue int, h *handshake) {
		go func() {
			if err := h.compute(); err != nil {
				name += " too late"
				if !errors.Is(err, os.ErrDeadlineExceeded) {
					name = err.Error()
				}
			}
			turns <- name
			h.pause()
		}()
		sometime(t, name+" waits", func() bool {
			all.mu.Lock()
			defer all.mu.Unlock()
			return all.queue[queue].Len() > 0
		})
	}
	wait("new", 1, &handshake{all: all, until: first.until})
	wait("begun", 0, &handshake{all: all, until: first.until, begun: true})
	first.pause()
	if a, b := <-turns, <-turns; a != "begun" || b != "new" {
		t.Errorf("the turns are those of %s and %s", a, b)
	}
	late := &handshake{all: all}
	if err := late.compute(); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("one that is given up goes on: %v", err)
	}
	late.pause()
	if all.free != 1 {
		t.Errorf("%d may compute when none does", all.free)
	}
}

// Of too many pending connections the oldest has to go that does not go on: not one that waits for the VTN.
func TestMuteConnectionsGo(t *testing.T) {
	t.Parallel()
	x := newConnections(100)
	x.mostMute = 10
	arrive := func() (c, evicted *conn) {
		c = &conn{Conn: (*net.TCPConn)(nil), conns: x}
		evicted, ok := x.arrive(c)
		if !ok {
			t.Fatal("there is no room")
		}
		return c, evicted
	}
	waits, _ := arrive()
	x.mute(waits, false)
	oldest, _ := arrive()
	for range x.mostMute - 1 {
		if _, evicted := arrive(); evicted != nil {
			t.Fatal("one has to go too early")
		}
	}
	if _, evicted := arrive(); evicted != oldest {
		t.Errorf("%p has to go, the oldest that is mute is %p", evicted, oldest)
	}
	x.leave(oldest)
	x.mute(oldest, true) // a handshake that is still at it
	x.mute(waits, true)
	if n := x.pending.count; n != x.mostMute+1 {
		t.Errorf("%d are mute", n)
	}
	x.leave(waits)
	if n := x.pending.count; n != x.mostMute {
		t.Errorf("%d are mute when one has ended", n)
	}
}
