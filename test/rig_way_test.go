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

var overXMPP = way{"xmpp", (*vens).logIn}

// ways are all of them.
var ways = []way{overXMPP}

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
