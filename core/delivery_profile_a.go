package core

import (
	"context"
	"slices"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// A VEN of 2.0a on a transport with connections never answers a push as such. It sends an
// oadrCreatedEvent of its own if an event wants an answer, and nothing otherwise (rule A5).

// unowedAfter is how long a push that is owed no answer may come back, because nobody is
// there. Then it counts as taken.
const unowedAfter = Lease / 2

// owesAnswer reports whether the VEN of a claim answers a push of this message through a
// transport, be it by a request of its own.
func (c Claim) owesAnswer(t Transport, m oadr.Message) bool {
	if _, requests := t.(Requesting); requests || c.Profile != oadr.Profile20a {
		return true
	}
	d, ok := m.(*oadr.DistributeEvent)
	return !ok || slices.ContainsFunc(d.Events, func(e oadr.Event) bool { return e.ResponseRequired == oadr.ResponseAlways })
}

// takeUnowed removes the pushes that are owed no answer and did not come back in time. next
// is when there will be one; the zero time means none.
func (w *window) takeUnowed(now time.Time) (taken []*flight, next time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.unowed) > 0 {
		f := w.unowed[0]
		switch due := f.at.Add(unowedAfter); {
		case f.gone:
		case due.After(now):
			return taken, due
		default:
			w.remove(f)
			taken = append(taken, f)
		}
		w.unowed = w.unowed[1:]
	}
	w.unowed = nil
	return taken, time.Time{}
}

// settleUnowed settles these pushes. It returns when there will be more.
func (d *dispatcher) settleUnowed(now time.Time) (next time.Time) {
	taken, next := d.window.takeUnowed(now)
	for _, f := range taken {
		d.settler.record(f.ends(Outcome{Result: Acknowledged}))
	}
	return next
}

// tellAnew makes VENs due that cannot ask for their events, and whose session began: they
// may have lost what they were told.
func (in *arrivals) tellAnew(ctx context.Context, vens []int64) {
	if len(vens) == 0 {
		return
	}
	now := in.clock.Now()
	err := in.reg.Change(ctx, func(tx Tx, rev int64) error {
		for _, no := range vens {
			if err := tx.MarkVEN(TopicEvents, no, rev, UrgencyFew, queueTime(now, now)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil && ctx.Err() == nil {
		in.failed(err).Int("vens", len(vens)).Msg("cannot tell VENs of 2.0a that came what their events are; that is tried again when they come again")
		for _, no := range vens {
			in.presence.forget(no)
		}
	}
}
