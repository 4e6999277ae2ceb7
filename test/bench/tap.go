package main

import (
	"bytes"
	"io"
	"net"
	"sync"
)

// tap is a proxy for one connection that keeps what the client writes.
type tap struct {
	listener net.Listener
	target   string
	done     sync.WaitGroup
	written  bytes.Buffer
}

func startTap(target string) (*tap, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	t := &tap{listener: l, target: target}
	t.done.Go(t.pass)
	return t, nil
}

func (t *tap) addr() string { return t.listener.Addr().String() }

func (t *tap) pass() {
	in, err := t.listener.Accept()
	if err != nil {
		return
	}
	defer in.Close()
	out, err := net.Dial("tcp", t.target)
	if err != nil {
		return
	}
	t.done.Go(func() {
		io.Copy(in, out) //nolint:errcheck // either end closes it
		in.Close()
	})
	io.Copy(io.MultiWriter(out, &t.written), in) //nolint:errcheck // either end closes it
	out.Close()
}

// close waits for the connection to end and returns what was written.
func (t *tap) close() []byte {
	t.listener.Close()
	t.done.Wait()
	return t.written.Bytes()
}
