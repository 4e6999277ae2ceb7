package core

import (
	"sync"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// flight is a push that has no outcome yet.
type flight struct {
	token  Token
	by     Identity // the identity whose answer counts
	to     string   // the address it went to
	spoke  string   // where the VEN last spoke OpenADR
	word   uint64   // number of the last word heard before it was written, see [presence]
	at     time.Time
	kind   oadr.Kind // of the message
	silent bool      // the VEN left its last push unanswered
	signed bool      // the push is signed, and an answer has to be (rule S12)
	unowed bool      // the VEN owes no answer (rule A5)
	aged   bool      // no longer young, so not counted
	gone   bool      // answered or replaced
	// requesting says that it went over a [Requesting] transport. The address is then the
	// registered one, and each name of the VEN may answer.
	requesting bool
}

// answeredBy reports whether an answer counts that comes from a peer (rule X6).
func (f *flight) answeredBy(from Peer) bool {
	if f.requesting {
		return from.Transport == f.by.Transport
	}
	return from.Address == f.to
}

// outboxKey names an outbox. At most one push of an outbox is in flight.
type outboxKey struct {
	topic Topic
	venNo int64
}

func (t Token) outboxKey() outboxKey { return outboxKey{t.Topic, t.VENNo} }

// lostBy says why a push is given up that nobody answered.
type lostBy uint8

const (
	lostByLease lostBy = iota // its lease is over
	lostByNewer               // a newer push of the same outbox went out
)

// window limits the pushes in flight. VENs whose last push went unanswered share a tenth
// beside it, so silent VENs never hold up the rest. The window exists in memory alone;
// settling does not need it.
//
// A window that could not take all that was due is filled again when it has drained to
// its low-water mark, not after each answer: claiming in batches costs a fraction of
// claiming one by one. The mark leaves the transport enough to do meanwhile. Urgent
// pushes have a tenth beyond the window to themselves, so they do not wait behind others.
type window struct {
	free func()                      // called when there is room that was wanted
	lost func(f *flight, end lostBy) // called for a push that nobody answered

	mu       sync.Mutex
	class    [2]class // others, silent
	flights  map[outboxKey]*flight
	separate map[outboxKey]Token // the last push, if the VEN answered it separately
	order    []*flight           // oldest first
	unowed   []*flight           // of these, those that are owed no answer (rule A5)
	aged     int                 // how many of the oldest are no longer young
	more     bool                // more is due than was claimed
}

// class is the part of the window that one kind of VEN shares.
type class struct {
	size   int
	count  int             // young flights
	full   [Urgencies]bool // it could not take all that was due of that urgency
	wanted bool            // somebody waits for room: call free when count falls to wake
	wake   int
}

func newWindow(size int, free func(), lost func(*flight, lostBy)) *window {
	return &window{
		free: free, lost: lost,
		class:    [2]class{{size: size}, {size: max(size/10, 1)}},
		flights:  map[outboxKey]*flight{},
		separate: map[outboxKey]Token{},
	}
}

// classOf returns the class of VENs that are silent, or of the others.
func (w *window) classOf(silent bool) *class {
	if silent {
		return &w.class[1]
	}
	return &w.class[0]
}

// low is the low-water mark: the count at which a full window is filled again.
func (c *class) low() int { return c.size / 2 }

// room returns how many pushes may start now. If none may, it returns how long it takes
// until the next one is no longer young.
func (w *window) room(kind ClaimKind, now time.Time) (n int, wait time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.age(now)
	c := w.classOf(kind.Silent)
	most, full := c.most(kind.Urgency)
	enough := most - 1
	if *full {
		enough = c.low()
	}
	if c.count <= enough {
		*full = false
		return most - c.count, 0
	}
	c.wake, c.wanted = max(c.wake, enough), true
	for _, f := range w.order[w.aged:] {
		if !f.gone && f.silent == kind.Silent {
			return 0, max(f.at.Add(Young).Sub(now), time.Millisecond)
		}
	}
	return 0, Young
}

// wanted reports whether somebody waits for room for VENs that are not silent.
func (w *window) wanted() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.class[0].wanted
}

