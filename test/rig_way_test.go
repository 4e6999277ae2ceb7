package test

import (
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/ven"
)

// way is a way for VENs and VTN to speak.
type way struct {
	name    string
	connect func(s *vens, p *puppet, change []func(*ven.Config))
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
	for _, w := range ways[:1] {
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
	for _, w := range ways[:1] {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			check(t, startWay(t, w, env...))
		})
	}
}

// startWay is [start] for VENs that speak in one way.
func startWay(t *testing.T, w way, env ...string) *stack {
	t.Helper()
	o := vtnOptions(server, server.ComponentAddr, env...)
	if w.name != overXMPP.name {
		o = httpOptions(o)
	}
	s := startWith(t, server, o)
	s.way = w
	return s
}
