package registry_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

func TestVENIsReadAsStored(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v := &core.VEN{VENID: "ven-1", Name: "Großes Haus", Profile: "2.0b", PushURL: "https://ven.example.org/", PayloadRoot: "message", Stanza: "body",
			Identities: []core.Identity{{Transport: "http", Name: "AA:BB"}, {Transport: "xmpp", Name: "ven1@example.org"}},
			Groups:     []string{"g1", "g2"}, Resources: []string{"r"}, Parties: []string{"p"}, MarketContexts: []string{"http://example.org"},
			CreatedAt: w.now}
		w.change(func(tx core.Tx, rev int64) error {
			v.LabelsRev = rev
			return tx.PutVEN(v)
		})
		check := func() {
			t.Helper()
			for _, got := range []*core.VEN{
				view(w, func(r core.Reader) (*core.VEN, error) { return r.VEN("ven-1") }),
				view(w, func(r core.Reader) (*core.VEN, error) { return r.VENByIdentity(v.Identities[0]) }),
			} {
				if !reflect.DeepEqual(got, v) {
					t.Errorf("read   %+v\nstored %+v", got, v)
				}
			}
		}
		check()
		v.Registration = &core.Registration{RegistrationID: "r1", Profile: "2.0b", Transport: "xmpp", Address: "ven1@example.org",
			HTTPPull: true, XMLSignature: true, StartedAt: w.now}
		w.change(func(tx core.Tx, rev int64) error { return tx.Register(v.No, v.Registration) })
		v.Route = core.Route{Transport: "xmpp", Identity: "ven1@example.org", Address: "ven1@example.org/a", Form: oadr.Form{Root: oadr.RootMessage}, Stanza: "message", SeenAt: w.now}
		w.must(w.SetRoutes(ctx, map[int64]core.Route{v.No: v.Route, v.No + 1000: v.Route})) // the second number is of no VEN
		check()
		v.Profile, v.PushURL = "2.0a", ""
		v.Name, v.Groups, v.Identities = "", []string{"g3"}, v.Identities[1:]
		w.change(func(tx core.Tx, rev int64) error { return tx.PutVEN(v) })
		check()
	})
}

func TestRoutesOfManyVENs(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		a, b, c := w.ven("a"), w.ven("b"), w.ven("c")
		at := func(v *core.VEN, resource string) core.Route {
			id := v.Identities[0]
			return core.Route{Transport: id.Transport, Identity: id.Name, Address: id.Name + "/" + resource, SeenAt: w.now}
		}
		routes := map[int64]core.Route{a.No: at(a, "1"), b.No: at(b, "2"), c.No: at(a, "3")} // the last is the address of another VEN
		w.must(w.SetRoutes(ctx, routes))
		ids := []core.Identity{a.Identities[0], b.Identities[0], c.Identities[0], a.Identities[0],
			jid("nobody"), {Transport: "other", Name: a.Identities[0].Name}, {Transport: "xmpp", Name: "a\x00"}, {Transport: "xmpp", Name: "a\xff"}}
		got := view(w, func(r core.Reader) (map[core.Identity]*core.VEN, error) { return r.Senders(ids) })
		if len(got) != 3 {
			t.Errorf("%d identities belong to VENs, want 3: %v", len(got), got)
		}
		for v, want := range map[*core.VEN]string{a: "1", b: "2", c: ""} {
			found := got[v.Identities[0]]
			if found == nil || found.VENID != v.VENID {
				t.Errorf("%s: found %+v", v.VENID, found)
				continue
			}
			if want != "" {
				want = at(v, want).Address
			}
			if found.Route.Address != want {
				t.Errorf("%s is at %q, want %q", v.VENID, found.Route.Address, want)
			}
		}
		w.must(w.SetRoutes(ctx, map[int64]core.Route{a.No: {Transport: "xmpp", Identity: "a\x00", Address: "a\x00/1"}, b.No: at(b, "4")}))
		got = view(w, func(r core.Reader) (map[core.Identity]*core.VEN, error) { return r.Senders(ids) })
		if g := got[b.Identities[0]].Route.Address; g != at(b, "4").Address {
			t.Errorf("beside an address that cannot be stored, the other VEN has %q", g)
		}
	})
}

func TestListOfVENs(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		for _, id := range []string{"b", "a", "Z", "a-1", "ä", "c"} {
			w.ven(id)
		}
		var got []string
		for after, pages := "", 0; ; pages++ {
			w.must(w.View(ctx, func(r core.Reader) error {
				vens, next, err := r.VENs(core.VENFilter{}, after, 2)
				if len(vens) > 2 {
					t.Errorf("%d VENs, over the limit", len(vens))
				}
				for _, v := range vens {
					if len(v.Identities) != 1 {
						t.Errorf("%+v", v)
					}
					got = append(got, v.VENID)
				}
				after = next
				return err
			}))
			if after == "" {
				break
			}
		}
		if want := "Z a a-1 b c ä"; strings.Join(got, " ") != want {
			t.Errorf("listed %q, want %q", got, want)
		}
	})
}

