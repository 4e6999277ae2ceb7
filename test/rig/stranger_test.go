package rig_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
)

// TestWrongPasswordsShutOut an address for a while, and nobody else.
func TestWrongPasswordsShutOut(t *testing.T) {
	t.Parallel()
	eachRelease(t, func(t *testing.T, o rig.EjabberdOptions) {
		e := startEjabberd(t, o)
		if err := e.Register(t.Context(), rig.Account{User: "ven1", Password: "secret"}, rig.Account{User: "ven2", Password: "secret"}); err != nil {
			t.Fatal(err)
		}
		const attacker, honest, proxy = "127.0.0.2", "127.0.0.3", "127.0.0.1"
		try := func(address, user, password string) error {
			s, err := loginFrom(t.Context(), e, address, user, password)
			if err == nil {
				s.Conn().Close()
			}
			return err
		}
		for range 19 {
			for _, address := range []string{attacker, proxy} {
				if err := try(address, "ven1", "wrong"); err == nil || strings.Contains(err.Error(), "policy-violation") {
					t.Fatalf("a wrong password from %s: %v", address, err)
				}
			}
		}
		// A VEN at the same address that logs in has the count begin anew.
		if err := try(attacker, "ven2", "secret"); err != nil {
			t.Fatalf("a VEN that shares the address: %v", err)
		}
		for range 20 {
			for _, address := range []string{attacker, proxy} {
				if err := try(address, "nobody", "wrong"); err == nil {
					t.Fatalf("from %s an account that does not exist logs in", address)
				}
			}
		}
		if err := try(attacker, "ven1", "secret"); err == nil {
			t.Error("after 20 wrong passwords the right one is taken")
		}
		for _, address := range []string{honest, proxy} {
			if err := try(address, "ven1", "secret"); err != nil {
				t.Errorf("a VEN at %s: %v", address, err)
			}
		}
		if out, err := e.Ctl(t.Context(), "unban_ip", attacker+"/32"); err != nil {
			t.Errorf("unban_ip: %v: %s", err, out)
		}
		if err := try(attacker, "ven1", "secret"); err != nil {
			t.Errorf("after unban_ip: %v", err)
		}
	})
}

// TestStrangersAreReadSlowly: what a client sends before it has logged in is not taken into memory at once, however large a stanza
// may be for those that have. A VEN that comes after it, with as much to say, is answered before.
func TestStrangersAreReadSlowly(t *testing.T) {
	t.Parallel()
	eachRelease(t, func(t *testing.T, o rig.EjabberdOptions) {
		e := startEjabberd(t, o)
		if err := e.Register(t.Context(), rig.Account{User: "ven1", Password: "secret"}); err != nil {
			t.Fatal(err)
		}
		big := "<iq type='set' id='big' to='localhost'>" + strings.Repeat("<a/>", 150_000) + "</iq>"
		stranger := dial(t, e.ClientAddr)
		fmt.Fprint(stranger, "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0' to='localhost'>"+big)
		ven := &client{Session: mustLogin(t, e, "ven1", "secret")}
		ven.say(t, big)
		ven.until(t, "id='big'")

		if err := stranger.SetReadDeadline(time.Now().Add(10 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		said, err := io.ReadAll(stranger)
		if !errors.Is(err, os.ErrDeadlineExceeded) || strings.Contains(string(said), "</stream:stream>") {
			t.Errorf("a stanza of 600 kB from a stranger is answered before a VEN's: %s (%v)", said, err)
		}
	})
}
