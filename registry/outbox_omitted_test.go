package registry_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// Rule E25: what pushes did not tell is not held for told, neither now nor later.
func TestE25OmittedEvents(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		began := w.now
		v, other := w.ven("ven-1"), w.ven("ven-2")
		near, far := w.event("near", only("ven-1")), w.event("far", all)
		check := func(known core.Known, omitted ...string) {
			t.Helper()
			got := view(w, func(r core.Reader) (map[int64][]string, error) { return r.Omitted([]int64{v.No, other.No}) })
			if !reflect.DeepEqual(got[v.No], omitted) || len(got[other.No]) != 0 {
				t.Errorf("omitted are %v, want %v", got, omitted)
			}
			in := view(w, func(r core.Reader) ([]core.Claim, error) { return r.ToldInPart(0, 10) })
			n := view(w, func(r core.Reader) (int, error) { return r.CountToldInPart() })
			if want := min(len(omitted), 1); len(in) != want || n != want || want == 1 && (in[0].VENID != "ven-1" || in[0].Topic != core.TopicEvents) {
				t.Errorf("told in part are %+v, counted %d", in, n)
			}
			all := view(w, func(r core.Reader) (map[string]core.Known, error) {
				return r.Known(v.No, []string{"near", "far", "none"})
			})
			if all["far"] != known {
				t.Errorf("of far it knows %+v, want %+v", all["far"], known)
			}
		}
		omit := func(rev int64, rest bool, events ...string) {
			t.Helper()
			w.change(func(tx core.Tx, _ int64) error {
				return tx.PutOmitted(core.Omission{VENNo: v.No, EventIDs: events, Rev: rev, All: rest})
			})
		}
		tell := func() (told core.Claim) {
			t.Helper()
			claims := w.claim(core.UrgencyNormal)
			w.pass(time.Second)
			for _, c := range claims {
				w.settle(c, yes)
				if c.VENNo == v.No {
					told = c
				}
			}
			return told
		}
		// Whoever was pushed to lacks what was left out, and nobody else lacks anything.
		lack := func(want int) {
			t.Helper()
			n := 0
			for _, late := range w.figures().Lacking {
				n += late
			}
			if n != want {
				t.Errorf("%d VENs lack an event, want %d", n, want)
			}
		}
		check(core.Known{})
		lack(2)

		// Never told: left out from the first.
		omit(far.Rev, true, "far")
		if c := tell(); c.Rev != far.Rev {
			t.Fatalf("claimed %+v", c)
		}
		check(core.Known{}, "far")
		lack(1)
		if s := w.stand(far, v); !s.Omitted || s.Push != nil || s.Held != -1 {
			t.Errorf("left out it stands %+v", s)
		}
		if s := w.stand(near, v); s.Omitted || s.Push == nil {
			t.Errorf("beside it stands %+v", s)
		}
		if s := w.stand(far, other); s.Omitted || s.Push == nil {
			t.Errorf("the other stands %+v", s)
		}
		if h := w.happened(began, w.history(far, v, 10)); !reflect.DeepEqual(h, []string{"0 created 0 "}) {
			t.Errorf("history %q", h)
		}

		// Told by a later push.
		rev := w.mark(v, core.UrgencyNormal)
		omit(rev, true)
		tell()
		check(core.Known{Event: true, Cancellation: true})
		lack(0)
		if s := w.stand(far, v); s.Omitted || s.Push == nil || s.Needed != rev || s.Held != 0 {
			t.Errorf("told at last it stands %+v", s)
		}
		if h := w.history(far, v, 10); len(h) != 2 || h[1].What != core.HistoryAcknowledged {
			t.Errorf("history %+v", h)
		}

		// Left out again; a reply does not end it.
		rev = w.mark(v, core.UrgencyNormal)
		omit(rev, true, "far", "near")
		tell()
		omit(rev, false, "far")
		check(core.Known{Event: true}, "far", "near")
		if s := w.stand(far, v); !s.Omitted || s.Push == nil || s.Held != 0 { // it held it before
			t.Errorf("left out again it stands %+v", s)
		}
		omit(rev+1, true, "far")
		check(core.Known{Event: true}, "far")
		lack(1)
		far.CancelledAt = w.now
		far.ModificationNumber++
		w.put(far)
		tell()
		lack(0) // of the cancellation of what it does not know
		w.change(func(tx core.Tx, _ int64) error { return tx.CloseOutbox(v.No) })
		if in := view(w, func(r core.Reader) ([]core.Claim, error) { return r.ToldInPart(0, 10) }); len(in) != 0 {
			t.Errorf("not registered, it is told in part: %+v", in)
		}
		if n := view(w, func(r core.Reader) (int, error) { return r.CountToldInPart() }); n != 0 {
			t.Errorf("%d are told in part, and the one that was is not registered", n)
		}
		w.retire(far.End().Add(time.Hour))
		if n := w.count(`SELECT count(*) FROM event_omitted`); n != 0 {
			t.Errorf("%d rows of events that are gone", n)
		}
	})
}
