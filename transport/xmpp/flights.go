package xmpp

import (
	"sync"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// maxFlights bounds the pushes whose address is remembered.
const maxFlights = 1 << 16

// flights remembers where this process sent each push, since an answer counts only
// from the JID that was pushed to (rule X6). It holds the last push of each outbox.
// An answer to a push that it does not know, such as one sent before a restart, is
// judged by identity alone.
type flights struct {
	mu   sync.Mutex
	to   map[outboxKey]flight
	ring []outboxKey // in order of sending
	next int
}

// outboxKey names an outbox.
type outboxKey struct {
	topic core.Topic
	venNo int64
}

type flight struct {
	token core.Token
	peer  core.Peer
	slot  int
	line  *line // it went out on
}

func newFlights() *flights { return &flights{to: map[outboxKey]flight{}} }

// start remembers a push, and forgets the oldest if there are too many.
func (f *flights) start(t core.Token, peer core.Peer, l *line) {
	f.mu.Lock()
	defer f.mu.Unlock()
	key := outboxKey{t.Topic, t.VENNo}
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

// sentTo returns who was sent the push, if that is known.
func (f *flights) sentTo(t core.Token) (core.Peer, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	x, ok := f.to[outboxKey{t.Topic, t.VENNo}]
	return x.peer, ok && x.token == t
}

// takeFrom returns the pushes that went out on a line and have no answer. The line
// has none any more.
func (f *flights) takeFrom(l *line) (pushes []core.Token) {
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

// forget forgets a push.
func (f *flights) forget(t core.Token) {
	f.mu.Lock()
	defer f.mu.Unlock()
	key := outboxKey{t.Topic, t.VENNo}
	if f.to[key].token == t {
		delete(f.to, key)
	}
}
