package xmpp

import (
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/internal/wake"
)

// Bounds of what waits to be written, in bytes. Pushes may fill less of it than
// replies, so that replies find room.
const (
	pushBound  = 4 << 20
	replyBound = 6 << 20
	writeSize  = 256 << 10 // bytes of one write
	spareSize  = 2 << 20   // bytes of the buffer that is kept when a burst is over
)

const streamEnd = "</stream:stream>"

// writer sends what is ready in as few writes as possible. Nobody waits for it:
// what comes while a write runs goes into the next write. Every stanza that is
// sent passes here, and none over which the server would end the stream.
type writer struct {
	conn     net.Conn
	deadline time.Duration
	limit    *atomic.Int64 // bytes of a stanza
	wrote    func(bytes int)

	mu      sync.Mutex
	pending []byte
	largest int  // bytes of the largest stanza so far
	ended   bool // the stream's closing tag is in pending, or the connection failed
	wake    wake.Signal
	done    chan struct{}
}

func newWriter(conn net.Conn, deadline time.Duration, limit *atomic.Int64, wrote func(int)) *writer {
	return &writer{conn: conn, deadline: deadline, limit: limit, wrote: wrote, wake: wake.New(), done: make(chan struct{})}
}

// add queues one stanza, given in parts. It fails with [core.ErrTooLarge] if the
// server does not take a stanza of that size, and with [core.ErrBusy] if there is no
// room below the bound or the stream has ended.
func (w *writer) add(bound int, parts ...[]byte) error {
	size := 0
	for _, p := range parts {
		size += len(p)
	}
	if most := w.limit.Load(); int64(size) > most {
		return fmt.Errorf("%w: its stanza has %d bytes, and the server takes %d", core.ErrTooLarge, size, most)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended || len(w.pending)+size > bound {
		return core.ErrBusy
	}
	for _, p := range parts {
		w.pending = append(w.pending, p...)
	}
	w.largest = max(w.largest, size)
	w.wake.Wake()
	return nil
}

// most returns the size in bytes of the largest stanza that was queued.
func (w *writer) most() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.largest
}

// end queues the stream's closing tag behind everything else.
func (w *writer) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.ended {
		w.pending = append(w.pending, streamEnd...)
		w.ended = true
		w.wake.Wake()
	}
}

// abort drops what is queued: the connection is gone.
func (w *writer) abort() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pending = nil
	w.ended = true
	w.wake.Wake()
}

// run writes until the stream has ended. A write that fails closes the
// connection, which the reader notices.
func (w *writer) run() {
	defer close(w.done)
	var spare []byte
	pace := pace{every: time.Millisecond, burst: 4}
	for range w.wake {
		pace.wait()
		w.mu.Lock()
		batch, ended := w.pending, w.ended
		w.pending = spare[:0]
		w.mu.Unlock()
		if err := w.write(batch); err != nil {
			w.abort()
			w.conn.Close()
			return
		}
		if ended {
			return
		}
		if spare = batch; cap(spare) > spareSize {
			spare = nil
		}
	}
}

func (w *writer) write(batch []byte) error {
	for len(batch) > 0 {
		if err := w.conn.SetWriteDeadline(time.Now().Add(w.deadline)); err != nil {
			return err
		}
		n, err := w.conn.Write(batch[:min(len(batch), writeSize)])
		w.wrote(n)
		if err != nil {
			return err
		}
		batch = batch[n:]
	}
	return nil
}
