package core_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// modes are all ways to decide who may register.
func modes(t *testing.T, test func(t *testing.T, r *rig)) {
	t.Run("known", func(t *testing.T) { test(t, start(t, known)) })
	t.Run("open", func(t *testing.T) { test(t, start(t)) })
	t.Run("webhook", func(t *testing.T) {
		r, _ := decided(t) // it lets in whoever comes
		test(t, r)
	})
}

// TestN4VENWithoutItsAccountsIsNobodys: nobody can take up a VEN whose accounts were
// taken away, whether it was registered or not.
func TestN4VENWithoutItsAccountsIsNobodys(t *testing.T) {
	for name, before := range map[string]func(r *rig, ven core.Peer){
		"registered": func(*rig, core.Peer) {},
		"not registered any more": func(r *rig, ven core.Peer) {
			if _, err := r.CancelRegistration(r.t.Context(), "ven1", "test"); err != nil {
				r.t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			modes(t, func(t *testing.T, r *rig) {
				ven := r.join("ven1")
				id := must[created](r, ven, registration()).RegistrationID
				before(r, ven)
				r.change("ven1", func(v *core.VEN) { v.Identities = nil })
				for _, from := range []core.Peer{peer("stranger"), ven} {
					m := registration()
					m.VENID = "ven1"
					got := must[created](r, from, m)
					wantCode(t, got.Response, oadr.CodeInvalidID, "r1")
					if got.RegistrationID != "" || got.VENID != "" {
						t.Errorf("%s was given %q, %q", from.Identity, got.RegistrationID, got.VENID)
					}
					m.RegistrationID = id
					wantCode(t, must[created](r, from, m).Response, oadr.CodeInvalidID, "r1")
					r.refusesStranger(from, &oadr.RequestEvent{RequestID: "q", VENID: "ven1"})
				}
				if v, err := r.VEN(t.Context(), "ven1"); err != nil || len(v.Identities) > 0 {
					t.Errorf("the VEN is %+v, %v", v, err)
				}
				r.change("ven1", func(v *core.VEN) { v.Identities = accounts("new") })
				if got := must[created](r, peer("new"), registration()); got.VENID != "ven1" {
					t.Errorf("the account it was given registered as %+v", got)
				}
			})
		})
	}
}

// An identity on one transport is enough: no peer on another transport takes the VEN up.
func TestN4VENOfAnotherTransportIsNotTakenUp(t *testing.T) {
	modes(t, func(t *testing.T, r *rig) {
		if _, err := r.AddVEN(t.Context(), core.VEN{VENID: "ven1", Identities: []core.Identity{{Transport: "simpleHttp", Name: "AB:CD"}}}); err != nil {
			t.Fatal(err)
		}
		m := registration()
		m.VENID = "ven1"
		wantCode(t, must[created](r, peer("stranger"), m).Response, oadr.CodeInvalidID, "r1")
	})
}

// Nor can the operator's system give out a VEN that was another account's.
func TestN12WebhookDoesNotGiveAVENThatLostItsAccounts(t *testing.T) {
	r, o := decided(t)
	r.join("ven1")
	r.change("ven1", func(v *core.VEN) { v.Identities = nil })
	o.says(core.Decision{Accept: true, VENID: "ven1"})
	wantCode(t, must[created](r, peer("stranger"), registration()).Response, oadr.CodeNotRegistered, "r1")
}

// TestX5AccountThatWasTakenAwayIsToldNothing: what concerns the VEN goes to the
// account that is still its own, which the VTN probes, and not to where the other is.
func TestX5AccountThatWasTakenAwayIsToldNothing(t *testing.T) {
	r := start(t)
	r.join("ven1", func(v *core.VEN) { v.Identities = append(v.Identities, accounts("former")...) })
	own, former := peer("ven1"), peer("former")
	must[response](r, former, &oadr.Poll{VENID: "ven1"})
	r.change("ven1", func(v *core.VEN) { v.Identities = accounts("ven1") })
	if got := <-r.wire.probes; !slices.Equal(got, []string{own.Identity}) {
		t.Errorf("probed %v", got)
	}
	r.Appear(former)
	r.Appear(own) // as the server answers
	r.waitFor(func() bool {
		v, err := r.VEN(t.Context(), "ven1")
		return err == nil && v.Route.Address == own.Address
	})
	e := r.create(simple(venIDs("ven1")...))
	p, _ := r.pushedEvents()
	if p.To != own.Address {
		t.Fatalf("pushed to %s", p.To)
	}
	r.Settle(former, p.Token, core.Outcome{Result: core.Acknowledged})
	r.Settle(own, p.Token, core.Outcome{Result: core.Unreachable})
	r.wantDelivery(e, "ven1", core.DeliveryUnreachable)
	r.quiet()
	if v, err := r.VEN(t.Context(), "ven1"); err != nil || r.Presence(v) == core.PresenceAvailable {
		t.Errorf("the VEN counts as available: %v", err)
	}
}

