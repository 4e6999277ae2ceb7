package core

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// presence holds what is known of the addresses of VENs since their transport connected.
// It is kept in memory alone and rebuilt from what arrives. Only the address at which a
// VEN last spoke OpenADR is stored, see [Route].
type presence struct {
	words   atomic.Uint64 // numbers the words, whatever is heard from an address, in order
	compare func(registered string, heard Peer) AddressMatch
	// interval is how often VENs poll over a transport, 0 where they are connected.
	interval func(transport string) time.Duration
	now      func() time.Time

	mu     sync.Mutex
	vens   map[int64]*whereabouts
	online map[string]int    // VENs by transport
	ended  map[string]uint64 // number of the last word before a transport's connection ended
}

func newPresence(compare func(registered string, heard Peer) AddressMatch, interval func(string) time.Duration, now func() time.Time) *presence {
	return &presence{compare: compare, interval: interval, now: now, vens: map[int64]*whereabouts{}, online: map[string]int{}, ended: map[string]uint64{}}
}

// word returns the number of a word that is heard now.
func (p *presence) word() uint64 { return p.words.Add(1) }

// change has fn change what is known of a VEN.
func (p *presence) change(venNo int64, fn func(*whereabouts)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	w := p.vens[venNo]
	if w == nil {
		w = &whereabouts{}
		p.vens[venNo] = w
	}
	p.recount(w, func() { fn(w) })
}

// recount calls fn, which changes w, and corrects the count of VENs online.
func (p *presence) recount(w *whereabouts, fn func()) {
	before := w.on()
	fn()
	if now := w.on(); now != before {
		p.online[before]--
		p.online[now]++
	}
}

// appear notes that presence came from an address, as the word of that number.
// It reports whether nobody was known to be there before. Presence over a connection that
// has ended says nothing: its end may have come over none.
func (p *presence) appear(ven *VEN, from Peer, word uint64, now time.Time) (came bool) {
	p.change(ven.No, func(w *whereabouts) {
		if word <= p.ended[from.Transport] {
			return
		}
		x := w.hear(ven, from, word, now)
		came = !x.there || x.absent
		x.again = !came && (x.again || now.Sub(x.came) >= Young)
		x.there, x.absent, x.silent, x.came = true, false, false, now
	})
	return came
}

// speak notes that a VEN spoke OpenADR from an address, and reports whether nobody was
// known to be there before.
func (p *presence) speak(ven *VEN, from Peer, word uint64, now time.Time) (came bool) {
	p.change(ven.No, func(w *whereabouts) {
		x := w.hear(ven, from, word, now)
		came = !x.there || x.absent
		x.there, x.speaks, x.absent, x.silent = true, true, false, false
	})
	return came
}

// vanish notes that an address left, unless something was heard from it later. It
// reports whether to ask who is there: what ended may be an earlier session.
func (p *presence) vanish(venNo int64, from Peer, word uint64) (doubtful bool) {
	p.change(venNo, func(w *whereabouts) {
		x := w.at(from.Address)
		if x != nil && x.heard > word {
			return
		}
		w.left = true
		if x != nil {
			doubtful = x.there && x.again
			x.there, x.again, x.came, x.gone = false, false, time.Time{}, word
			w.trim()
		}
	})
	return doubtful
}

// answered notes an answer in OpenADR to a push, as the word of that number, and
// reports whether the address was known to speak OpenADR.
func (p *presence) answered(venNo int64, from Peer, word uint64, now time.Time) (spoke bool) {
	p.change(venNo, func(w *whereabouts) {
		if word <= p.ended[from.Transport] {
			return
		}
		left := w.left
		x := w.hear(nil, from, word, now)
		spoke = x.speaks
		x.there, x.speaks, x.absent, x.silent = x.there || word > x.gone, true, false, false
		w.left = left && !x.there // since it answered
	})
	return spoke
}

// speaks reports whether an address has spoken OpenADR.
func (p *presence) speaks(venNo int64, address string) (speaks bool) {
	p.look(venNo, func(w *whereabouts) {
		x := w.at(address)
		speaks = x != nil && x.speaks
	})
	return speaks
}

// bounced notes that a push came back because nobody is at the address. The push was
// written at the word of the given number. heardSince reports that somebody was heard
// there later, so that the bounce concerns an earlier session. known reports that its
// presence had come, so that the presence of the VEN comes wherever it is.
func (p *presence) bounced(venNo int64, from Peer, written uint64) (heardSince, known bool) {
	p.change(venNo, func(w *whereabouts) {
		x := w.at(from.Address)
		if x == nil {
			x = w.add(from)
		}
		heardSince, known = x.bounced(written)
	})
	return heardSince, known
}

