package people_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/core/coretest"
	"github.com/vtn-xmpp/vtn-xmpp/people"
	"github.com/vtn-xmpp/vtn-xmpp/registry"
	"github.com/vtn-xmpp/vtn-xmpp/registry/registrytest"
)

const password = "three words together"

// open returns the people in a real store, one of whom is ada, an operator.
func open(t *testing.T) (*people.People, *coretest.Clock) {
	t.Helper()
	reg, err := registry.Open(t.Context(), registrytest.SQLite(t), zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { reg.Close() })
	clock := coretest.NewClock(time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC))
	p := people.New(reg.People(), clock)
	for _, u := range []people.User{{Name: "root", Role: people.Administrator}, {Name: "ada", Role: people.Operator}} {
		if _, err := p.AddUser(t.Context(), u.Name, u.Role, password, "test"); err != nil {
			t.Fatal(err)
		}
	}
	return p, clock
}

// TestSessionTimes: a session ends after twelve hours without a request, and after seven
// days in any case.
func TestSessionTimes(t *testing.T) {
	p, clock := open(t)
	secret, who, err := p.SignIn(t.Context(), "ADA", password, "192.0.2.1")
	if err != nil || who.Name != "ada" || who.Role != people.Operator || !who.Ends.Equal(clock.Now().Add(people.SessionTime)) {
		t.Fatal(who, err)
	}
	began := clock.Now()
	for clock.Now().Before(began.Add(people.SessionTime - people.SessionIdle)) {
		clock.Move(people.SessionIdle - time.Minute)
		if _, err := p.Of(t.Context(), people.Session, secret); err != nil {
			t.Fatalf("after %v: %v", clock.Now().Sub(began), err)
		}
	}
	clock.Move(began.Add(people.SessionTime).Sub(clock.Now()))
	if _, err := p.Of(t.Context(), people.Session, secret); !errors.Is(err, people.ErrNoKey) {
		t.Errorf("after seven days: %v", err)
	}
	secret, _, err = p.SignIn(t.Context(), "ada", password, "192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	clock.Move(people.SessionIdle)
	if _, err := p.Of(t.Context(), people.Session, secret); !errors.Is(err, people.ErrNoKey) {
		t.Errorf("unused for twelve hours: %v", err)
	}
	if err := p.Retire(t.Context(), time.Hour); err != nil {
		t.Error(err)
	}
	if keys, err := p.Keys(t.Context(), "ada"); len(keys) != 0 || err != nil {
		t.Errorf("%+v, %v", keys, err)
	}
}

// TestKeysAreOfOneKind: a token is no session, a session no token, and a token ends when
// it was said to.
func TestKeysAreOfOneKind(t *testing.T) {
	p, clock := open(t)
	session, _, err := p.SignIn(t.Context(), "ada", password, "192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	token, k, err := p.AddToken(t.Context(), "ada", "a program", people.Administrator, time.Hour)
	if err != nil || !strings.HasPrefix(token, "vtn_") {
		t.Fatal(token, err)
	}
	for secret, kind := range map[string]people.KeyKind{session: people.Bearer, token: people.Session, k.Hash: people.Bearer, "": people.Bearer} {
		if _, err := p.Of(t.Context(), kind, secret); !errors.Is(err, people.ErrNoKey) {
			t.Errorf("%s as a %s: %v", secret, kind, err)
		}
	}
	if who, err := p.Of(t.Context(), people.Bearer, token); err != nil || who.Role != people.Operator {
		t.Errorf("a token of an operator that may all: %+v, %v", who, err)
	}
	clock.Move(time.Hour)
	if _, err := p.Of(t.Context(), people.Bearer, token); !errors.Is(err, people.ErrNoKey) {
		t.Errorf("after its hour: %v", err)
	}
}

// TestRoleCountsAtOnce: another role counts for sessions and tokens that there are.
func TestRoleCountsAtOnce(t *testing.T) {
	p, _ := open(t)
	session, _, err := p.SignIn(t.Context(), "ada", password, "192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	less := people.Viewer
	if _, err := p.ModifyUser(t.Context(), "ada", people.UserChange{Role: &less}); err != nil {
		t.Fatal(err)
	}
	if who, err := p.Of(t.Context(), people.Session, session); err != nil || who.Role != people.Viewer {
		t.Errorf("%+v, %v", who, err)
	}
}

// TestAttempts: after five wrong passwords that network waits for that user, after thirty
// for all; others do not, and time makes it good.
func TestAttempts(t *testing.T) {
	p, clock := open(t)
	try := func(name, password, address string) error {
		_, _, err := p.SignIn(t.Context(), name, password, address)
		return err
	}
	var wait *people.WaitError
	for i := range 6 {
		err := try("ada", "wrong", fmt.Sprintf("2001:db8::%d", i)) // one network
		if i < 5 && !errors.Is(err, people.ErrWrong) || i == 5 && !errors.As(err, &wait) {
			t.Fatalf("attempt %d: %v", i, err)
		}
	}
	if err := try("ada", password, "2001:db8::1"); !errors.As(err, &wait) {
		t.Errorf("the right one, too soon: %v", err)
	}
	if err := try("ada", password, "2001:db8:1::1"); err != nil {
		t.Errorf("from elsewhere: %v", err)
	}
	if err := try("root", password, "2001:db8::1"); err != nil {
		t.Errorf("another user: %v", err)
	}
	clock.Move(wait.For)
	if err := try("ada", password, "2001:db8::1"); err != nil {
		t.Errorf("after %v: %v", wait.For, err)
	}
	for i := range 31 {
		err := try(fmt.Sprint("user", i), "wrong", "192.0.2.1")
		if i < 30 && !errors.Is(err, people.ErrWrong) || i == 30 && !errors.As(err, &wait) {
			t.Fatalf("user %d: %v", i, err)
		}
	}
}

// TestManySignInsAtOnce: they wait for each other, and give up when their request does.
func TestManySignInsAtOnce(t *testing.T) {
	p, _ := open(t)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if _, _, err := p.SignIn(t.Context(), "ada", password, "192.0.2.1"); err != nil && !errors.Is(err, core.ErrBusy) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := p.SignIn(ended, "ada", password, "192.0.2.1"); err == nil {
		t.Error("a request that has ended signs in")
	}
}
