package test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
)

// way is a way for VENs and VTN to speak.
type way struct {
	name    string
	connect func(s *vens, p *puppet, change []func(*ven.Config))
}

func (w way) pull() bool { return w.name == "pull" }
func (w way) push() bool { return w.name == "push" }
func (w way) http() bool { return w.pull() || w.push() }

// transport is the name of its transport.
func (w way) transport() string {
	if w.http() {
		return oadr.TransportSimpleHTTP
	}
	return oadr.TransportXMPP
}

var (
	overXMPP = way{"xmpp", (*vens).logIn}
	overPull = way{"pull", (*vens).polls}
	overPush = way{"push", (*vens).isPushedTo}
)

// ways are all of them.
var ways = []way{overXMPP, overPull, overPush}

// eachWay runs a check of the walk over each way, beside others.
func eachWay(t *testing.T, check func(t *testing.T, s *stack)) {
	t.Helper()
	for _, w := range ways {
		t.Run(w.name, func(t *testing.T) {
			s := walk(t)
			s.way = w
			check(t, s)
		})
	}
}

// startEachWay runs a check over each way, on a VTN of its own for each, side by side.
func startEachWay(t *testing.T, check func(t *testing.T, s *stack), env ...string) {
	t.Helper()
	for _, w := range ways {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			check(t, startWay(t, w, env...))
		})
	}
}

// startWay is [start] for VENs that speak in one way. Over HTTP the VTN is beside any other, and no VEN reaches it by XMPP.
func startWay(t *testing.T, w way, env ...string) *stack {
	t.Helper()
	if !w.http() {
		return start(t, env...)
	}
	e, err := asideServer()
	if err != nil {
		t.Fatal(err)
	}
	o := httpOptions(vtnOptions(e, e.ComponentAddr, env...))
	o.Domain = asideDomains[int(asides.Add(1))%len(asideDomains)]
	s := startWith(t, e, o)
	s.way = w
	return s
}

// startBoth is [start] for VENs that speak in any way.
func startBoth(t *testing.T, w way, env ...string) *stack {
	t.Helper()
	s := startWith(t, server, httpOptions(vtnOptions(server, server.ComponentAddr, env...)))
	s.way = w
	return s
}

// asideDomains are those of components that a VTN connects as only to be ready.
var asideDomains = func() (all []string) {
	for i := range 30 {
		all = append(all, fmt.Sprintf("aside%d.localhost", i))
	}
	return all
}()

var asides atomic.Int64

// asideServer is the server of VTNs that VENs reach by HTTP. It ends with the program.
var asideServer = sync.OnceValues(func() (*rig.Ejabberd, error) {
	return rig.StartEjabberd(lifetime, rig.EjabberdOptions{Components: asideDomains})
})
