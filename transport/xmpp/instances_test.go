package xmpp

import (
	"bufio"
	"crypto/sha1"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core/coretest"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
	"github.com/vtn-xmpp/vtn-xmpp/transport/xmpp/stream"
)

// beside runs a component with a store, and returns its log.
func beside(t *testing.T, s *rig.Ejabberd, store string, connections int) *testLog {
	t.Helper()
	log, r := newTestLog(), newRecorder()
	cfg := config(s)
	cfg.Store, cfg.Connections, cfg.Logger = store, connections, log.logger()
	c := New(cfg, r)
	run(t, c, r)
	stand(t, c, connections)
	return log
}

const (
	asOther   = "with a store of its own"
	asReplica = "they are replicas"
)

// TestOtherProcessAtTheDomain: two processes that share no store notice one another,
// however many connections they have. Those that share one are replicas.
func TestOtherProcessAtTheDomain(t *testing.T) {
	for _, test := range []struct{ name, first, second, want, not string }{
		{"each its own", "", "", asOther, asReplica},
		{"one shared by others", "", "s1", asOther, asReplica},
		{"two shared ones", "s1", "s2", asOther, asReplica},
		{"one shared", "s1", "s1", asReplica, asOther},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := ejabberd(t)
			vacant(t, s).conn.Close()
			first := beside(t, s, test.first, 2)
			second := beside(t, s, test.second, 3)
			for _, log := range []*testLog{first, second} {
				if line := log.wait(t, test.want); !strings.Contains(line, "vtn.localhost") || !strings.Contains(line, "otherPID") {
					t.Errorf("it does not say where and who: %s", line)
				}
				if log.count(test.not) > 0 {
					t.Error("it was taken for something else, too")
				}
			}
		})
	}
}

// TestOwnConnectionsAreNoOtherProcess, not even a connection that was made anew.
func TestOwnConnectionsAreNoOtherProcess(t *testing.T) {
	s := ejabberd(t)
	vacant(t, s).conn.Close()
	now, log, r := coretest.NewClock(time.Unix(1_800_000_000, 0)), newTestLog(), newRecorder()
	cfg := config(s)
	cfg.Connections, cfg.Logger, cfg.Clock = 3, log.logger(), now
	c := New(cfg, r)
	c.timing.quiet, c.timing.check = 1000*time.Hour, 1000*time.Hour
	c.timing.echo = 10 * time.Hour // so that a round ends only when the test ends it
	run(t, c, r)
	stand(t, c, 3)
	allBack := func() bool { return c.instances.backNow() == hellos }
	next := func() {
		before := c.instances.roundNow()
		now.Move(c.timing.echo)
		sometime(t, "the next round", func() bool { now.Move(c.timing.hello); return c.instances.roundNow() > before })
	}
	sometime(t, "all hellos", allBack)
	next()
	sometime(t, "all hellos", allBack) // none is on its way to the connection that ends
	c.renew(c.lines.eldest())
	sometime(t, "three connections again", func() bool { now.Move(time.Second); return c.lines.count() == 3 })
	next()
	if !within(5*time.Second, allBack) { // the server had not noticed yet that the connection had ended
		next()
	}
	sometime(t, "all hellos", allBack)
	next()
	if n := log.count(`"level":"error"`); n > 0 {
		t.Errorf("%d errors", n)
	}
}

func (i *instances) roundNow() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.round
}

func (i *instances) backNow() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.back
}

// TestOtherProgram is noticed by the hellos that it takes away.
func TestOtherProgram(t *testing.T) {
	s := ejabberd(t)
	vacant(t, s).conn.Close()
	now, log, r := coretest.NewClock(time.Unix(1_800_000_000, 0)), newTestLog(), newRecorder()
	cfg := config(s)
	cfg.Logger, cfg.Clock = log.logger(), now
	c := New(cfg, r)
	c.timing.quiet, c.timing.check = 1000*time.Hour, time.Hour // however often the clock is moved, the server does not count as silent
	run(t, c, r)

	conn, err := net.Dial("tcp", s.ComponentAddr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' to='%s'>", s.Components[0])
	in := bufio.NewReader(conn)
	tag := ""
	for !strings.HasPrefix(tag, "<stream:stream") {
		if tag, err = in.ReadString('>'); err != nil {
			t.Fatal(err)
		}
	}
	fmt.Fprintf(conn, "<handshake>%x</handshake>", sha1.Sum([]byte(stream.Parse([]byte(tag)).Attribute("id")+s.Secret)))
	go func() { _, _ = io.Copy(io.Discard, in) }()

	sometime(t, "word of the other program", func() bool {
		now.AwaitWait(t, c.timing.echo, c.timing.hello)
		if !now.Waited(c.timing.echo) {
			now.Move(c.timing.hello)
			return false
		}
		// A hello comes back, unless the other program has taken all.
		within(time.Second, func() bool { return c.instances.backNow() > 0 })
		now.Move(c.timing.echo)
		now.AwaitWait(t, c.timing.hello)
		return log.count("another program serves the domain") > 0
	})
}
