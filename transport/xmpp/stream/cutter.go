package stream

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// Why [Cutter.Next] skipped a stanza. The stream goes on.
var (
	ErrTooLarge = errors.New("stanza is too large")
	ErrTooDeep  = errors.New("stanza is nested too deeply")
)

// Limits bound one stanza.
type Limits struct {
	Size  int // bytes
	Depth int // nested elements, the stanza's own included
}

const (
	readSize = 16 << 10 // the least room a read is given
	headSize = 8 << 10  // how much is kept of a skipped stanza: some tags with addresses
)

// Cutter cuts a stream, after its opening tag, into stanzas: byte slices with one
// element each. It builds no tree. A stanza ends where the depth is 0 again. The
// cutter holds at most one stanza, so the size limit bounds its memory.
type Cutter struct {
	r      io.Reader
	limits Limits
	buf    []byte
	at     int // bytes of buf that were looked at
	start  int // where the stanza begins in buf
	nest   nesting
	over   error  // why the stanza is being skipped
	head   []byte // its first bytes
}

// NewCutter makes a cutter that reads from r.
func NewCutter(r io.Reader, limits Limits) *Cutter {
	return &Cutter{r: r, limits: limits, buf: make([]byte, 0, 2*readSize)}
}

// Next returns the next stanza, which stays valid until the next call. It passes over
// white space between stanzas.
//
// With [ErrTooLarge] and [ErrTooDeep] it skips the stanza and returns its beginning,
// so that it can be answered; the next call goes on behind it. Every other error
// ends the stream: [io.EOF] at its closing tag, [io.ErrUnexpectedEOF] where it breaks
// off, [ErrRestricted] and [ErrNotWellFormed] for what no stream may hold, or an
// error of the reader.
func (c *Cutter) Next() ([]byte, error) {
	c.start, c.over = c.at, nil
	for {
		if c.at == len(c.buf) {
			if err := c.fill(); err != nil {
				return nil, err
			}
		}
		if c.nest.depth == 0 && c.nest.state == inText {
			c.at += len(c.buf[c.at:]) - len(bytes.TrimLeft(c.buf[c.at:], " \t\r\n"))
			c.start = c.at
			if c.at == len(c.buf) {
				continue
			}
			if c.buf[c.at] != '<' {
				return nil, fmt.Errorf("%w: text between stanzas", ErrNotWellFormed)
			}
		}
		n, s, err := c.nest.advance(c.buf[c.at:])
		if err != nil {
			return nil, err
		}
		c.at += n
		if c.nest.depth < 0 {
			return nil, io.EOF
		}
		c.check(s)
		if c.nest.depth == 0 && (s == closed || s == alone) {
			if c.over != nil {
				return c.head, c.over
			}
			return c.buf[c.start:c.at], nil
		}
	}
}

// check compares the stanza so far with the limits. The first limit that is broken
// counts, however the bytes came in.
func (c *Cutter) check(s step) {
	if c.over != nil {
		return
	}
	size := c.at - c.start
	switch {
	case size > c.limits.Size:
		c.over = ErrTooLarge
	case s == opened && c.nest.depth > c.limits.Depth, s == alone && c.nest.depth >= c.limits.Depth:
		c.over = ErrTooDeep
	}
	if c.over != nil {
		size = min(size, c.limits.Size, headSize)
		c.head = append(c.head[:0], c.buf[c.start:c.start+size]...)
	}
}

// fill reads more, behind what there is of the stanza. It keeps nothing of a stanza
// that is being skipped.
func (c *Cutter) fill() error {
	if c.over != nil {
		c.start = c.at
	}
	if c.start > 0 {
		c.buf = c.buf[:copy(c.buf, c.buf[c.start:])]
		c.at -= c.start
		c.start = 0
	}
	if cap(c.buf)-len(c.buf) < readSize {
		grown := make([]byte, len(c.buf), min(2*cap(c.buf), c.limits.Size)+2*readSize)
		copy(grown, c.buf)
		c.buf = grown
	}
	for range 100 {
		n, err := c.r.Read(c.buf[len(c.buf):cap(c.buf)])
		c.buf = c.buf[:len(c.buf)+n]
		switch {
		case n > 0:
			return nil
		case err == io.EOF:
			return io.ErrUnexpectedEOF
		case err != nil:
			return err
		}
	}
	return io.ErrNoProgress
}
