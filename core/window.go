package core

import (
	"sync"
	"time"
)

// young is how long a push counts against the window: who has not answered by
// then must not hold up the rest.
const young = time.Second

// flight is one push that is on its way.
type flight struct {
	token  Token
	by     Identity // whose answer counts
	to     string   // the address it went to
	at     time.Time
	silent bool // the VEN left its last push unanswered
	aged   bool // no longer counted
	gone   bool // answered or replaced
}

// window counts the pushes in flight. VENs whose last push went unanswered
// share a tenth of their own, so silent ones never hold up the rest. It is a
// memory of this process only: settling does not need it.
type window struct {
	mu      sync.Mutex
	size    [2]int // most young flights: [others, silent]
	count   [2]int
	flights map[int64]*flight // by VEN
	order   []*flight         // oldest first
}

func newWindow(size int) *window {
	return &window{size: [2]int{size, max(size/10, 1)}, flights: map[int64]*flight{}}
}

func class(silent bool) int {
	if silent {
		return 1
	}
	return 0
}

// free says how many pushes may start now and, when none may, how long until
// the next one ages out of the window.
func (w *window) free(silent bool, now time.Time) (n int, wait time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.age(now)
	c := class(silent)
	if n = w.size[c] - w.count[c]; n > 0 {
		return n, 0
	}
	for _, f := range w.order {
		if !f.aged && !f.gone && f.silent == silent {
			return 0, max(f.at.Add(young).Sub(now), time.Millisecond)
		}
	}
	return 0, young
}

// age stops counting flights that are no longer young, and forgets those whose
// lease is over.
func (w *window) age(now time.Time) {
	for _, f := range w.order {
		if now.Sub(f.at) < young {
			break
		}
		if !f.aged && !f.gone {
			f.aged = true
			w.count[class(f.silent)]--
		}
	}
	for len(w.order) > 0 {
		f := w.order[0]
		if !f.gone && now.Sub(f.at) < Lease {
			break
		}
		if !f.gone {
			delete(w.flights, f.token.VENNo)
		}
		w.order[0] = nil
		w.order = w.order[1:]
	}
}

// start counts a push in.
func (w *window) start(f *flight) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if old := w.flights[f.token.VENNo]; old != nil {
		w.remove(old)
	}
	w.flights[f.token.VENNo] = f
	w.order = append(w.order, f)
	w.count[class(f.silent)]++
}

// land counts the push of a token out and returns it, nil when it is not known
// here (it was sent before a restart, or is long over).
func (w *window) land(t Token) *flight {
	w.mu.Lock()
	defer w.mu.Unlock()
	f := w.flights[t.VENNo]
	if f == nil || f.token != t {
		return nil
	}
	w.remove(f)
	return f
}

// ven returns what is in flight to a VEN, nil for nothing.
func (w *window) ven(venNo int64) *flight {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.flights[venNo]
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

func (w *window) len() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.flights)
}

func (w *window) remove(f *flight) {
	delete(w.flights, f.token.VENNo)
	f.gone = true
	if !f.aged {
		w.count[class(f.silent)]--
	}
}
