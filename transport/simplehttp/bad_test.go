package simplehttp

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"math"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/core/coretest"
	"github.com/vtn-xmpp/vtn-xmpp/internal/fingerprint"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// A body over the limit is refused before it is read.
func TestBodyOverTheLimit(t *testing.T) {
	t.Parallel()
	s := serve(t, ok, func(c *Config) { c.Limits = oadr.Limits{Size: 5000, Depth: 64} })
	c := s.ven("ven1")
	fits := query("r1") + strings.Repeat(" ", 5000-len(query("r1")))
	v := s.dial(c)
	v.send(post(pollPath, fits, isXML)).reply().says(t, "just fits", 200)
	v.send(post(pollPath, fits+" ", isXML)).reply().says(t, "one more", 413, "5000")
	v.ends()
	s.dial(c).send("POST "+pollPath+" HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4000000000\r\n\r\n").reply().says(t, "4 GB", 413)
	s.dial(c).send("POST " + pollPath + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n").ends400(t)
	s.dial(c).send("POST " + pollPath + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999\r\n\r\n").ends400(t)
}

// ends400 checks that a request is refused as no HTTP, and the connection closed.
func (p *peer) ends400(t *testing.T) {
	t.Helper()
	if all, err := io.ReadAll(p.r); !strings.HasPrefix(string(all), "HTTP/1.1 400 ") || isTimeout(err) {
		t.Errorf("%q, %v", all, err)
	}
}

// Expect: 100-continue is honoured, and what is refused anyhow is not asked for.
func TestExpectContinue(t *testing.T) {
	t.Parallel()
	s := serve(t, ok)
	c := s.ven("ven1")
	body := query("r1")
	head := func(path string, length int) string {
		return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/xml\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", path, length)
	}
	v := s.dial(c).send(head(pollPath, len(body)))
	if line, err := v.r.ReadString('\n'); err != nil || line != "HTTP/1.1 100 Continue\r\n" {
		t.Fatalf("%q, %v", line, err)
	}
	if line, err := v.r.ReadString('\n'); err != nil || line != "\r\n" {
		t.Fatalf("%q, %v", line, err)
	}
	v.send(body).reply().says(t, "continued", 200, "r1")
	v.send(post(pollPath, query("r2"), isXML)).reply().says(t, "the next", 200, "r2")
	s = newServing(t, ok)
	s.timing.request = 500 * time.Millisecond // so long a body is waited for that was refused
	s.run()
	c = s.ven("ven1")
	for what, text := range map[string]string{"413": head(pollPath, 1<<30), "404": head("/", len(body)), "406": strings.Replace(head(pollPath, len(body)), "application/xml", "text/html", 1)} {
		v := s.dial(c).send(text)
		if r := v.reply(); fmt.Sprint(r.status) != what {
			t.Errorf("%+v, want %s", r, what)
		}
		v.ends() // whether the body still comes cannot be known
	}
	s.dial(c).send(strings.Replace(head(pollPath, len(body)), "100-continue", "magic", 1)).reply().says(t, "another expectation", 417)
}

// HTTP/1.0 is served; the connection stays only where that is asked for.
func TestHTTP10(t *testing.T) {
	t.Parallel()
	s := serve(t, ok)
	c := s.ven("ven1")
	old := func(text string) string { return strings.Replace(text, "HTTP/1.1\r\nHost: localhost", "HTTP/1.0", 1) }
	v := s.dial(c).send(old(post(pollPath, query("r1"), isXML)))
	v.reply().says(t, "HTTP/1.0", 200, "r1")
	v.ends()
	v = s.dial(c)
	for _, id := range []string{"r1", "r2"} {
		v.send(old(post(pollPath, query(id), isXML, "Connection: keep-alive"))).reply().says(t, "kept", 200, id)
	}
	s.dial(c).send("POST " + pollPath + "\r\n").ends400(t) // HTTP/0.9
	s.dial(c).send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").endsRefused(t)
	s.dial(c).send("\x16\x03\x01 hello\r\n\r\n").ends400(t)
	s.dial(c).send(strings.Replace(post(pollPath, query("r1"), isXML), "Host: localhost\r\n", "", 1)).ends400(t)
}

// endsRefused checks that a request is refused and the connection closed.
func (p *peer) endsRefused(t *testing.T) {
	t.Helper()
	if all, err := io.ReadAll(p.r); !strings.HasPrefix(string(all), "HTTP/1.1 ") || strings.HasPrefix(string(all), "HTTP/1.1 2") || isTimeout(err) {
		t.Errorf("%q, %v", all, err)
	}
}

// Requests that are sent without waiting are answered in their order.
func TestPipelining(t *testing.T) {
	t.Parallel()
	s := serve(t, ok)
	v := s.dial(s.ven("ven1"))
	var all strings.Builder
	const n = 30
	for i := range n {
		all.WriteString(post(pollPath, query(fmt.Sprintf("r%d.", i)), isXML))
	}
	all.WriteString(post("/", query("r"), isXML))
	v.send(all.String())
	for i := range n {
		v.reply().says(t, "pipelined", 200, fmt.Sprintf("r%d.", i))
	}
	v.reply().says(t, "the last", 404)
}

// Half a request is not handled: not when the connection ends, and not when it stays.
func TestHalfARequest(t *testing.T) {
	t.Parallel()
	s := newServing(t, vtn(func(context.Context, core.Peer, *oadr.Payload) (oadr.Message, error) {
		t.Error("half a request was handled")
		return nil, nil
	}))
	s.timing.header, s.timing.request = 100*time.Millisecond, 200*time.Millisecond
	s.run()
	c := s.ven("ven1")
	whole := post(pollPath, query("r1"), isXML)
	for what, text := range map[string]string{"of the header": whole[:60], "of the body": whole[:len(whole)-10], "the first byte": whole[:1], "nothing": ""} {
		v := s.dial(c).send(text)
		if all, err := io.ReadAll(v.r); isTimeout(err) || len(all) > 0 && !strings.HasPrefix(string(all), "HTTP/1.1 408 ") && !strings.HasPrefix(string(all), "HTTP/1.1 400 ") {
			t.Errorf("half %s: %q, %v", what, all, err)
		}
		v = s.dial(c).send(text)
		_ = v.Close()
	}
	sometime(t, "nothing is left", func() bool { return s.conns.count() == 0 })
	sometime(t, "no lane is left", func() bool {
		jobs, bytes := s.lanes.Held(fingerprint.Of(c.Certificate[0]))
		return jobs == 0 && bytes == 0
	})
}

// A VEN that writes slowly holds up neither others nor its own other requests, and takes no more memory than it has sent.
func TestSlowWriter(t *testing.T) {
	t.Parallel()
	s := serve(t, ok)
	c := s.ven("ven1")
	size := s.cfg.Limits.Size
	slow := s.dial(c).send(fmt.Sprintf("POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/xml\r\nContent-Length: %d\r\n\r\n<", pollPath, size))
	id := fingerprint.Of(c.Certificate[0])
	bytes := func() int {
		_, bytes := s.lanes.Held(id)
		return bytes
	}
	sometime(t, "it is being read", func() bool { return bytes() == firstRoom })
	s.dial(c).send(post(pollPath, query("r1"), isXML)).reply().says(t, "its other request", 200)
	s.dial(s.ven("ven2")).send(post(pollPath, query("r1"), isXML)).reply().says(t, "another's", 200)
	slow.send(strings.Repeat(" ", 10_000))
	sometime(t, "it took room for twice of what came", func() bool { return bytes() == 4*firstRoom })
}

// A VEN that reads slowly holds up neither others nor its own other requests, and its connection ends.
func TestSlowReader(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 8<<20)
	handled := make(chan struct{}, 1)
	s := newServing(t, vtn(func(ctx context.Context, from core.Peer, p *oadr.Payload) (oadr.Message, error) {
		m, err := ok(ctx, from, p)
		if p.Message.Request() == "much" {
			m.(*oadr.Response).Response.Description = long
			handled <- struct{}{}
		}
		return m, err
	}))
	s.timing.answer, s.timing.turn = 10*time.Second, 8*time.Second // so an answer that is written holds up no turn
	s.run()
	c := s.ven("ven1")
	slow := s.dial(c).send(post(pollPath, query("much"), isXML))
	<-handled
	s.dial(c).send(post(pollPath, query("r1"), isXML)).reply().says(t, "its other request", 200)
	sometime(t, "the slow connection ends", func() bool { return s.conns.count() <= 1 })
	if n, err := io.Copy(io.Discard, slow.r); err == nil && n >= int64(len(long)) || isTimeout(err) {
		t.Errorf("it read %d bytes, %v", n, err)
	}
}

// VTN_RATE: an identity may send so many requests each second, and another is not concerned.
func TestRate(t *testing.T) {
	t.Parallel()
	clock := coretest.NewClock(time.Now())
	s := serve(t, ok, func(c *Config) { c.Rate, c.Clock = 1, clock })
	c := s.ven("ven1")
	v := s.dial(c)
	v.send(post(pollPath, query("r1"), isXML)).reply().says(t, "in time", 200)
	v.send(post("/", query("r1"), isXML)).reply().says(t, "what is refused counts as well", 404)
	v.send(post(pollPath, query("r1"), isXML))
	clock.AwaitWait(t, time.Second) // or a VEN that floods would keep the VTN busy with refusals
	s.dial(s.ven("ven2")).send(post(pollPath, query("r1"), isXML)).reply().says(t, "another's meanwhile", 200)
	clock.Move(time.Second)
	r := v.reply()
	r.says(t, "too many", 503, "fewer")
	if r.header.Get("Retry-After") != "1" {
		t.Errorf("%v", r.header)
	}
}

// A proxy's connections are not held up for one VEN that sends too many requests.
func TestRateBehindAProxy(t *testing.T) {
	t.Parallel()
	clock := coretest.NewClock(time.Now()) // stands still
	s := serve(t, ok, behind, func(c *Config) { c.Rate, c.Clock = 1, clock })
	header := "X-SSL-Cert: " + escaped(s.ven("ven1"))
	v := s.plain()
	for range 2 {
		v.send(post(pollPath, query("r1"), isXML, header)).reply().says(t, "in time", 200)
	}
	v.send(post(pollPath, query("r1"), isXML, header)).reply().says(t, "too many", 503)
	v.send(post(pollPath, query("r1"), isXML, "X-SSL-Cert: "+escaped(s.ven("ven2")))).reply().says(t, "another VEN's", 200)
}

// One certificate has few connections: the one that was idle longest goes, but none that has a request under way.
func TestConnectionsOfOneCertificate(t *testing.T) {
	t.Parallel()
	began, hold := make(chan struct{}, 100), make(chan struct{})
	s := serve(t, vtn(func(ctx context.Context, from core.Peer, p *oadr.Payload) (oadr.Message, error) {
		if p.Message.Request() == "slow" {
			began <- struct{}{}
			<-hold
		}
		return ok(ctx, from, p)
	}))
	c := s.ven("ven1")
	busy := s.dial(c).send(post(pollPath, query("slow"), isXML))
	<-began
	var all []*peer
	for i := range mostShare - 1 {
		all = append(all, s.dial(c))
		sometime(t, "it stands", func() bool { return len(s.conns.standing(fingerprint.Of(c.Certificate[0]))) == i+2 }) // before the next one: the first one goes
	}
	more := s.dial(c)
	all[0].ends()
	close(hold)
	busy.reply().says(t, "the busy one", 200)
	more.send(post(pollPath, query("r1"), isXML)).reply().says(t, "the new one", 200)
	s.dial(s.ven("ven2")).send(post(pollPath, query("r1"), isXML)).reply().says(t, "another's", 200)
	if n := s.rejected(rejectShare); n != 1 {
		t.Errorf("%d are counted", n)
	}
}

// Connections in all are bounded; when there are many, VENs are not kept connected, so that others get in.
func TestConnectionsInAll(t *testing.T) {
	t.Parallel()
	s := newServing(t, ok, func(c *Config) { c.Connections = 16 })
	s.timing.header = time.Minute // they send nothing for a while
	s.run()
	var all []*peer
	for i := range 14 {
		all = append(all, s.dial(s.ven(fmt.Sprint("ven", i))))
	}
	r := all[0].send(post(pollPath, query("r1"), isXML)).reply()
	r.says(t, "not crowded", 200)
	if r.closes {
		t.Errorf("it is not kept: %v", r.header)
	}
	all = append(all, s.dial(s.ven("one more")), s.dial(s.ven("and one")))
	if p, err := s.tryDial(s.ven("too many")); err == nil {
		p.ends()
	}
	if n := s.rejected(rejectCrowd); n != 1 {
		t.Errorf("%d are counted", n)
	}
	for range 2 {
		r = all[0].send(post(pollPath, query("r1"), isXML)).reply()
		r.says(t, "crowded", 200)
		if !r.closes {
			t.Errorf("it is kept: %v", r.header)
		}
		all[0].ends()
		all = all[1:]
	}
	sometime(t, "there is room again", func() bool { return s.conns.count() == 14 })
	s.dial(s.ven("one more")).send(post(pollPath, query("r1"), isXML)).reply().says(t, "the next", 200)
}

// A VTN that may not have as many open files as its connections need says so when it starts, and lets in fewer.
func TestLimitOfOpenFiles(t *testing.T) {
	t.Parallel()
	const wanted = math.MaxInt32
	s := newServing(t, ok, func(c *Config) { c.Connections = wanted })
	s.run()
	for _, text := range []string{fmt.Sprintf(`"needed":%d`, wanted+otherFiles), fmt.Sprintf(`"connections":%d`, s.conns.most), "VTN_HTTP_CONNECTIONS", "LimitNOFILE="} {
		if n := strings.Count(s.log.String(), text); n != 1 {
			t.Errorf("%s is logged %d times: %s", text, n, s.log)
		}
	}
	if s.conns.most >= wanted {
		t.Errorf("%d are let in", s.conns.most)
	}
	if fits := serve(t, ok, func(c *Config) { c.Connections = 16 }); strings.Contains(fits.log.String(), "open files") {
		t.Errorf("it is logged without a reason: %s", fits.log)
	}
}

// 10,000 connections that send nothing, or half a handshake, keep no VEN from being served.
func TestManySlowConnections(t *testing.T) {
	t.Parallel()
	takeManyFiles(t)
	n := 10_000
	s := newServing(t, ok)
	s.timing.handshake = time.Hour // what ends them is that they are many
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil || testing.Short() || files.Cur < 20_000 {
		n, s.conns.mostMute = 1000, 500
		t.Logf("%d connections instead of 10,000: short tests, or a limit of %d open files", n, files.Cur)
	}
	most := s.conns.mostMute
	s.run()
	v := s.dial(s.ven("ven1"))
	for i := range n {
		c, err := net.Dial("tcp", s.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if i%2 == 0 {
			_, _ = io.WriteString(c, "\x16\x03\x01\x02\x00\x01")
		}
		if i%(n/8) == 0 {
			sometime(t, "those that had to go are closed", func() bool { return s.conns.count() <= most+10 }) // or the open files run out
			_ = v.SetDeadline(time.Now().Add(patience))
			v.send(post(pollPath, query("r1"), isXML)).reply().says(t, "one that was there", 200)
			s.dial(s.ven("ven2")).send(post(pollPath, query("r1"), isXML)).reply().says(t, "one that came", 200)
		}
	}
	sometime(t, "few of them are kept", func() bool { return s.conns.count() <= most+10 })
	s.dial(s.ven("ven3")).send(post(pollPath, query("r1"), isXML)).reply().says(t, "one that came last", 200)
	if got := s.rejected(rejectPending); got < n-most-100 {
		t.Errorf("%d were evicted", got)
	}
}

// A handshake that does not come to its end is given up.
func TestSlowHandshake(t *testing.T) {
	t.Parallel()
	s := newServing(t, ok)
	s.timing.handshake = 50 * time.Millisecond
	s.run()
	s.plain().ends()
	s.plain().send("\x16\x03\x01").ends()
	sometime(t, "they are counted no more", func() bool { return s.conns.count() == 0 })
}

// Speaking HTTP to the TLS port gets nobody in.
func TestPlainHTTPToTLS(t *testing.T) {
	t.Parallel()
	s := serve(t, vtn(func(context.Context, core.Peer, *oadr.Payload) (oadr.Message, error) {
		t.Error("it was handled")
		return nil, nil
	}))
	v := s.plain().send(post(pollPath, query("r1"), isXML))
	if all, err := io.ReadAll(v.r); strings.Contains(string(all), "200") || isTimeout(err) {
		t.Errorf("%q, %v", all, err)
	}
}

// An idle connection is closed after a while, and a VEN that polls in time keeps its own.
func TestIdleConnectionsEnd(t *testing.T) {
	t.Parallel()
	s := newServing(t, ok)
	s.timing.idle = 100 * time.Millisecond
	s.run()
	v := s.dial(s.ven("ven1"))
	v.send(post(pollPath, query("r1"), isXML)).reply().says(t, "poll", 200)
	v.ends()
	if got := timingFor(time.Minute).idle; got != 3*time.Minute {
		t.Errorf("with polls each minute it is kept for %v", got)
	}
}

// When the VTN stops, what is under way is answered, and nobody gets in.
func TestStop(t *testing.T) {
	t.Parallel()
	began, hold := make(chan struct{}), make(chan struct{})
	s := serve(t, vtn(func(ctx context.Context, from core.Peer, p *oadr.Payload) (oadr.Message, error) {
		close(began)
		<-hold
		return ok(ctx, from, p)
	}), func(c *Config) { c.Listen = closedPort(t) }) // a port that no other program takes once it is closed
	c := s.ven("ven1")
	idle, busy := s.dial(c), s.dial(c).send(post(pollPath, query("r1"), isXML))
	<-began
	stopped := make(chan struct{})
	go func() {
		s.stop()
		close(stopped)
	}()
	idle.ends()
	sometime(t, "nobody gets in", func() bool {
		p, err := net.Dial("tcp", s.addr)
		if err == nil {
			_ = p.Close()
		}
		return err != nil
	})
	close(hold)
	busy.reply().says(t, "what was under way", 200, "r1")
	<-stopped
}

// A port that is taken, and settings that cannot be, are told when it starts.
func TestListenFails(t *testing.T) {
	t.Parallel()
	s := serve(t, ok)
	taken := newServing(t, ok, func(c *Config) { c.Listen = s.addr })
	if _, err := taken.Listen(); err == nil || taken.Ready() == nil {
		t.Error("it listens twice")
	}
	for name, change := range map[string]func(*Config){
		"no certificates, no proxies": func(c *Config) { c.Certificates = nil },
		"no authorities":              func(c *Config) { c.ClientCAs = nil },
		"no header":                   func(c *Config) { c.Proxies = anywhere },
	} {
		if _, err := newServing(t, ok, change).Listen(); err == nil {
			t.Errorf("%s: it listens", name)
		}
	}
	if err := s.Ready(); err != nil {
		t.Error(err)
	}
	var none tls.Certificate
	if err := newServing(t, ok, func(c *Config) { c.Certificates = append(c.Certificates, none) }).Ready(); err == nil {
		t.Error("it is ready before it listens")
	}
}
