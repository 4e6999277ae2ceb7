package xmpp

import (
	"io"
	"time"
)

// heardReader reads a line's connection and notes when bytes come in.
type heardReader struct {
	io.Reader
	l    *line
	c    *Component
	pace pace
}

func newHeardReader(r io.Reader, l *line, c *Component) *heardReader {
	return &heardReader{r, l, c, pace{every: 4 * time.Millisecond, burst: 8}}
}

func (h *heardReader) Read(p []byte) (int, error) {
	h.pace.wait()
	n, err := h.Reader.Read(p)
	if n > 0 {
		h.l.heard.Store(int64(h.c.clock.Now().Sub(h.l.since)))
		h.c.metrics.in.Add(float64(n))
	}
	return n, err
}
