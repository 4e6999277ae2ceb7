package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// httpCrowd are many VENs in one process that speak simple HTTP, each as cheap as it can be: they poll over connections that they
// keep, or answer pushes with an oadrResponse.
type httpCrowd struct {
	vens  []tls.Certificate
	conns []*pollConn

	first atomic.Pointer[[]byte] // the body of the first push

	told   told
	stop   chan struct{} // ends watching
	polls  chan []float64
	failed error // what ended it
}

// pollConn is a VEN's connection to the VTN.
type pollConn struct {
	net.Conn
	in    *bufio.Reader
	out   []byte // the poll
	venID string
	told  *told
	busy  sync.Mutex // a request is under way
}

func newPollConn(conn net.Conn, venID, address string, t *told) *pollConn {
	return &pollConn{Conn: conn, in: bufio.NewReaderSize(conn, 2048), venID: venID, told: t,
		out: posted(address, "OadrPoll", oadr.Append(nil, oadr.Form{}, &oadr.Poll{VENID: venID}))}
}

// posted is a request to one of the services.
func posted(address, service string, body []byte) []byte {
	return fmt.Appendf(nil, "POST /OpenADR2/Simple/2.0b/%s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/xml\r\nContent-Length: %d\r\n\r\n%s", service, address, len(body), body)
}

func httpCrowdMain(args []string) int {
	c := &httpCrowd{}
	var err error
	if c.vens, err = readHTTPVENs(args[0]); err != nil {
		fmt.Fprintln(os.Stderr, "bench: http:", err)
		return 1
	}
	return commands("http", func(words []string) (err error) {
		switch words[0] {
		case "serve":
			var port int
			if port, err = c.serve(); err == nil {
				fmt.Println(port)
			}
			return err
		case "connect": // the VENs from a number on, so many, to an address
			err = c.connect(words[1:])
		case "leave":
			for _, p := range c.conns {
				_ = p.Close()
			}
			c.conns = nil
		case "together": // every connection polls once
			return c.together()
		case "told": // who was told of an event by a poll
			c.told.tell()
			return nil
		case "storm": // connect, but all at once
			return c.storm(words[1:])
		case "watch":
			c.watch()
		case "watched":
			return c.watched()
		case "poll": // so many polls over all connections
			var n int
			if n, err = strconv.Atoi(words[1]); err == nil {
				err = c.poll(n)
			}
		case "steadily": // so many rounds of so many seconds, in each of which every connection polls once
			err = c.steadily(words[1:])
		case "pushed": // write what the first push said into a file
			if b := c.first.Load(); b != nil {
				err = os.WriteFile(words[1], *b, 0o600)
			} else {
				err = errors.New("there was no push")
			}
		}
		if err == nil {
			fmt.Println("ok")
		}
		return err
	})
}

// connect opens connections, some at the same time.
func (c *httpCrowd) connect(words []string) error {
	var from, n int
	if err := numbers(words, &from, &n); err != nil {
		return err
	}
	first := len(c.conns)
	c.conns = append(c.conns, make([]*pollConn, n)...)
	return someAtOnce(32, 0, n, func(i int) (err error) {
		c.conns[first+i], err = c.dial(context.Background(), from+i, words[2])
		return err
	})
}

// poll polls once, and answers what it is told. While it still does so nothing happens.
func (p *pollConn) poll() error {
	if !p.busy.TryLock() {
		return nil
	}
	defer p.busy.Unlock()
	body, err := p.ask(p.out)
	if err == nil && bytes.Contains(body, []byte("oadrDistributeEvent")) {
		return p.opts(body, time.Now())
	}
	return err
}

// ask sends a request and returns its answer, which must be a good one. What the VTN has no room for is sent again, as by any VEN.
func (p *pollConn) ask(request []byte) ([]byte, error) {
	for {
		if _, err := p.Write(request); err != nil {
			return nil, err
		}
		status, _, body, err := readHTTP(p.in, true)
		switch {
		case err != nil:
			return nil, err
		case bytes.Contains(status, []byte(" 503 ")):
			p.told.refused.Add(1)
			time.Sleep(pause + rand.N(pause))
		case !bytes.Contains(status, []byte(" 200 ")), !bytes.Contains(body, []byte("responseCode>200<")):
			return nil, fmt.Errorf("a request was answered %s: %.2000s", status, body)
		default:
			return body, nil
		}
	}
}

