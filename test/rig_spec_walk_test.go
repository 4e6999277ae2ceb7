package test

// The walk of a certification from the side of the specification: one check for
// each numbered rule that can be seen on the wire, in spec_*_test.go by area. The
// name of a check begins with the numbers: TestSpec406…, TestSpec5Spec57…,
// TestSpec9_3_4_1…, or t.Run("Spec 406 …").

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
)

// walkStack is an ejabberd and a VTN for all checks, so that a check takes milliseconds. Both end with the program.
var walkStack = sync.OnceValues(func() (*stack, error) {
	e, err := rig.StartEjabberd(lifetime, rig.EjabberdOptions{})
	if err != nil {
		return nil, err
	}
	vtn, err := rig.StartVTN(lifetime, httpOptions(vtnOptions(e, e.ComponentAddr)))
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(lifetime, patience)
	defer cancel()
	for _, namespace := range delegated {
		if _, err := vtn.WaitLog(ctx, `"namespace":"`+namespace+`"`); err != nil {
			return nil, err
		}
	}
	s := newStack(nil, e, vtn)
	s.spare = &spareAccounts{server: e}
	return s, nil
})

// walk is the stack of the walk for one check, which runs beside others: it has
// VENs of its own, targets them by venID or by labels that [own] makes, and
// leaves server and VTN running. A check that needs settings or a clock of its
// own uses [start] or [startInside].
func walk(t *testing.T) *stack {
	t.Helper()
	t.Parallel()
	shared, err := walkStack()
	if err != nil {
		t.Fatal(err)
	}
	log := shared.vtn.Output
	t.Cleanup(func() {
		if t.Failed() {
			t.Log("the VTN's log ends:\n" + ending(log))
		}
		if strings.Contains(log.Tail(1<<20), "DATA RACE") {
			t.Error("the race detector found something; see the log")
		}
	})
	return shared.in(t)
}

// own is a name that no other check has, for a group, a market context, an event …
func own(t *testing.T, name string) string {
	return strings.NewReplacer("/", ".", " ", "_").Replace(t.Name()) + "." + name
}

// spareAccounts are accounts made beforehand, many in one call: a call takes
// far longer than an account.
type spareAccounts struct {
	server *rig.Ejabberd

	mu   sync.Mutex
	left []rig.Account
}

// take takes n of them.
func (s *spareAccounts) take(n int) ([]rig.Account, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.left) < n {
		more, err := registerAccounts(lifetime, s.server, n+50)
		if err != nil {
			return nil, fmt.Errorf("spare accounts: %w", err)
		}
		s.left = append(s.left, more...)
	}
	taken := s.left[:n:n]
	s.left = s.left[n:]
	return taken, nil
}
