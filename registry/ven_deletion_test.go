package registry_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// A deleted VEN keeps its standing with each event and gets no new events. Its row is
// deleted when all that refers to it is deleted.
func TestDeletedVENStaysUntilNothingOfItIsLeft(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		v, other := w.ven("ven-1", "g", "h"), w.ven("ven-2", "g")
		past := w.event("past", group("g"))
		w.pushAll()
		w.change(func(tx core.Tx, _ int64) error {
			return tx.PutAnswer(core.Answer{EventNo: past.No, VENNo: v.No, OptType: "optOut", OptAt: w.now, Code: 200, At: w.now})
		})
		w.record(core.HistoryEntry{EventNo: past.No, VENNo: v.No, At: w.now, What: core.HistoryAnswered, OptType: "optOut", Code: 200})
		w.change(func(tx core.Tx, _ int64) error {
			return tx.PutOpt(&core.Opt{VENNo: v.No, OptID: "o", OptType: "optOut", Periods: []core.OptPeriod{{Start: w.now}}, CreatedAt: w.now, ReceivedAt: w.now})
		})
		w.pass(3 * time.Hour)
		live := w.event("live", group("g"))
		w.pushAll()
		stood := [2]core.EventVEN{w.stand(past, v), w.stand(live, v)}
		history := w.history(past, v, 100)

		w.deleteVEN(v)
		for i, e := range []*core.Event{past, live} {
			got := w.stand(e, v)
			if !got.VENDeletedAt.Equal(w.now) {
				t.Errorf("the VEN was deleted at %s", got.VENDeletedAt)
			}
			got.VENDeletedAt = time.Time{}
			if !reflect.DeepEqual(got, stood[i]) {
				t.Errorf("with %s the VEN stands\n%+v, before\n%+v", e.EventID, got, stood[i])
			}
		}
		if got := w.history(past, v, 100); !reflect.DeepEqual(got, history) {
			t.Errorf("the history of the past event is %+v, before %+v", got, history)
		}
		if got := w.history(live, v, 100); got[len(got)-1].What != core.HistoryVENDeleted {
			t.Errorf("the history of the live event is %+v", got)
		}
		isKept(w, v)
		othersGoOn(w, v, other, live, stood[1].Needed)
		enterAnew(w, v, past)
		retained := func() bool {
			w.retire(w.now)
			return w.count(`SELECT count(*) FROM ven WHERE no = $1`, v.No) == 1
		}
		w.pass(time.Minute)
		if !retained() {
			t.Error("the VEN's row is deleted before its events")
		}
		w.pass(24 * time.Hour) // all events are over
		if retained() || w.count(`SELECT count(*) FROM opt`) != 0 {
			t.Error("the VEN's row is never deleted")
		}
	})
}

// isKept checks that a deleted VEN and its rows can be read.
func isKept(w *world, v *core.VEN) {
	w.Helper()
	is := view(w, func(r core.Reader) (*core.VEN, error) { return r.VEN("ven-1") })
	if !is.DeletedAt.Equal(w.now) || !reflect.DeepEqual(is.Groups, []string{"g", "h"}) || !reflect.DeepEqual(is.Identities, v.Identities) {
		w.Errorf("the VEN is %+v", is)
	}
	if got := view(w, func(r core.Reader) (core.Kept, error) { return r.Kept(v.No) }); got != (core.Kept{Events: 2, Opts: 1}) {
		w.Errorf("kept is %+v", got)
	}
	opts := func(q core.OptQuery) int {
		return len(view(w, func(r core.Reader) ([]core.ListedOpt, error) {
			opts, _, err := r.Opts(q, core.OptCursor{}, 10)
			return opts, err
		}))
	}
	if n := [4]int{opts(core.OptQuery{}), opts(core.OptQuery{Deleted: true}), opts(core.OptQuery{VENID: "ven-1"}), opts(core.OptQuery{VENID: "ven-1", ActiveAt: w.now})}; n != [4]int{0, 1, 1, 0} {
		w.Errorf("listed numbers of opts: %v", n)
	}
}

// othersGoOn checks that changed and new events are only for VENs that are not deleted.
func othersGoOn(w *world, v, other *core.VEN, live *core.Event, needed int64) {
	w.Helper()
	live.ModificationNumber = 1
	w.put(live)
	later := w.event("later", group("g"), all)
	for _, c := range w.pushAll() {
		if c.VENNo == v.No {
			w.Errorf("claimed %+v", c)
		}
	}
	if got := w.stand(live, v); got.ModificationNumber != 0 || got.Needed != needed {
		w.Errorf("with a changed event the VEN stands %+v", got)
	}
	if vens := view(w, func(r core.Reader) ([]core.EventVEN, error) {
		vens, _, err := r.EventVENs(later, core.EventVENFilter{}, "", 10)
		return vens, err
	}); len(vens) != 1 || vens[0].VENNo != other.No {
		w.Errorf("a later event is for %+v", vens)
	}
	if !view(w, func(r core.Reader) (map[core.Target]bool, error) {
		return r.UnknownTargets([]core.Target{only("ven-1"), group("g")})
	})[only("ven-1")] {
		w.Error("the venID of the deleted VEN is a known target")
	}
}

// enterAnew checks that a new VEN can have the venID and the account of a deleted one, but
// not its events.
func enterAnew(w *world, v *core.VEN, past *core.Event) {
	w.Helper()
	anew := &core.VEN{VENID: "ven-1", Identities: v.Identities, CreatedAt: w.now}
	w.change(func(tx core.Tx, rev int64) error {
		ousted, err := tx.MakeWay(anew, w.now)
		if err != nil {
			return err
		}
		if !slices.Equal(ousted, []int64{v.No}) {
			w.Errorf("VENs that made way: %v", ousted)
		}
		return tx.PutVEN(anew)
	})
	if anew.No == v.No {
		w.Errorf("number %d is used again", v.No)
	}
	former := view(w, func(r core.Reader) (*core.VEN, error) { return r.VEN(fmt.Sprintf("ven-1 (deleted %d)", v.No)) })
	if former.No != v.No || len(former.Identities) != 0 || w.stand(past, former).Answer == nil {
		w.Errorf("the former VEN is %+v", former)
	}
	if got := view(w, func(r core.Reader) (*core.VEN, error) { return r.VENByIdentity(jid("ven-1")) }); got.No != anew.No {
		w.Errorf("the account belongs to %+v", got)
	}
}
