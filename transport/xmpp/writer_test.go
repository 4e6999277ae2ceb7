package xmpp

import (
	"errors"
	"io"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

func TestWriter(t *testing.T) {
	near, far := connection(t)
	var bytes int
	w := newWriter(near, patience, anySize(), func(n int) { bytes += n })
	go w.run()
	w.add(replyBound, []byte("<a>"), []byte("</a>"))
	big := strings.Repeat("x", 3*writeSize)
	w.add(replyBound, []byte(big))
	w.end()
	if w.add(replyBound, []byte("<late/>")) == nil {
		t.Error("something was taken behind the end of the stream")
	}
	go func() { <-w.done; near.Close() }()
	got, err := io.ReadAll(far)
	if err != nil || string(got) != "<a></a>"+big+streamEnd {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	<-w.done
	if bytes != len(got) {
		t.Errorf("%d bytes counted, %d written", bytes, len(got))
	}
}

// TestWriterBounds: the queue for a server that reads nothing is bounded, and replies
// still find room in it when pushes do not.
func TestWriterBounds(t *testing.T) {
	near, _ := connection(t)
	w := newWriter(near, patience, anySize(), func(int) {})
	stanza := []byte(strings.Repeat("x", 1<<20))
	taken := 0
	for w.add(pushBound, stanza) == nil {
		taken++
	}
	if taken != pushBound>>20 {
		t.Errorf("%d MiB of pushes were taken, want %d", taken, pushBound>>20)
	}
	if w.add(replyBound, stanza) != nil {
		t.Error("no room for a reply")
	}
	for w.add(replyBound, stanza) == nil {
		taken++
	}
	if len(w.pending) > replyBound {
		t.Errorf("%d bytes wait", len(w.pending))
	}
}

// TestWriterDeadline: a write that does not get through closes the connection.
func TestWriterDeadline(t *testing.T) {
	near, _ := connection(t)
	w := newWriter(near, 1, anySize(), func(int) {})
	go w.run()
	w.add(replyBound, []byte(strings.Repeat("x", replyBound)))
	<-w.done
	if _, err := near.Write([]byte("x")); err == nil {
		t.Error("the connection is still open")
	}
	if w.add(replyBound, []byte("x")) == nil {
		t.Error("something was taken after the failure")
	}
}

// TestWriterRefusesWhatTheServerWould: the size of the whole stanza counts.
func TestWriterRefusesWhatTheServerWould(t *testing.T) {
	near, _ := connection(t)
	limit := new(atomic.Int64)
	limit.Store(10)
	w := newWriter(near, patience, limit, func(int) {})
	for parts, want := range map[string]error{"<a>|bcd|</a>": nil, "<a>|bcde|</a>": core.ErrTooLarge} {
		var stanza [][]byte
		for p := range strings.SplitSeq(parts, "|") {
			stanza = append(stanza, []byte(p))
		}
		if err := w.add(replyBound, stanza...); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", parts, err, want)
		}
	}
	if string(w.pending) != "<a>bcd</a>" || w.most() != 10 {
		t.Errorf("%s waits, the largest has %d bytes", w.pending, w.most())
	}
}
