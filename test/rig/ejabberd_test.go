package rig_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
)

func TestEjabberdTakesAHundredAccounts(t *testing.T) {
	t.Parallel()
	e := startEjabberd(t, rig.EjabberdOptions{})
	var accounts []rig.Account
	for i := range 100 {
		accounts = append(accounts, rig.Account{User: fmt.Sprintf("ven%d", i), Password: `s&<'">` + fmt.Sprint(i), SeenBy: e.Components})
	}
	if err := e.Register(t.Context(), accounts...); err != nil {
		t.Fatal(err)
	}
	for _, i := range []int{0, 57, 99} {
		mustLogin(t, e, accounts[i].User, accounts[i].Password)
		roster, err := e.Ctl(t.Context(), "get_roster", accounts[i].User, e.Domain)
		if err != nil || !strings.HasPrefix(roster, "vtn.localhost\t") || !strings.Contains(roster, "\tfrom\t") {
			t.Errorf("the roster of %s is %q (%v)", accounts[i].User, roster, err)
		}
	}
	if s, err := login(t.Context(), e, "ven1", "wrong"); err == nil {
		s.Close()
		t.Error("a wrong password is accepted")
	}
	if err := e.Register(t.Context(), accounts[3]); err == nil {
		t.Error("an account was registered twice")
	}
}

func TestEjabberdComesBackAfterKillAndStop(t *testing.T) {
	t.Parallel()
	e := startEjabberd(t, rig.EjabberdOptions{})
	if err := e.Register(t.Context(), rig.Account{User: "ven1", Password: "secret"}); err != nil {
		t.Fatal(err)
	}
	secret, addr := e.Secret, e.ComponentAddr
	for _, end := range []struct {
		name string
		do   func() error
	}{
		{"kill", e.Kill},
		{"stop", func() error { e.Stop(); return nil }},
	} {
		if err := end.do(); err != nil {
			t.Fatal(end.name, err)
		}
		if conn, err := net.Dial("tcp", addr); err == nil {
			conn.Close()
			t.Fatalf("after %s something still listens at %s", end.name, addr)
		}
		if err := e.Start(t.Context()); err != nil {
			t.Fatal(end.name, err)
		}
		if e.Secret != secret {
			t.Errorf("after %s the secret is another", end.name)
		}
		mustLogin(t, e, "ven1", "secret")
	}
}

func TestTwoEjabberdsSideBySide(t *testing.T) {
	t.Parallel()
	rig.NeedEjabberd(t)
	var servers [2]*rig.Ejabberd
	var wg sync.WaitGroup
	for i := range servers {
		wg.Go(func() {
			e, err := rig.StartEjabberd(t.Context(), rig.EjabberdOptions{Components: []string{"vtn.localhost", "plain.localhost"}})
			if err != nil {
				t.Error(err)
				return
			}
			servers[i] = e
		})
	}
	wg.Wait()
	if t.Failed() {
		return
	}
	for i, e := range servers {
		t.Cleanup(e.Close)
		if err := e.Register(t.Context(), rig.Account{User: "ven1", Password: fmt.Sprint("secret", i)}); err != nil {
			t.Fatal(err)
		}
	}
	servers[0].Close()
	mustLogin(t, servers[1], "ven1", "secret1")
}

func TestEjabberdKickEndsASession(t *testing.T) {
	t.Parallel()
	e := startEjabberd(t, rig.EjabberdOptions{})
	if err := e.Register(t.Context(), rig.Account{User: "ven1", Password: "secret"}); err != nil {
		t.Fatal(err)
	}
	s := mustLogin(t, e, "ven1", "secret")
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(nil) }()
	if err := e.Kick(t.Context(), s.LocalAddr().String()); err != nil {
		t.Fatal(err)
	}
	select {
	case <-ended:
	case <-time.After(20 * time.Second):
		t.Error("the session lives on")
	}
}

func TestEjabberdFreezesAndThaws(t *testing.T) {
	t.Parallel()
	e := startEjabberd(t, rig.EjabberdOptions{})
	if err := e.Register(t.Context(), rig.Account{User: "ven1", Password: "secret"}); err != nil {
		t.Fatal(err)
	}
	if err := e.Freeze(); err != nil {
		t.Fatal(err)
	}
	answer := make(chan error, 1)
	go func() {
		s, err := login(t.Context(), e, "ven1", "secret")
		if err == nil {
			err = s.Conn().Close()
		}
		answer <- err
	}()
	select {
	case err := <-answer:
		t.Fatalf("a frozen server answers: %v", err)
	case <-time.After(300 * time.Millisecond):
	}
	if err := e.Thaw(); err != nil {
		t.Fatal(err)
	}
	if err := <-answer; err != nil {
		t.Fatal(err)
	}
}

func TestEjabberdLeavesNothing(t *testing.T) {
	t.Parallel()
	rig.NeedEjabberd(t)
	ctx, cancel := context.WithCancel(t.Context())
	e, err := rig.StartEjabberd(ctx, rig.EjabberdOptions{})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	e.Close() // waits for what cancel began
	if conn, err := net.Dial("tcp", e.ClientAddr); err == nil {
		conn.Close()
		t.Error("something still listens")
	}
	if _, err := os.Stat(e.CAFile); !os.IsNotExist(err) {
		t.Errorf("the folder is left: %v", err)
	}
	if err := e.Start(t.Context()); err == nil {
		t.Error("a closed server starts")
	}
}
