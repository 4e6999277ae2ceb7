package core

import (
	"slices"
	"sync"
	"time"
)

// maxAddresses bounds the addresses remembered of one VEN.
const maxAddresses = 16

// presence is what is known of VENs' connections since the transport connected:
// a memory, for known VENs only, that is rebuilt from what arrives.
type presence struct {
	mu   sync.Mutex
	vens map[int64]*whereabouts
}

type whereabouts struct {
	transport string
	available []client // latest last
	vanished  bool     // it was there and left
	seen      time.Time
}

// client is an address and the identity that was heard there. A VEN may have
// several, and lose one.
type client struct{ address, identity string }

func newPresence() *presence { return &presence{vens: map[int64]*whereabouts{}} }

func (p *presence) of(venNo int64, transport string) *whereabouts {
	w := p.vens[venNo]
	if w == nil {
		w = &whereabouts{}
		p.vens[venNo] = w
	}
	w.transport = transport
	return w
}

// appear notes that somebody is at an address: there came presence or a request.
// It says whether that is news.
func (p *presence) appear(venNo int64, from Peer, now time.Time) (news bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	w := p.of(venNo, from.Transport)
	w.seen, w.vanished = now, false
	return !w.add(client{from.Address, from.Identity})
}

// vanish notes that nobody is at an address any more, and says whether somebody
// was known to be.
func (p *presence) vanish(venNo int64, from Peer) (known bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	w := p.of(venNo, from.Transport)
	known = w.drop(from.Address)
	w.vanished = len(w.available) == 0
	return known
}

// elsewhere is who was heard last of those that are available; no Address when
// nobody is. Whether it still is the VEN is for the caller to see.
func (p *presence) elsewhere(venNo int64) Peer {
	p.mu.Lock()
	defer p.mu.Unlock()
	if w := p.vens[venNo]; w != nil && len(w.available) > 0 {
		last := w.available[len(w.available)-1]
		return Peer{Transport: w.transport, Identity: last.identity, Address: last.address}
	}
	return Peer{}
}

// state tells what an operator is shown.
func (p *presence) state(venNo int64) (Presence, time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	w := p.vens[venNo]
	switch {
	case w == nil:
		return PresenceUnknown, time.Time{}
	case len(w.available) > 0:
		return PresenceAvailable, w.seen
	case w.vanished:
		return PresenceUnavailable, w.seen
	}
	return PresenceUnknown, w.seen
}

// clear forgets who is there on a transport.
func (p *presence) clear(transport string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for no, w := range p.vens {
		if w.transport == transport {
			p.vens[no] = &whereabouts{transport: transport, seen: w.seen}
		}
	}
}

// keep forgets the addresses of a VEN whose identities these are not.
func (p *presence) keep(venNo int64, identities []Identity) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if w := p.vens[venNo]; w != nil {
		w.available = slices.DeleteFunc(w.available, func(at client) bool {
			return !slices.Contains(identities, Identity{w.transport, at.identity})
		})
	}
}

func (p *presence) forget(venNo int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.vens, venNo)
}

// add makes the address the latest and says whether it was known.
func (w *whereabouts) add(at client) (known bool) {
	if last := len(w.available) - 1; last >= 0 && w.available[last] == at {
		return true
	}
	known = w.drop(at.address)
	if len(w.available) == maxAddresses {
		w.available = append(w.available[:0], w.available[1:]...)
	}
	w.available = append(w.available, at)
	return known
}

func (w *whereabouts) drop(address string) (had bool) {
	before := len(w.available)
	w.available = slices.DeleteFunc(w.available, func(at client) bool { return at.address == address })
	return len(w.available) < before
}
