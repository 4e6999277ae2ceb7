package xmpp

import (
	"io"
	"time"
)

// How reads are spread: the server writes each stanza by itself, and to be woken
// for each costs both sides more than to take it. A few reads are at once, more
// of them one every readEvery, with all that has come meanwhile.
const (
	readEvery = 2 * time.Millisecond
	readBurst = 16
)

// heardReader reads a line's connection and notes when bytes come in.
type heardReader struct {
	io.Reader
	l    *line
	c    *Component
	next time.Time // when one more read is one too many, but for a burst of them
}

func (h *heardReader) Read(p []byte) (int, error) {
	h.spread(time.Now())
	n, err := h.Reader.Read(p)
	if n > 0 {
		h.l.heard.Store(int64(h.c.clock.Now().Sub(h.l.since)))
		h.c.metrics.in.Add(float64(n))
	}
	return n, err
}

// spread waits on the machine's own clock: this is about work, not a rule.
func (h *heardReader) spread(now time.Time) {
	if h.next.Before(now) {
		h.next = now
	}
	if early := h.next.Sub(now) - readBurst*readEvery; early > 0 {
		time.Sleep(early)
	}
	h.next = h.next.Add(readEvery)
}
