package test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"mellium.im/xmpp"
	"mellium.im/xmpp/disco"
	"mellium.im/xmpp/jid"

	"github.com/vtn-xmpp/vtn-xmpp/internal/testrand"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
)

// connected is a VTN with two connections through a proxy, and an account that reads what the server announces.
type connected struct {
	*stack
	proxy  *rig.Proxy
	looker *xmpp.Session
}

func twoConnections(t *testing.T) *connected {
	t.Helper()
	e := ownServer(t)
	p := proxied(t, e.ComponentAddr)
	s := startAt(t, e, p.Addr, "VTN_XMPP_CONNECTIONS=2", "VTN_RATE=1000")
	c := &connected{s, p, s.session(s.account())}
	c.stand("2 of 2 connections stand")
	c.announced(true)
	return c
}

// stand waits until /readyz is ready with this note.
func (c *connected) stand(note string) {
	c.t.Helper()
	c.eventually(note, func() bool {
		r, err := c.Ready(c.t.Context())
		if err != nil {
			c.t.Fatal(err)
		}
		return r.Ready && r.Parts[0].Note == note
	})
}

// announced waits until the server announces its own domain as a VTN, or no longer does.
func (c *connected) announced(want bool) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	defer cancel()
	c.eventually("the server's domain to be announced or not", func() bool {
		found, err := disco.GetInfo(ctx, "", jid.MustParse(c.server.Domain), c.looker)
		return err == nil && slices.ContainsFunc(found.Features, announces) == want
	})
}

// whole checks everything that the server grants: discovery by a VEN that knows only its server, and presence with and without a
// roster item.
func (c *connected) whole() {
	c.t.Helper()
	c.stand("2 of 2 connections stand")
	c.announced(true)
	v := c.connect(c.config(c.account()))
	ask(c.t, v, c.server.Domain, &oadr.QueryRegistration{RequestID: "q"}).expectOutcome(c.t, "oadrCreatedPartyRegistration 200")
	c.presenceComes()
	c.join()
}

// TestOneOfTwoConnectionsIsCutInMidFanOut: all pushes arrive, and SIGTERM closes both connections in order.
func TestOneOfTwoConnectionsIsCutInMidFanOut(t *testing.T) {
	t.Parallel()
	c := twoConnections(t)
	f := c.fanOut(testrand.New(t), 20)
	for range 5 {
		f.interrupt(c.proxy.CutOne)
	}
	f.converge(f.vens)
	c.whole()
	c.terminate()()
	if n := strings.Count(c.vtn.Output.Tail(1000), `"message":"left the XMPP server"`); n != 2 {
		t.Errorf("%d connections were left in order, want 2", n)
	}
}

// TestLostConnectionComesBackLater: meanwhile the other connection carries everything.
func TestLostConnectionComesBackLater(t *testing.T) {
	t.Parallel()
	c := twoConnections(t)
	vens := c.fleet(5, pushOnly)
	c.proxy.Shut()
	c.proxy.CutOne()
	c.stand("1 of 2 connections stand")
	c.announced(false)
	c.create(event(venIDs(vens)...))
	c.converge(vens)
	c.proxy.Open()
	c.whole()
}

// TestLateEndOfAReplacedConnection: long after a connection was replaced, the server's side of it ends, and the server withdraws
// presence and delegation from all connections. The test takes the half minute after which the VTN pings.
func TestLateEndOfAReplacedConnection(t *testing.T) {
	t.Parallel()
	c := twoConnections(t)
	c.proxy.HalfOpen()
	c.logged("lost the XMPP server")
	c.stand("2 of 2 connections stand")
	// The server still asks about the new connection; nothing tells when it is done.
	time.Sleep(5 * time.Second)
	c.proxy.EndHalfOpen()
	c.announced(false)
	c.announced(true)
	c.whole()
}
