package registry_test

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

func TestNotices(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v, other := w.ven("ven-1"), w.ven("ven-2")
		list := func(before int64, limit int) (int64, []core.Notice) { return listNotices(w, v, before, limit) }
		standing := func() []core.Notice {
			return view(w, func(r core.Reader) ([]core.Notice, error) { return r.StandingNotices([]int64{other.No, v.No}) })
		}
		if lastNotice(w, "ven-1") != nil {
			t.Error("a VEN has a notice although none was stored")
		}
		a, b, c := notice(w, v, core.NoticeReregister), notice(w, other, core.NoticeCancel), notice(w, v, core.NoticeCancel)
		if got := standing(); !reflect.DeepEqual(got, []core.Notice{a, c, b}) {
			t.Errorf("standing notices: %+v", got)
		}
		next, got := list(0, 1)
		if !reflect.DeepEqual(got, []core.Notice{c}) || next != c.Rev {
			t.Errorf("the first part is %+v, next %d", got, next)
		}
		if next, got = list(next, 1); !reflect.DeepEqual(got, []core.Notice{a}) || next != 0 {
			t.Errorf("the second part is %+v, next %d", got, next)
		}
		if got := lastNotice(w, "ven-1"); !reflect.DeepEqual(got, &c) {
			t.Errorf("the last notice is %+v", got)
		}

		w.pass(time.Second)
		a.ToldAt, a.Code, a.Error, a.State = w.now, 453, "what?\x00", core.NoticeTold
		c.State, c.EndedAt = core.NoticeDropped, w.now
		w.change(func(tx core.Tx, rev int64) error { return errors.Join(tx.PutNotice(&a), tx.PutNotice(&c)) })
		a.Error = "what?"
		if got := standing(); !reflect.DeepEqual(got, []core.Notice{a, b}) {
			t.Errorf("standing notices: %+v", got)
		}
		w.change(func(tx core.Tx, rev int64) error {
			got, err := tx.Notice(v.No, c.Rev)
			if !reflect.DeepEqual(got, &c) {
				t.Errorf("the stored notice is %+v", got)
			}
			return err
		})
		if err := w.Update(ctx, func(tx core.Tx) error { _, err := tx.Notice(other.No, c.Rev); return err }); !errors.Is(err, core.ErrNotFound) {
			t.Errorf("a notice of another VEN: %v", err)
		}
		w.change(func(tx core.Tx, rev int64) error {
			return errors.Join(tx.EndNotices(v.No, core.NoticeReregister, core.NoticeRegistered, w.now), tx.EndNotices(v.No, core.NoticeCancel, core.NoticeTold, w.now))
		})
		a.State, a.EndedAt = core.NoticeRegistered, w.now
		if _, got := list(0, 10); !reflect.DeepEqual(got, []core.Notice{c, a}) {
			t.Errorf("ended notices: %+v", got)
		}

		retireNotices(w, list, standing, b)
		w.remove(other.No)
		if n := w.count(`SELECT count(*) FROM notice`); n != 0 {
			t.Errorf("%d notices are left of a deleted VEN", n)
		}
	})
}

// A VEN is owed a notice if it is not registered and has not acknowledged the notice that
// says so.
func TestOwed(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v := w.ven("ven-1")
		owed := func(want bool) {
			t.Helper()
			bySender := view(w, func(r core.Reader) (map[core.Identity]*core.VEN, error) {
				return r.Senders([]core.Identity{jid("ven-1")})
			})
			byID := view(w, func(r core.Reader) (*core.VEN, error) { return r.VEN("ven-1") })
			if bySender[jid("ven-1")].Owed != want || byID.Owed != want {
				t.Errorf("owed is %t and %t, want %t", bySender[jid("ven-1")].Owed, byID.Owed, want)
			}
		}
		owed(false)
		w.change(func(tx core.Tx, rev int64) error {
			return tx.Register(v.No, &core.Registration{RegistrationID: "reg-1", StartedAt: w.now})
		})
		n := core.Notice{VENNo: v.No, Rev: 1, Kind: core.NoticeCancel, CreatedAt: w.now, State: core.NoticePending}
		w.change(func(tx core.Tx, rev int64) error { return tx.PutNotice(&n) })
		owed(false)
		w.change(func(tx core.Tx, rev int64) error { return tx.EndRegistration(v.No, w.now) })
		owed(true)
		n.State, n.EndedAt = core.NoticeTold, w.now
		w.change(func(tx core.Tx, rev int64) error { return tx.PutNotice(&n) })
		owed(false)
	})
}

// retireNotices checks that ended notices are deleted in time, and that the pending
// notice b stays.
func retireNotices(w *world, list func(before int64, limit int) (int64, []core.Notice), standing func() []core.Notice, b core.Notice) {
	w.Helper()
	w.retire(w.now)
	if _, got := list(0, 10); len(got) != 2 {
		w.Errorf("notices before they are old: %+v", got)
	}
	w.retire(w.now.Add(time.Millisecond))
	if _, got := list(0, 10); len(got) != 0 {
		w.Errorf("old notices: %+v", got)
	}
	if got := standing(); !reflect.DeepEqual(got, []core.Notice{b}) {
		w.Errorf("standing notices: %+v", got)
	}
}

// notice stores a notice.
func notice(w *world, v *core.VEN, kind core.NoticeKind) (n core.Notice) {
	w.Helper()
	w.change(func(tx core.Tx, rev int64) error {
		n = core.Notice{VENNo: v.No, Rev: rev, Kind: kind, RegistrationID: "reg-1", By: "operator", CreatedAt: w.now, State: core.NoticePending}
		return tx.PutNotice(&n)
	})
	return n
}

// listNotices lists a part of the notices of a VEN.
func listNotices(w *world, v *core.VEN, before int64, limit int) (next int64, notices []core.Notice) {
	w.Helper()
	notices = view(w, func(r core.Reader) (all []core.Notice, err error) {
		all, next, err = r.Notices(v.No, before, limit)
		return all, err
	})
	return next, notices
}

func lastNotice(w *world, venID string) *core.Notice {
	w.Helper()
	return view(w, func(r core.Reader) (*core.VEN, error) { return r.VEN(venID) }).LastNotice
}
