package core

import (
	"sync"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// flight is one push that is on its way.
type flight struct {
	token  Token
	by     Identity // whose answer counts
	to     string   // the address it went to
	spoke  string   // where the VEN last spoke OpenADR
	word   uint64   // what was heard before it was written, see [presence]
	at     time.Time
	kind   oadr.Kind // of the message
	silent bool      // the VEN left its last push unanswered
	aged   bool      // no longer counted
	gone   bool      // answered or replaced
}

// outboxKey is where at most one push is in flight: a VEN's for one topic.
type outboxKey struct {
	topic Topic
	venNo int64
}

func (t Token) outboxKey() outboxKey { return outboxKey{t.Topic, t.VENNo} }

// window counts the pushes in flight. VENs whose last push went unanswered
// share a tenth of their own, so silent ones never hold up the rest. It is a
// memory of this process only: settling does not need it.
//
// A window that could not take all there was is filled again when it has
// drained to its low-water mark, not after each answer: claims in batches cost
// a fraction of claims one by one. What is urgent has a tenth beyond the window
// to itself, and does not wait behind what is not.
type window struct {
	free func()                      // called when there is room that was asked for
	lost func(f *flight, lease bool) // called for a push that nobody answered: in time, or before another went out

	mu       sync.Mutex
	class    [2]class // others, silent
	flights  map[outboxKey]*flight
	separate map[outboxKey]Token // the last push, where the VEN told its outcome in a request of its own
	order    []*flight           // oldest first
	aged     int                 // how many of them are no longer young
}

// class is the part of the window that one kind of VEN shares.
type class struct {
	size  int
	count int             // young flights
	full  [Urgencies]bool // it could not take all there was of that urgency
	wake  int             // call free when count falls to this; -1 for never
}

func newWindow(size int, free func(), lost func(*flight, bool)) *window {
	return &window{
		free: free, lost: lost,
		class:    [2]class{{size: size, wake: -1}, {size: max(size/10, 1), wake: -1}},
		flights:  map[outboxKey]*flight{},
		separate: map[outboxKey]Token{},
	}
}

func (w *window) classOf(silent bool) *class {
	if silent {
		return &w.class[1]
	}
	return &w.class[0]
}

// low is where a full window is filled again.
func (c *class) low() int { return c.size * 3 / 10 }

// room says how many pushes may start now and, when none may, how long until
// the next one ages out of the window.
func (w *window) room(u Urgency, silent bool, now time.Time) (n int, wait time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.age(now)
	c := w.classOf(silent)
	most, full := c.most(u)
	enough := most - 1
	if *full {
		enough = c.low()
	}
	if c.count <= enough {
		*full = false
		return most - c.count, 0
	}
	c.wake = max(c.wake, enough)
	for _, f := range w.order[w.aged:] {
		if !f.gone && f.silent == silent {
			return 0, max(f.at.Add(Young).Sub(now), time.Millisecond)
		}
	}
	return 0, Young
}

// wanted says that somebody waits for room, beside silent VENs.
func (w *window) wanted() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.class[0].wake >= 0
}

// most is how many flights there may be when one of this urgency is added, and
// whether there was more of them than that.
func (c *class) most(u Urgency) (n int, full *bool) {
	if u != UrgencyNormal {
		return c.size + max(c.size/10, 1), &c.full[u]
	}
	return c.size, &c.full[u]
}

// filled notes that there was more than the window could take.
func (w *window) filled(u Urgency, silent bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, full := w.classOf(silent).most(u)
	*full = true
}

// age stops counting flights that are no longer young, and forgets those whose
// lease is over.
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
			w.lost(f, true)
		}
		w.order[0] = nil
		w.order = w.order[1:]
		w.aged = max(w.aged-1, 0)
	}
}

// start counts a push in.
func (w *window) start(f *flight) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if old := w.flights[f.token.outboxKey()]; old != nil {
		w.remove(old)
		w.lost(old, false)
	}
	w.flights[f.token.outboxKey()] = f
	delete(w.separate, f.token.outboxKey())
	w.order = append(w.order, f)
	w.classOf(f.silent).count++
}

// land counts the push of a token out and returns it, nil when it is not known
// here (it was sent before a restart, or is long over).
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

// answeredSeparately notes that a VEN told the outcome of a push in a request of its own.
func (w *window) answeredSeparately(t Token) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.separate[t.outboxKey()] = t
}

// answersAgain says whether an answer to a push comes beside such a request. One
// does.
func (w *window) answersAgain(t Token) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.separate[t.outboxKey()] != t {
		return false
	}
	delete(w.separate, t.outboxKey())
	return true
}

// to returns what is in flight to a VEN on a topic, nil for nothing.
func (w *window) to(topic Topic, venNo int64) *flight {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.flights[outboxKey{topic, venNo}]
}

// drain counts out everything that went through a transport.
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

// len counts all pushes without an outcome, quiet says that none is young.
func (w *window) len() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.flights)
}

func (w *window) quiet(now time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.age(now)
	return w.class[0].count == 0 && w.class[1].count == 0
}

func (w *window) remove(f *flight) {
	delete(w.flights, f.token.outboxKey())
	f.gone = true
	if !f.aged {
		w.uncount(f)
	}
}

// uncount takes a flight out of its part of the window.
func (w *window) uncount(f *flight) {
	c := w.classOf(f.silent)
	if c.count--; c.count <= c.wake {
		c.wake = -1
		w.free()
	}
}
