package xmpp

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/transport/xmpp/stream"
)

// TestConflict: Prosody takes one connection of a component. The test uses its words,
// at the handshake and later (conflict_policy kick_old).
func TestConflict(t *testing.T) {
	const conflict = "<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/><text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>Component already connected</text></stream:error></stream:stream>"
	for name, after := range map[string]string{"refused": "", "replaced": "<handshake/>"} {
		t.Run(name, func(t *testing.T) {
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer listener.Close()
			go func() {
				for {
					conn, err := listener.Accept()
					if err != nil {
						return
					}
					go func() {
						defer conn.Close()
						r := bufio.NewReader(conn)
						if _, err := r.ReadString('>'); err != nil {
							return
						}
						fmt.Fprint(conn, "<?xml version='1.0'?><stream:stream xmlns:stream='http://etherx.jabber.org/streams' xmlns='jabber:component:accept' from='vtn.example.org' id='1'>")
						if _, err := r.ReadString('/'); err != nil { // of </handshake>
							return
						}
						fmt.Fprint(conn, after, conflict)
						_, _ = r.ReadString('<')
					}()
				}
			}()
			log := newTestLog()
			c := New(Config{Server: listener.Addr().String(), Domain: "vtn.example.org", Secret: "s", Logger: log.logger()}, newRecorder())
			c.timing.backoff, c.timing.most = time.Millisecond, time.Millisecond
			ctx, stop := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- c.Run(ctx) }()
			if line := log.wait(t, "takes one only"); !strings.Contains(line, "conflict") || !strings.Contains(line, `"level":"error"`) {
				t.Error(line)
			}
			if n := log.count("is it running"); n > 0 {
				t.Error("the log asks whether the server runs")
			}
			stop()
			if err := receive(t, ended, "end"); err != nil {
				t.Errorf("Run ended with %v", err)
			}
		})
	}
}

// TestX8ProsodyCallsItNotWellFormed: the component writes well-formed stanzas, so a
// large one that is called not well-formed was too large.
func TestX8ProsodyCallsItNotWellFormed(t *testing.T) {
	for _, test := range []struct {
		sent int
		want int64
	}{{300_000, 299_999}, {3000, defaultStanza}} {
		c := New(Config{Domain: "vtn.example.org", Limits: oadr.DefaultLimits}, newRecorder())
		near, _ := connection(t)
		l := &line{conn: near, out: newWriter(near, patience, &c.limit, func(int) {})}
		if err := l.out.add(replyBound, make([]byte, test.sent)); err != nil {
			t.Fatal(err)
		}
		err := c.streamError(l, stream.Parse([]byte("<stream:error><not-well-formed xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>")))
		if c.limit.Load() != test.want || !strings.Contains(err.Error(), "not-well-formed") {
			t.Errorf("after %d bytes the limit is %d, %v", test.sent, c.limit.Load(), err)
		}
	}
}