func TestTakenValuesConflict(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		a, b := w.ven("ven-a"), w.ven("ven-b")
		e := w.event("e", all)
		w.change(func(tx core.Tx, rev int64) error { return tx.Register(a.No, &core.Registration{RegistrationID: "r"}) })
		for name, try := range map[string]func(core.Tx) error{
			"ven-a":             func(tx core.Tx) error { return tx.PutVEN(&core.VEN{VENID: "ven-a"}) },
			"ven-b":             func(tx core.Tx) error { v := *a; v.VENID = "ven-b"; return tx.PutVEN(&v) },
			"ven-a@example.org": func(tx core.Tx) error { return tx.PutVEN(&core.VEN{VENID: "ven-c", Identities: a.Identities}) },
			"ven-b@example.org": func(tx core.Tx) error {
				v := *a
				v.Identities = append(v.Identities, jid("ven-b"))
				return tx.PutVEN(&v)
			},
			`"r"`: func(tx core.Tx) error { return tx.Register(b.No, &core.Registration{RegistrationID: "r"}) },
			`"e"`: func(tx core.Tx) error {
				return tx.PutEvent(&core.Event{EventSpec: core.EventSpec{EventID: e.EventID}}, "x")
			},
		} {
			err := w.Change(ctx, func(tx core.Tx, _ int64) error {
				return try(tx)
			})
			if !errors.Is(err, core.ErrConflict) || !strings.Contains(fmt.Sprint(err), name) {
				t.Errorf("%s: %v", name, err)
			}
		}
		w.remove(a.No)
		c := w.ven("ven-a") // the venID and the identity may be used again, the number may not
		if c.No == a.No || c.No == b.No {
			t.Errorf("number %d is given again", c.No)
		}
	})
}

func TestUnknownIsNotFound(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		for name, try := range map[string]func(core.Tx) error{
			"VEN":             func(tx core.Tx) error { _, err := tx.VEN("x"); return err },
			"VENByIdentity":   func(tx core.Tx) error { _, err := tx.VENByIdentity(jid("x")); return err },
			"Event":           func(tx core.Tx) error { _, err := tx.Event("x"); return err },
			"Answer":          func(tx core.Tx) error { _, err := tx.Answer(1, 1); return err },
			"PutVEN":          func(tx core.Tx) error { return tx.PutVEN(&core.VEN{No: 7, VENID: "x"}) },
			"PutEvent":        func(tx core.Tx) error { return tx.PutEvent(&core.Event{No: 7}, "x") },
			"DeleteVEN":       func(tx core.Tx) error { return tx.DeleteVEN(7, w.now) },
			"EndRegistration": func(tx core.Tx) error { return tx.EndRegistration(7, w.now) },
			"MarkVEN":         func(tx core.Tx) error { return tx.MarkVEN(core.TopicEvents, 7, 1, 0, w.now) },
			"OpenOutbox":      func(tx core.Tx) error { return tx.OpenOutbox(7, 1, core.OutboxParked, w.now) },
			"CloseOutbox":     func(tx core.Tx) error { return tx.CloseOutbox(7) },
		} {
			if err := w.Update(ctx, try); !errors.Is(err, core.ErrNotFound) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// Rules N3 and N5: a VEN has one registration, which can be renewed.
func TestRegistrationStands(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v := w.ven("ven-1")
		register := func(r core.Registration) {
			r.StartedAt = w.now
			w.change(func(tx core.Tx, rev int64) error { return tx.Register(v.No, &r) })
			got := view(w, func(rd core.Reader) (*core.VEN, error) { return rd.VEN("ven-1") })
			if got.Registration == nil || *got.Registration != r {
				t.Errorf("standing %+v, want %+v", got.Registration, r)
			}
		}
		register(core.Registration{RegistrationID: "r1", Transport: "xmpp"})
		w.pass(time.Minute)
		register(core.Registration{RegistrationID: "r1", Transport: "xmpp", Address: "new", ReportOnly: true})
		register(core.Registration{RegistrationID: "r2"})
		if n := w.count(`SELECT count(*) FROM registration WHERE registration_id = 'r1' AND ended_at = $1`, w.now.UnixMilli()); n != 1 {
			t.Error("the earlier registration has not ended")
		}
		w.change(func(tx core.Tx, rev int64) error { return tx.EndRegistration(v.No, w.now) })
		if got := view(w, func(rd core.Reader) (*core.VEN, error) { return rd.VEN("ven-1") }); got.Registration != nil {
			t.Errorf("standing %+v after the end", got.Registration)
		}
		register(core.Registration{RegistrationID: "r2"})
	})
}

func TestDeletingAVENLeavesNothing(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v, stays := w.ven("ven-1", "g"), w.ven("ven-2", "g")
		e := w.event("e", all)
		for _, c := range w.claim(core.UrgencyNormal) {
			w.settle(c, core.Outcome{Result: core.Acknowledged})
		}
		for _, one := range []*core.VEN{v, stays} {
			w.change(func(tx core.Tx, rev int64) error {
				return errors.Join(tx.Register(one.No, &core.Registration{RegistrationID: one.VENID}),
					tx.PutEventVersion(withdrawn(e.No, one.No, rev, 1)), tx.PutAnswer(core.Answer{EventNo: e.No, VENNo: one.No}),
					tx.PutOpt(&core.Opt{VENNo: one.No, OptID: "o", Periods: []core.OptPeriod{{}}}))
			})
		}
		w.remove(v.No)
		for _, table := range []string{"identity", "registration", "event_own", "event_answer", "outbox", "push", "opt", "opt_period"} {
			if n := w.count(`SELECT count(*) FROM ` + table); n != 1 {
				t.Errorf("%d rows in %s, want the other VEN's", n, table)
			}
		}
		if n := w.count(`SELECT count(*) FROM label WHERE ven_no <> $1`, stays.No); n != 0 {
			t.Errorf("%d labels left", n)
		}
	})
}