// TestN4OnlyWhatNeverHadAnAccountIsTakenUp: whatever an operator does, an account
// becomes a VEN that the operator gave it, one that never had an account, or a new one.
func TestN4OnlyWhatNeverHadAnAccountIsTakenUp(t *testing.T) {
	modes(t, func(t *testing.T, r *rig) {
		o := &owners{rig: r, rnd: rand.New(rand.NewPCG(11, 3)), had: map[string]bool{}, owner: map[string]string{}, was: map[string]string{}}
		for step := range 400 {
			for len(r.wire.probes) > 0 {
				<-r.wire.probes
			}
			switch account, venID := o.pick("a"), o.pick("ven"); o.rnd.IntN(7) {
			case 0:
				o.add(venID)
			case 1:
				o.replaceAccount(account, venID)
			case 2:
				if _, err := r.CancelRegistration(t.Context(), venID, "test"); err != nil && !notThere(err) {
					t.Fatal(err)
				}
			case 3:
				o.delete(venID)
			default:
				o.register(step, account, venID)
			}
		}
		if len(o.had) < mostOwners {
			t.Errorf("only %d VENs had an account", len(o.had))
		}
	})
}

const mostOwners = 5 // accounts, and as many venIDs

// owners is a VTN with the accounts and VENs that it should hold.
type owners struct {
	*rig
	rnd   *rand.Rand
	had   map[string]bool   // VENs that have or had an account
	owner map[string]string // by account, the VEN it is
	was   map[string]string // by account, the VEN that was deleted
}

func (o *owners) pick(prefix string) string {
	return fmt.Sprintf("%s%d", prefix, o.rnd.IntN(mostOwners))
}

// notThere reports whether a VEN does not exist or is deleted.
func notThere(err error) bool {
	return errors.Is(err, core.ErrNotFound) || errors.Is(err, core.ErrConflict)
}

// add enters a VEN without an account.
func (o *owners) add(venID string) {
	o.t.Helper()
	_, err := o.AddVEN(o.t.Context(), core.VEN{VENID: venID})
	if err != nil && !errors.Is(err, core.ErrConflict) {
		o.t.Fatal(err)
	}
	if err == nil {
		o.had[venID] = false
	}
}

// replaceAccount takes a VEN's account away, or replaces it by one that nobody has.
func (o *owners) replaceAccount(account, venID string) {
	o.t.Helper()
	var now []string
	if o.owner[account] == "" && o.rnd.IntN(2) == 0 {
		now = append(now, account)
	}
	_, err := o.ModifyVEN(o.t.Context(), venID, func(v *core.VEN) error { v.Identities = accounts(now...); return nil })
	if notThere(err) {
		return
	}
	if err != nil {
		o.t.Fatal(err)
	}
	maps.DeleteFunc(o.owner, func(_, v string) bool { return v == venID })
	if now != nil {
		o.owner[account], o.had[venID] = venID, true
	}
}

func (o *owners) delete(venID string) {
	o.t.Helper()
	_, err := o.DeleteVEN(o.t.Context(), venID, "test")
	if notThere(err) {
		return
	}
	if err != nil {
		o.t.Fatal(err)
	}
	for a, v := range o.owner {
		if v == venID {
			o.was[a] = venID
			delete(o.owner, a)
		}
	}
}

// register has an account register under a venID, and checks that it takes up only
// a VEN that never had an account, or that was its own.
func (o *owners) register(step int, account, venID string) {
	o.t.Helper()
	m := registration()
	m.VENID = venID
	got := must[created](o.rig, peer(account), m)
	if got.Response.Code != oadr.CodeOK {
		return
	}
	owner := o.owner[account]
	if owner != venID && o.had[venID] && o.was[account] != venID || owner != "" && owner != venID {
		o.t.Fatalf("step %d: %s, which was %q, became %s", step, account, owner, venID)
	}
	o.owner[account], o.had[venID] = venID, true
}
