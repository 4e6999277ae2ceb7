package simplehttp

import (
	"errors"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"
)

// visit is a connection while the HTTP server has it: from the first byte of a request until none came for a moment. Then it rests,
// which takes a goroutine with a small stack, and none of the buffers of net/http, which are half of a connection's memory. VENs
// poll every few seconds, so nearly all connections rest.
type visit struct {
	net.Conn // TLS, or that below
	below    *conn
	door     *door

	between atomic.Bool // the HTTP server waits for the first byte of the next request
	over    atomic.Bool // it waited in vain
}

// Read reads for the HTTP server.
func (v *visit) Read(b []byte) (int, error) {
	n, err := v.Conn.Read(b)
	switch {
	case !v.between.Load():
	case n > 0: // its moment must not end within a request
		v.between.Store(false)
		_ = v.SetReadDeadline(time.Now().Add(v.door.timing.header))
	case errors.Is(err, os.ErrDeadlineExceeded):
		v.over.Store(true)
	}
	return n, err
}

// Close ends the visit: the connection rests, or is closed.
func (v *visit) Close() error {
	if v.over.CompareAndSwap(true, false) && v.door.rest(v) {
		return nil
	}
	return v.Conn.Close()
}

// noteState notes since when a connection has no request.
func noteState(c net.Conn, state http.ConnState) {
	v := c.(*visit)
	switch state {
	case http.StateIdle:
		v.below.idle.Store(time.Now().UnixNano())
		v.between.Store(true)
	case http.StateActive:
		v.below.idle.Store(0)
	}
}

// bring hands a connection to the HTTP server.
func (d *door) bring(c net.Conn, below *conn) {
	select {
	case d.in <- &visit{Conn: c, below: below, door: d}:
	case <-d.closed:
		_ = c.Close()
	}
}

// rest has a connection wait for its next request, unless the door is closed.
func (d *door) rest(v *visit) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	select {
	case <-d.closed:
		return false
	default:
	}
	c, below := v.Conn, v.below
	d.resting.Go(func() {
		_ = below.SetReadDeadline(time.Now().Add(d.timing.idle))
		if err := below.await(); err != nil {
			_ = c.Close()
			return
		}
		d.bring(c, below)
	})
	return true
}
