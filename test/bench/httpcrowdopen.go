package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// told counts the VENs of a crowd that were told of an event by a poll, and answered it.
type told struct {
	mu              sync.Mutex
	n               int
	known, answered time.Time // the last
	refused         atomic.Int64
}

func (t *told) note(known, answered time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.n++
	if known.After(t.known) {
		t.known = known
	}
	if answered.After(t.answered) {
		t.answered = answered
	}
}

// tell prints how many there were, when the last, in seconds since 1970, and how many requests there was no room for. It begins anew.
func (t *told) tell() {
	t.mu.Lock()
	defer t.mu.Unlock()
	fmt.Println(t.n, float64(t.known.UnixMicro())/1e6, float64(t.answered.UnixMicro())/1e6, t.refused.Swap(0))
	t.n, t.known, t.answered = 0, time.Time{}, time.Time{}
}

// opts answers an oadrDistributeEvent that a poll was answered with.
func (p *pollConn) opts(raw []byte, known time.Time) error {
	payload, err := oadr.Decode(raw, oadr.DefaultLimits)
	if err != nil {
		return err
	}
	d, ok := payload.Message.(*oadr.DistributeEvent)
	if !ok {
		return fmt.Errorf("no oadrDistributeEvent: %.500s", raw)
	}
	answer := &oadr.CreatedEvent{Response: oadr.EIResponse{Code: oadr.CodeOK, RequestID: d.RequestID}, VENID: p.venID}
	for _, e := range d.Events {
		answer.Responses = append(answer.Responses, oadr.EventResponse{Code: oadr.CodeOK, RequestID: d.RequestID,
			EventID: e.Descriptor.EventID, ModificationNumber: e.Descriptor.ModificationNumber, OptType: oadr.OptIn})
	}
	if _, err := p.ask(posted(p.RemoteAddr().String(), "EiEvent", oadr.Append(nil, oadr.Form{}, answer))); err != nil {
		return err
	}
	p.told.note(known, time.Now())
	return nil
}

// together has every connection poll once, all at the same time, and prints after how many seconds the last was answered.
func (c *httpCrowd) together() error {
	began := time.Now()
	errs := make([]error, len(c.conns))
	var wg sync.WaitGroup
	for i, p := range c.conns {
		wg.Go(func() { errs[i] = p.poll() })
	}
	wg.Wait()
	took := time.Since(began)
	if err := errors.Join(errs...); err != nil {
		return err
	}
	fmt.Println(took.Seconds())
	return nil
}

const (
	patience = 10 * time.Second // of a VEN with a connection that does not come about
	pause    = time.Second      // at least until it tries again what failed
)

// storm has VENs connect, all at the same time and each until it is connected. It prints how many seconds that took, and how many
// retries.
func (c *httpCrowd) storm(words []string) error {
	from, err := strconv.Atoi(words[0])
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(words[1])
	if err != nil {
		return err
	}
	began := time.Now()
	conns := make([]*pollConn, n)
	var retries atomic.Int64
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			for {
				ctx, end := context.WithTimeout(context.Background(), patience)
				p, err := c.dial(ctx, from+i, words[2])
				end()
				if err == nil {
					conns[i] = p
					return
				}
				retries.Add(1)
				time.Sleep(pause + rand.N(pause))
			}
		})
	}
	wg.Wait()
	c.conns = append(c.conns, conns...)
	fmt.Println(time.Since(began).Seconds(), retries.Load())
	return nil
}

// dial connects a VEN, from an address of its own, and polls.
func (c *httpCrowd) dial(ctx context.Context, no int, address string) (*pollConn, error) {
	d := tls.Dialer{
		NetDialer: &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(loopbackOf(no))}},
		Config: &tls.Config{
			Certificates: []tls.Certificate{c.vens[no]}, InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12, CipherSuites: vensOnly,
		},
	}
	conn, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("connection %d: %w", no, err)
	}
	p := newPollConn(conn, venID(no), address, &c.told)
	if deadline, ok := ctx.Deadline(); ok {
		_ = p.SetDeadline(deadline)
	}
	if err := p.poll(); err != nil { // so that the connection is in use
		_ = p.Close()
		return nil, fmt.Errorf("connection %d: %w", no, err)
	}
	return p, p.SetDeadline(time.Time{})
}

// watch polls over the first connection, 50 times a second.
func (c *httpCrowd) watch() {
	c.stop, c.polls = make(chan struct{}), make(chan []float64, 1)
	go func() {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		var took []float64
		for {
			began := time.Now()
			if err := c.conns[0].poll(); err != nil {
				c.failed = err
				c.polls <- took
				return
			}
			took = append(took, ms(time.Since(began)))
			select {
			case <-tick.C:
			case <-c.stop:
				c.polls <- took
				return
			}
		}
	}()
}

// watched ends that and prints the median and the longest, in milliseconds.
func (c *httpCrowd) watched() error {
	close(c.stop)
	took := <-c.polls
	if c.failed != nil {
		return c.failed
	}
	fmt.Println(median(took), quantile(took, 1))
	return nil
}

// floats reads a line of so many numbers; of none it is "ok".
func floats(line string, n int) ([]float64, error) {
	words := strings.Fields(line)
	if n == 0 && line == "ok" {
		return nil, nil
	}
	if len(words) != n || n == 0 {
		return nil, fmt.Errorf("%d numbers are expected, there is %q", n, line)
	}
	out := make([]float64, n)
	for i, w := range words {
		var err error
		if out[i], err = strconv.ParseFloat(w, 64); err != nil {
			return nil, err
		}
	}
	return out, nil
}