// poll polls so often, over all connections at the same time.
func (c *httpCrowd) poll(n int) error {
	var left atomic.Int64
	left.Store(int64(n))
	errs := make([]error, len(c.conns))
	var wg sync.WaitGroup
	for i, p := range c.conns {
		wg.Go(func() {
			for errs[i] == nil && left.Add(-1) >= 0 {
				errs[i] = p.poll()
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// steadily has every connection poll once in each round, spread over its time.
func (c *httpCrowd) steadily(words []string) error {
	var rounds, seconds int
	if err := numbers(words, &rounds, &seconds); err != nil {
		return err
	}
	const ticks = 100 // of a round
	tick := time.NewTicker(time.Duration(seconds) * time.Second / ticks)
	defer tick.Stop()
	errs := make([]error, len(c.conns))
	var wg sync.WaitGroup
	for range rounds {
		for part := range ticks {
			<-tick.C
			for i := part; i < len(c.conns); i += ticks {
				wg.Go(func() { errs[i] = errors.Join(errs[i], c.conns[i].poll()) })
			}
		}
	}
	wg.Wait()
	return errors.Join(errs...)
}

var errNoLength = errors.New("no Content-Length")

// readHTTP reads a request or a response with a Content-Length. It returns its body where keep is set.
func readHTTP(in *bufio.Reader, keep bool) (first []byte, length int, body []byte, err error) {
	length = -1
	for n := 0; ; n++ {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return first, 0, nil, err
		}
		line = bytes.TrimRight(line, "\r\n")
		switch name, value, _ := bytes.Cut(line, []byte(":")); {
		case n == 0:
			first = append(first, line...)
		case len(line) == 0 && length < 0:
			return first, 0, nil, fmt.Errorf("%w after %s", errNoLength, first)
		case len(line) == 0 && keep:
			body = make([]byte, length)
			_, err = io.ReadFull(in, body)
			return first, length, body, err
		case len(line) == 0:
			_, err = in.Discard(length)
			return first, length, nil, err
		case len(name) == len("Content-Length") && bytes.EqualFold(name, []byte("Content-Length")):
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return first, 0, nil, err
			}
		}
	}
}

// serve takes pushes, at each VEN's own address on one port.
func (c *httpCrowd) serve() (port int, err error) {
	l, err := net.Listen("tcp4", "0.0.0.0:0")
	if err != nil {
		return 0, err
	}
	by := map[string]*tls.Certificate{}
	for no := range c.vens {
		by[loopbackOf(no)] = &c.vens[no]
	}
	cfg := &tls.Config{
		MaxVersion: tls.VersionTLS12, CipherSuites: profileSuites, ClientAuth: tls.RequireAnyClientCert,
		GetCertificate: func(h *tls.ClientHelloInfo) (*tls.Certificate, error) {
			host, _, err := net.SplitHostPort(h.Conn.LocalAddr().String())
			if c := by[host]; c != nil && err == nil {
				return c, nil
			}
			return nil, fmt.Errorf("no VEN is at %s", host)
		},
	}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				log.Print(err)
				return
			}
			go c.take(tls.Server(conn, cfg))
		}
	}()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// answered is what a VEN answers a push with.
var answered = func() []byte {
	body := oadr.Append(nil, oadr.Form{}, &oadr.Response{Response: oadr.EIResponse{Code: oadr.CodeOK, Description: "OK"}, VENID: venID(0)})
	return fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}()

// take answers the pushes of one connection.
func (c *httpCrowd) take(conn *tls.Conn) {
	defer conn.Close()
	in := bufio.NewReaderSize(conn, 4096)
	for {
		record := c.first.Load() == nil
		_, _, body, err := readHTTP(in, record)
		if err != nil {
			return
		}
		if record {
			c.first.CompareAndSwap(nil, &body)
		}
		if _, err := conn.Write(answered); err != nil {
			return
		}
	}
}
