package registry_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// Rule E25: an event that a push left out does not count as sent, neither then nor after
// later pushes that leave it out.
func TestE25OmittedEvents(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		o := &omitting{world: w, began: w.now, v: w.ven("ven-1"), other: w.ven("ven-2")}
		o.near, o.far = w.event("near", only("ven-1")), w.event("far", all)
		o.leftOut()
		o.sentLater()
		o.leftOutAgain()
	})
}

// omitting has a VEN that is told of only some of its events, and another that is told of all.
type omitting struct {
	*world
	began     time.Time
	v, other  *core.VEN
	near, far *core.Event
}

// leftOut leaves one event out of the first push.
func (o *omitting) leftOut() {
	o.Helper()
	o.check(core.Known{})
	o.lack(2)

	o.omit(o.far.Rev, true, "far")
	if c := o.push(); c.Rev != o.far.Rev {
		o.Fatalf("claimed %+v", c)
	}
	o.check(core.Known{}, "far")
	o.lack(1)
	if s := o.stand(o.far, o.v); !s.Omitted || s.Push != nil || s.Held != orNone(-1) {
		o.Errorf("the VEN with the event that was left out: %+v", s)
	}
	if s := o.stand(o.near, o.v); s.Omitted || s.Push == nil {
		o.Errorf("the VEN with the other event: %+v", s)
	}
	if s := o.stand(o.far, o.other); s.Omitted || s.Push == nil {
		o.Errorf("the other VEN with the event: %+v", s)
	}
	if h := o.happened(o.began, o.history(o.far, o.v, 10)); !reflect.DeepEqual(h, []string{"0 created 0 "}) {
		o.Errorf("history %q", h)
	}
}

// sentLater sends the event with a later push.
func (o *omitting) sentLater() {
	o.Helper()
	rev := o.mark(o.v, core.UrgencyNormal)
	o.omit(rev, true)
	o.push()
	o.check(core.Known{Event: true, Cancellation: true})
	o.lack(0)
	if s := o.stand(o.far, o.v); s.Omitted || s.Push == nil || s.Needed != rev || s.Held != orNone(0) {
		o.Errorf("the VEN after a push with the event: %+v", s)
	}
	if h := o.history(o.far, o.v, 10); len(h) != 2 || h[1].What != core.HistoryAcknowledged {
		o.Errorf("history %+v", h)
	}
}

// leftOutAgain leaves the event out again. A reply does not end that.
func (o *omitting) leftOutAgain() {
	o.Helper()
	rev := o.mark(o.v, core.UrgencyNormal)
	o.omit(rev, true, "far", "near")
	o.push()
	o.omit(rev, false, "far")
	o.check(core.Known{Event: true}, "far", "near")
	if s := o.stand(o.far, o.v); !s.Omitted || s.Push == nil || s.Held != orNone(0) { // it received the event before
		o.Errorf("the VEN after a push without the event: %+v", s)
	}
	o.omit(rev+1, true, "far")
	o.check(core.Known{Event: true}, "far")
	o.lack(1)
	o.far.CancelledAt = o.now
	o.far.ModificationNumber++
	o.put(o.far)
	o.push()
	o.lack(0) // it needs no cancellation of an event that it does not know
	o.change(func(tx core.Tx, _ int64) error { return tx.CloseOutbox(o.v.No) })
	if in := view(o.world, func(r core.Reader) ([]core.Claim, error) { return r.ToldInPart(0, 10) }); len(in) != 0 {
		o.Errorf("a VEN that is not registered is listed as told in part: %+v", in)
	}
	if n := view(o.world, func(r core.Reader) (int, error) { return r.CountToldInPart() }); n != 0 {
		o.Errorf("%d VENs are told in part, want none: the one that was is not registered", n)
	}
	o.retire(o.far.End().Add(time.Hour))
	if n := o.count(`SELECT count(*) FROM event_omitted`); n != 0 {
		o.Errorf("%d rows are left of deleted events", n)
	}
}

// check checks what the VEN knows of the event far, and which events are omitted.
func (o *omitting) check(known core.Known, omitted ...string) {
	o.Helper()
	got := view(o.world, func(r core.Reader) (map[int64][]string, error) { return r.Omitted([]int64{o.v.No, o.other.No}) })
	if !reflect.DeepEqual(got[o.v.No], omitted) || len(got[o.other.No]) != 0 {
		o.Errorf("omitted events %v, want %v", got, omitted)
	}
	in := view(o.world, func(r core.Reader) ([]core.Claim, error) { return r.ToldInPart(0, 10) })
	n := view(o.world, func(r core.Reader) (int, error) { return r.CountToldInPart() })
	if want := min(len(omitted), 1); len(in) != want || n != want || want == 1 && (in[0].VENID != "ven-1" || in[0].Topic != core.TopicEvents) {
		o.Errorf("VENs told in part: %+v, counted %d", in, n)
	}
	all := view(o.world, func(r core.Reader) (map[string]core.Known, error) {
		return r.Known(o.v.No, []string{"near", "far", "none"})
	})
	if all["far"] != known {
		o.Errorf("the VEN knows %+v of the event far, want %+v", all["far"], known)
	}
}

func (o *omitting) omit(rev int64, rest bool, events ...string) {
	o.Helper()
	o.change(func(tx core.Tx, _ int64) error {
		return tx.PutOmitted(core.Omission{VENNo: o.v.No, EventIDs: events, Rev: rev, All: rest})
	})
}

func (o *omitting) push() (claim core.Claim) {
	o.Helper()
	claims := o.claim(core.UrgencyNormal)
	o.pass(time.Second)
	for _, c := range claims {
		o.settle(c, yes)
		if c.VENNo == o.v.No {
			claim = c
		}
	}
	return claim
}

// lack checks how many VENs lack an event.
func (o *omitting) lack(want int) {
	o.Helper()
	n := 0
	for _, late := range o.figures().Lacking {
		n += late
	}
	if n != want {
		o.Errorf("%d VENs lack an event, want %d", n, want)
	}
}