// bouncedBefore does the same for a push that another process sent. Any word may be
// later than such a push, so each word excuses one bounce only. Anybody can send a
// bounce of this kind, so no address is remembered for it.
func (p *presence) bouncedBefore(t Token, from Peer) (heardSince, known bool) {
	p.look(t.VENNo, func(w *whereabouts) {
		x := w.at(from.Address)
		if x == nil {
			return
		}
		p.recount(w, func() { heardSince, known = x.bounced(w.excused[t.Topic]) })
		if w.excused == nil {
			w.excused = map[Topic]uint64{}
		}
		w.excused[t.Topic] = x.heard
	})
	return heardSince, known
}

// certain reports whether the presence of an address came over connections that stand, so
// that no later presence of its VEN was lost with one.
func (p *presence) certain(venNo int64, address string) (is bool) {
	p.look(venNo, func(w *whereabouts) {
		x := w.at(address)
		is = x != nil && !x.came.IsZero()
	})
	return is
}

// doubt notes that a transport lost one of its connections while others stand: presence
// may have been lost with it.
func (p *presence) doubt(transport string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, w := range p.vens {
		for i := range w.locations {
			if x := &w.locations[i]; x.Transport == transport {
				x.came = time.Time{}
			}
		}
	}
}

// unanswered notes that nobody answered a push to an address that was written at the
// word of that number.
func (p *presence) unanswered(venNo int64, address string, written uint64) {
	p.change(venNo, func(w *whereabouts) {
		if x := w.at(address); x != nil && x.heard <= written {
			x.silent = true
		}
	})
}

// choose returns where to push to a VEN that last spoke at an address (rule X5): to that
// address while it is available, else to the registered one, else to the address of the
// same identity that was heard last. Without any, it returns the address where the VEN
// spoke. An address that leaves pushes unanswered yields to one that was heard later.
// With waits, a push to the address where the VEN spoke has no answer yet.
func (p *presence) choose(venNo int64, spoke destination, waits bool) destination {
	to := spoke
	p.look(venNo, func(w *whereabouts) {
		at := w.at(spoke.address)
		if spoke.address == "" || !waits && (at == nil || at.open()) {
			return
		}
		for i := len(w.locations) - 1; i >= 0; i-- {
			x := &w.locations[i]
			later := at == nil || !at.there || at.absent || x.heard > at.heard
			// An identity may belong to another VEN by now; that of a route does not.
			if x == at || x.Identity != spoke.Identity || !x.open() || !later {
				continue
			}
			registered := p.compare(w.registered, x.peer()) == SameClient
			if to == spoke || registered {
				to = x.destination
			}
			if registered {
				return
			}
		}
	})
	return to
}

// elsewhere reports whether a push that came back may be tried again: at another address,
// or at the one where the VEN last spoke.
func (p *presence) elsewhere(venNo int64, spoke string) (may bool) {
	p.look(venNo, func(w *whereabouts) {
		for i := range w.locations {
			x := &w.locations[i]
			if x.open() || x.address == spoke && !x.absent {
				may = true
			}
		}
		may = may || spoke != "" && w.at(spoke) == nil
	})
	return may
}

// state returns what an operator is shown of a VEN.
func (p *presence) state(venNo int64) (is Presence, seen time.Time) {
	is = PresenceUnknown
	p.look(venNo, func(w *whereabouts) {
		seen = w.seen
		switch {
		case w.on() != "":
			is = PresenceAvailable
		case w.asked.lately(p.now()):
			is = PresenceAvailable
		case w.left, w.asked.polls, w.asked.silent:
			is = PresenceUnavailable
		}
	})
	return is, seen
}

// count returns how many VENs are online on a transport.
func (p *presence) count(transport string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.interval(transport) == 0 {
		return p.online[transport]
	}
	n, now := 0, p.now()
	for _, w := range p.vens {
		if w.asked.transport == transport && w.asked.lately(now) {
			n++
		}
	}
	return n
}

// clear forgets all addresses on a transport.
func (p *presence) clear(transport string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended[transport] = p.words.Load()
	for _, w := range p.vens {
		p.recount(w, func() {
			w.locations = slices.DeleteFunc(w.locations, func(x location) bool { return x.Transport == transport })
			if len(w.locations) == 0 {
				w.locations, w.left, w.excused = nil, false, nil
			}
		})
	}
}

// keep forgets the addresses of a VEN that belong to none of these identities.
func (p *presence) keep(venNo int64, identities []Identity) {
	p.look(venNo, func(w *whereabouts) {
		p.recount(w, func() {
			w.locations = slices.DeleteFunc(w.locations, func(x location) bool { return !slices.Contains(identities, x.Identity) })
		})
	})
}

// forget forgets all that is known of a VEN.
func (p *presence) forget(venNo int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if w := p.vens[venNo]; w != nil {
		p.recount(w, func() { w.locations = nil })
		delete(p.vens, venNo)
	}
}

// look calls fn with what is known of a VEN, if there is anything.
func (p *presence) look(venNo int64, fn func(*whereabouts)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if w := p.vens[venNo]; w != nil {
		fn(w)
	}
}
