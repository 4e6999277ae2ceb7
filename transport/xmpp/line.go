package xmpp

import (
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

	renewed atomic.Bool // closed in order, to be made anew
}

// lines are the connections that stand. Together they are one stream: the answer to
// a push may come in on another line than the push went out on.
type lines struct {
	mu   sync.Mutex
	open []*line
	turn int
}

// add adds a line, and reports whether it is the only one.
func (l *lines) add(x *line) (first bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open = append(l.open, x)
	return len(l.open) == 1
}

// remove removes a line, and reports whether none is left.
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

// pick returns the line to send on, each in turn, nil when there is none.
func (l *lines) pick() *line {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.open) == 0 {
		return nil
	}
	l.turn++
	return l.open[l.turn%len(l.open)]
}

// of returns the line for what goes to an identity, nil when there is none. It is
// always the same while the same lines stand, so that nothing overtakes what was
// sent to the identity before.
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

// eldest returns the line that has stood longest, nil when there is none.
func (l *lines) eldest() *line {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.open) == 0 {
		return nil
	}
	return l.open[0]
}

// send queues a stanza on the first line, in turn, that takes it. It fails as
// writer.add does, or with [core.ErrNotConnected].
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
