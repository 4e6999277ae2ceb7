package core

import (
	"slices"
	"time"
)

// Bounds on what is remembered of one VEN's addresses.
const (
	maxAddresses = 16
	maxLeft      = 2 // of them those that left
)

// whereabouts are the addresses at which one VEN may be.
type whereabouts struct {
	locations  []location // the one heard last is the last
	registered string     // its oadrTransportAddress
	left       bool       // it was there and left
	seen       time.Time
	asked      asked
	// The number of the last word at the last bounce of a push that this process does not
	// know, by topic, see bouncedBefore.
	excused map[Topic]uint64
}

// destination is an address and the identity that it belongs to.
type destination struct {
	Identity
	address string
}

func (d destination) peer() Peer {
	return Peer{Transport: d.Transport, Identity: d.Name, Address: d.address}
}

// location is what is known of one address of a VEN.
type location struct {
	destination
	there  bool      // it came, and was not seen to leave
	speaks bool      // OpenADR
	absent bool      // since it was last heard a push came back: nobody is there, or nobody who speaks OpenADR
	silent bool      // since it was last heard it left a push unanswered
	again  bool      // it came a second time: the end of its first session may still be reported
	came   time.Time // when presence last came; zero if it did not since the address left, or since a connection was lost
	heard  uint64    // number of the last word from it
	gone   uint64    // number of the word that it left
}

// open reports whether the next push may go there.
func (x *location) open() bool { return x.there && !x.absent && !x.silent }

func (x *location) bounced(written uint64) (heardSince, known bool) {
	if x.heard > written {
		return true, true
	}
	known = x.there && !x.absent && !x.came.IsZero()
	x.absent = true
	return false, known
}

// on returns the transport on which the VEN is online; the empty string means none.
func (w *whereabouts) on() string {
	for i := len(w.locations) - 1; i >= 0; i-- {
		if x := &w.locations[i]; x.there && !x.absent {
			return x.Transport
		}
	}
	return ""
}

func (w *whereabouts) at(address string) *location {
	for i := range w.locations {
		if w.locations[i].address == address {
			return &w.locations[i]
		}
	}
	return nil
}

// hear notes a word from an address, which becomes the last of the locations.
func (w *whereabouts) hear(ven *VEN, from Peer, word uint64, now time.Time) *location {
	w.seen, w.left = now, false
	if ven != nil && ven.Registration != nil {
		w.registered = ven.Registration.Address
	}
	last := len(w.locations) - 1
	if last < 0 || w.locations[last].address != from.Address {
		i := slices.IndexFunc(w.locations, func(x location) bool { return x.address == from.Address })
		if i < 0 {
			w.add(from)
		} else {
			x := w.locations[i]
			w.locations = append(slices.Delete(w.locations, i, i+1), x)
		}
		last = len(w.locations) - 1
	}
	x := &w.locations[last]
	x.heard = max(x.heard, word)
	return x
}

// add remembers an address. If there are too many, it forgets the one heard longest ago.
func (w *whereabouts) add(from Peer) *location {
	if len(w.locations) == maxAddresses {
		w.locations = slices.Delete(w.locations, 0, 1)
	}
	w.locations = append(w.locations, location{destination: destination{Identity{from.Transport, from.Identity}, from.Address}})
	return &w.locations[len(w.locations)-1]
}

// trim forgets addresses that left. It keeps the last few, since a push to them may still
// come back.
func (w *whereabouts) trim() {
	left := 0
	for i := len(w.locations) - 1; i >= 0; i-- {
		if w.locations[i].there {
			continue
		}
		if left++; left > maxLeft {
			w.locations = slices.Delete(w.locations, i, i+1)
		}
	}
}
