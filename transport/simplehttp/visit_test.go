package simplehttp

import (
	"bytes"
	"context"
	"net"
	"runtime/pprof"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/internal/fingerprint"
)

// visits returns how many connections net/http has of the transports that a test runs under its label.
func visits(t *testing.T) (n int) {
	t.Helper()
	var all bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&all, 1); err != nil {
		t.Fatal(err)
	}
	for alike := range strings.SplitSeq(all.String(), "\n\n") {
		if strings.Contains(alike, `"test":"`+t.Name()+`"`) && strings.Contains(alike, "net/http.(*conn).serve") {
			n++
		}
	}
	return n
}

// A connection without a request takes nothing of net/http, is served when it has one, and can be closed all the time.
func TestConnectionsRest(t *testing.T) {
	for name, config := range map[string]func(*Config){
		"TLS":            func(*Config) {},
		"proxy":          behind,
		"proxy with TLS": func(c *Config) { c.Proxies, c.ProxyHeader = anywhere, "X-Ssl-Cert" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServing(t, ok, config)
			s.timing.linger = time.Millisecond
			pprof.Do(t.Context(), pprof.Labels("test", t.Name()), func(context.Context) { s.run() })
			ven := s.ven("ven1")
			dial := func() *peer {
				if name == "proxy" {
					return s.plain()
				}
				return s.dial(ven)
			}
			request := post(pollPath, query("r1"), isXML, "X-Ssl-Cert: "+escaped(ven))
			v := dial()
			for range 3 {
				v.send(request).reply().says(t, "a request", 200, "r1")
				sometime(t, "net/http has none", func() bool { return visits(t) == 0 })
				if n := s.conns.count(); n != 1 {
					t.Errorf("%d stand", n)
				}
			}
			v.send(request[:1])
			sometime(t, "net/http has it", func() bool { return visits(t) == 1 })
			v.send(request[1:]).reply().says(t, "a request in two parts", 200)
			v.send(request + request)
			v.reply().says(t, "the first of two", 200)
			v.reply().says(t, "the second of two", 200)
			sometime(t, "net/http has none", func() bool { return visits(t) == 0 })
			if name == "TLS" {
				s.Evict(fingerprint.Of(ven.Certificate[0]))
				v.ends()
				sometime(t, "it stands no more", func() bool { return s.conns.count() == 0 })
				v = dial().send(request)
				v.reply().says(t, "the next connection", 200)
				sometime(t, "net/http has none", func() bool { return visits(t) == 0 })
			}
			s.stop()
			v.ends()
		})
	}
}

// timed is a connection that notes until when it may be read.
type timed struct {
	net.Conn
	until time.Time
}

func (c *timed) SetReadDeadline(t time.Time) error {
	c.until = t
	return nil
}

// A request that begins just before its connection would rest has the time of any other.
func TestRequestBeginsBeforeRest(t *testing.T) {
	t.Parallel()
	s := newServing(t, ok)
	s.timing.header = time.Hour
	near, far := net.Pipe()
	defer far.Close()
	c := &timed{Conn: near}
	v := &visit{Conn: c, door: s.door}
	v.between.Store(true)
	go func() { _, _ = far.Write([]byte("P")) }()
	if n, err := v.Read(make([]byte, 10)); n != 1 || err != nil || time.Until(c.until) < 50*time.Minute {
		t.Errorf("%d, %v: it may be read until %v", n, err, c.until)
	}
}
