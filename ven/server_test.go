package ven

import (
	"context"
	"crypto/tls"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
)

// The server of all tests here. The first component has the VTN's privileges
// and is never connected; the scripted VTN is the second, an ordinary one.
const scripted = "scripted.localhost"

var serverLife, endServer = context.WithCancel(context.Background())

var theServer = sync.OnceValues(func() (*rig.Ejabberd, error) {
	e, err := rig.StartEjabberd(serverLife, rig.EjabberdOptions{Components: []string{"vtn.localhost", scripted}})
	if err != nil {
		return nil, err
	}
	var accounts []rig.Account
	for i := range 4 {
		accounts = append(accounts, rig.Account{User: fmt.Sprintf("ven%d", i+1), Password: "sesame & <open>"})
	}
	return e, e.Register(serverLife, accounts...)
})

func TestMain(m *testing.M) {
	rig.Main(func(context.Context) int {
		defer endServer()
		return m.Run()
	})
}

// startServer gives the server, started with the first test that asks.
func startServer(t *testing.T) *rig.Ejabberd {
	t.Helper()
	if _, err := exec.LookPath("ejabberdctl"); err != nil && os.Getenv("CI") != "true" {
		t.Skip("ejabberd is not installed; test/install installs it")
	}
	e, err := theServer()
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// account is the configuration of a VEN with an account on the server.
func account(e *rig.Ejabberd, name string) Config {
	return Config{
		JID:      name + "@" + e.Domain,
		Password: "sesame & <open>",
		Server:   e.ClientAddr,
		TLS:      &tls.Config{RootCAs: e.CertPool},
	}
}
