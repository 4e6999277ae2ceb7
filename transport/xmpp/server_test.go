package xmpp

import (
	"context"
	"strconv"
	"sync"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
)

const password = "pencil and paper"

var (
	suite  context.Context // ends after all tests
	shared = sync.OnceValues(func() (*rig.Ejabberd, error) {
		return startEjabberd(suite)
	})
)

func TestMain(m *testing.M) {
	rig.Main(func(ctx context.Context) int {
		suite = ctx
		return m.Run()
	})
}

// startEjabberd starts a server with accounts ven1 to ven5, the first two of
// them with a roster item for the component.
func startEjabberd(ctx context.Context) (*rig.Ejabberd, error) {
	s, err := rig.StartEjabberd(ctx, rig.EjabberdOptions{Erl: "+sss 4096"})
	if err != nil {
		return nil, err
	}
	accounts := []rig.Account{}
	for i := range 5 {
		a := rig.Account{User: "ven" + strconv.Itoa(i+1), Password: password}
		if i < 2 {
			a.SeenBy = []string{s.Components[0]}
		}
		accounts = append(accounts, a)
	}
	return s, s.Register(ctx, accounts...)
}

// ejabberd is the server that tests share.
func ejabberd(t *testing.T) *rig.Ejabberd {
	t.Helper()
	rig.NeedEjabberd(t)
	s, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// ejabberdOfOwn is a server a test may stop.
func ejabberdOfOwn(t *testing.T) *rig.Ejabberd {
	t.Helper()
	rig.NeedEjabberd(t)
	ctx, cancel := context.WithCancel(suite)
	t.Cleanup(cancel)
	s, err := startEjabberd(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func config(s *rig.Ejabberd) Config {
	return Config{
		Server:  s.ComponentAddr,
		Domain:  s.Components[0],
		Secret:  s.Secret,
		VTNID:   "VTN",
		Limits:  oadr.DefaultLimits,
		Rate:    1000,
		Version: "1.2.3",
	}
}

// connect runs a component at the server, until the test ends.
func connect(t *testing.T, s *rig.Ejabberd) (*Component, *recorder) {
	t.Helper()
	r := newRecorder()
	c := New(config(s), r)
	run(t, c, r)
	return c, r
}
