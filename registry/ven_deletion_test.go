package registry_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// A VEN that is deleted stands with each event as it stood, belongs to none that
// comes, and goes when nothing of it is left.
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
				t.Errorf("deleted at %s", got.VENDeletedAt)
			}
			got.VENDeletedAt = time.Time{}
			if !reflect.DeepEqual(got, stood[i]) {
				t.Errorf("with %s it stands\n%+v, stood\n%+v", e.EventID, got, stood[i])
			}
		}
		if got := w.history(past, v, 100); !reflect.DeepEqual(got, history) {
			t.Errorf("the history of what was over is %+v, was %+v", got, history)
		}
		if got := w.history(live, v, 100); got[len(got)-1].What != core.HistoryVENDeleted {
			t.Errorf("the history of what was not over is %+v", got)
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
			t.Error("it is gone, the events that it was among are not")
		}
		w.pass(24 * time.Hour) // all are over
		if retained() || w.count(`SELECT count(*) FROM opt`) != 0 {
			t.Error("it is there for ever")
		}
	})
}

// isKept: what there was of a deleted VEN can be read.
func isKept(w *world, v *core.VEN) {
	w.Helper()
	is := view(w, func(r core.Reader) (*core.VEN, error) { return r.VEN("ven-1") })
	if !is.DeletedAt.Equal(w.now) || !reflect.DeepEqual(is.Groups, []string{"g", "h"}) || !reflect.DeepEqual(is.Identities, v.Identities) {
		w.Errorf("it is %+v", is)
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
		w.Errorf("of its opts are listed %v", n)
	}
}

// othersGoOn: events that change or come are only for VENs that are not deleted.
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
		w.Errorf("with an event that changed it stands %+v", got)
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
		w.Error("its venID is a target")
	}
}

// enterAnew: the venID and the account of a deleted VEN go to one that is entered, what
// happened does not.
func enterAnew(w *world, v *core.VEN, past *core.Event) {
	w.Helper()
	anew := &core.VEN{VENID: "ven-1", Identities: v.Identities, CreatedAt: w.now}
	w.change(func(tx core.Tx, rev int64) error {
		ousted, err := tx.MakeWay(anew, w.now)
		if err != nil {
			return err
		}
		if !slices.Equal(ousted, []int64{v.No}) {
			w.Errorf("made way: %v", ousted)
		}
		return tx.PutVEN(anew)
	})
	if anew.No == v.No {
		w.Errorf("number %d is given again", v.No)
	}
	former := view(w, func(r core.Reader) (*core.VEN, error) { return r.VEN(fmt.Sprintf("ven-1 (deleted %d)", v.No)) })
	if former.No != v.No || len(former.Identities) != 0 || w.stand(past, former).Answer == nil {
		w.Errorf("the former is %+v", former)
	}
	if got := view(w, func(r core.Reader) (*core.VEN, error) { return r.VENByIdentity(jid("ven-1")) }); got.No != anew.No {
		w.Errorf("the account is %+v", got)
	}
}