// most returns how many flights there may be once one of this urgency is added, and the
// mark that more was due than that.
func (c *class) most(u Urgency) (n int, full *bool) {
	if u != UrgencyNormal {
		return c.size + max(c.size/10, 1), &c.full[u]
	}
	return c.size, &c.full[u]
}

// filled notes that more was due than the window could take.
func (w *window) filled(kind ClaimKind) {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, full := w.classOf(kind.Silent).most(kind.Urgency)
	*full = true
}

// claimed notes whether more is due than was claimed.
func (w *window) claimed(more bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.more = more
}

// age stops counting flights that are no longer young, and forgets those whose lease is
// over.
func (w *window) age(now time.Time) {
	for w.aged < len(w.order) {
		f := w.order[w.aged]
		if now.Sub(f.at) < Young {
			break
		}
		w.aged++
		if !f.gone {
			f.aged = true
			w.uncount(f)
		}
	}
	for len(w.order) > 0 {
		f := w.order[0]
		if !f.gone && now.Sub(f.at) < Lease {
			break
		}
		if !f.gone {
			delete(w.flights, f.token.outboxKey())
			w.lost(f, lostByLease)
		}
		w.order[0] = nil
		w.order = w.order[1:]
		w.aged = max(w.aged-1, 0)
	}
}

// start counts a push.
func (w *window) start(f *flight) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if old := w.flights[f.token.outboxKey()]; old != nil {
		w.remove(old)
		w.lost(old, lostByNewer)
	}
	w.flights[f.token.outboxKey()] = f
	delete(w.separate, f.token.outboxKey())
	w.order = append(w.order, f)
	if f.unowed {
		w.unowed = append(w.unowed, f)
	}
	w.classOf(f.silent).count++
}

// land removes the push of a token and returns it. It returns nil if the window does not
// hold the push: another process sent it, or its lease is over.
func (w *window) land(t Token) *flight {
	w.mu.Lock()
	defer w.mu.Unlock()
	f := w.flights[t.outboxKey()]
	if f == nil || f.token != t {
		return nil
	}
	w.remove(f)
	return f
}

// answeredSeparately notes that a VEN answered a push separately.
func (w *window) answeredSeparately(t Token) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.separate[t.outboxKey()] = t
}

// answersAgain reports whether an answer comes to a push that was answered separately.
// It does so once.
func (w *window) answersAgain(t Token) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.separate[t.outboxKey()] != t {
		return false
	}
	delete(w.separate, t.outboxKey())
	return true
}

// to returns the push in flight to a VEN on a topic, nil if there is none.
func (w *window) to(topic Topic, venNo int64) *flight {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.flights[outboxKey{topic, venNo}]
}

// drain removes all pushes that went through a transport and returns them.
func (w *window) drain(transport string) []*flight {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []*flight
	for _, f := range w.flights {
		if f.by.Transport == transport {
			w.remove(f)
			out = append(out, f)
		}
	}
	return out
}

// len returns how many pushes have no outcome yet.
func (w *window) len() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.flights)
}

// quiet reports whether no push is young, nor any about to be made.
func (w *window) quiet(now time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.age(now)
	return !w.more && w.class[0].count == 0 && w.class[1].count == 0
}

func (w *window) remove(f *flight) {
	delete(w.flights, f.token.outboxKey())
	f.gone = true
	if !f.aged {
		w.uncount(f)
	}
}

// uncount takes a flight out of its class.
func (w *window) uncount(f *flight) {
	c := w.classOf(f.silent)
	if c.count--; c.wanted && c.count <= c.wake {
		c.wanted, c.wake = false, 0
		w.free()
	}
}
