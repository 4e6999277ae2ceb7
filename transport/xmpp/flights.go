package xmpp

import (
	"sync"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// maxFlights bounds the pushes whose address is remembered.
const maxFlights = 1 << 16

// flights remembers where this process sent each push, for an answer counts
// only from the JID that was asked (rule X6). It holds the last push of each VEN
// and topic. An answer to a push it does not know, one sent before a restart,
// is judged by identity alone.
type flights struct {
	mu   sync.Mutex
	to   map[flightKey]flight
	ring []flightKey // in order of sending
	next int
}

type flightKey struct {
	topic core.Topic
	venNo int64
}

type flight struct {
	token core.Token
	peer  core.Peer
	slot  int
	line  *line // it went out on
}

func newFlights() *flights { return &flights{to: map[flightKey]flight{}} }

// start remembers a push, at the cost of the oldest when there are too many.
func (f *flights) start(t core.Token, peer core.Peer, l *line) {
	f.mu.Lock()
	defer f.mu.Unlock()
	key := flightKey{t.Topic, t.VENNo}
	slot := f.next
	if slot == len(f.ring) {
		f.ring = append(f.ring, key)
	} else {
		if old, ok := f.to[f.ring[slot]]; ok && old.slot == slot {
			delete(f.to, f.ring[slot])
		}
		f.ring[slot] = key
	}
	f.next = (slot + 1) % maxFlights
	f.to[key] = flight{t, peer, slot, l}
}

// asked is who was sent the push, if this is known.
func (f *flights) asked(t core.Token) (core.Peer, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	x, ok := f.to[flightKey{t.Topic, t.VENNo}]
	return x.peer, ok && x.token == t
}

// on takes the pushes that went out on a line and have no answer.
func (f *flights) on(l *line) (pushes []core.Token) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for key, x := range f.to {
		if x.line == l {
			pushes = append(pushes, x.token)
			x.line = nil
			f.to[key] = x
		}
	}
	return pushes
}

// land forgets a push.
func (f *flights) land(t core.Token) {
	f.mu.Lock()
	defer f.mu.Unlock()
	key := flightKey{t.Topic, t.VENNo}
	if f.to[key].token == t {
		delete(f.to, key)
	}
}
