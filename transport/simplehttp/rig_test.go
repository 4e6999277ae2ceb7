package simplehttp

import (
	"context"
	"sync"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
)

// authorities makes the certificates that tests of this package share.
var authorities func() (*rig.HTTPS, error)

func TestMain(m *testing.M) {
	rig.Main(func(ctx context.Context) int {
		authorities = sync.OnceValues(func() (*rig.HTTPS, error) { return rig.NewHTTPS(ctx) })
		return m.Run()
	})
}
