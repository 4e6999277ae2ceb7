package xmpp

import (
	"io"
	"time"
)

// heardReader reads a line's connection and notes when bytes come in. If more are
// waiting than there was room for, it reads on at once.
type heardReader struct {
	io.Reader
	l    *line
	c    *base
	pace pace
	more bool
}

func newHeardReader(r io.Reader, l *line, c *base) *heardReader {
	return &heardReader{Reader: r, l: l, c: c, pace: pace{every: 4 * time.Millisecond, burst: 8}}
}

func (h *heardReader) Read(p []byte) (int, error) {
	if !h.more {
		h.pace.wait()
	}
	n, err := h.Reader.Read(p)
	h.more = n == len(p)
	if n > 0 {
		h.l.heard.Store(int64(h.c.clock.Now().Sub(h.l.since)))
		h.c.metrics.in.Add(float64(n))
	}
	return n, err
}
