package core

import (
	"hash/maphash"
	"sync"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// Bounds of what is remembered against replays.
const (
	maxNonces  = 1024    // of one certificate
	minNonces  = 16      // of one certificate, before it is looked for what is too old
	maxSigners = 100_000 // certificates
)

// nonces remembers the signatures of the last minutes, so that none counts twice (rule S3).
//
// What it cannot remember it refuses: each certificate has a floor, and a signature that is
// not later than the floor does not count. The floor rises when one of too many signatures
// is forgotten. At first it is when the process started, since nobody knows what came
// before. A floor in the future is of a clock that was set back and does not count.
type nonces struct {
	seed  maphash.Seed
	start time.Time

	mu      sync.Mutex
	signers map[string]*signer // by fingerprint
}

// signer is what is remembered of a certificate.
type signer struct {
	floor time.Time
	seen  map[uint64]time.Time // timestamps by nonce
	room  int                  // how many there may be until what is too old is forgotten
}

func newNonces(clock Clock) *nonces {
	return &nonces{seed: maphash.MakeSeed(), start: clock.Now().Round(0).Truncate(time.Second), signers: map[string]*signer{}}
}

// first reports whether a signature is seen for the first time, and remembers it. Its
// timestamp must be in order.
func (n *nonces) first(of *oadr.Signature, now time.Time) bool {
	nonce := maphash.String(n.seed, of.Nonce)
	n.mu.Lock()
	defer n.mu.Unlock()
	s := n.signers[of.Fingerprint]
	if s == nil {
		if len(n.signers) >= maxSigners && !n.forget(now) {
			return false
		}
		s = &signer{floor: n.start.Add(-1), seen: map[uint64]time.Time{}, room: minNonces}
		n.signers[of.Fingerprint] = s
	}
	if _, known := s.seen[nonce]; known || !of.Timestamp.After(s.floor) && !s.floor.After(now.Add(maxSignatureAge)) {
		return false
	}
	s.seen[nonce] = of.Timestamp
	if len(s.seen) > s.room {
		s.shrink(now)
	}
	return true
}

// shrink forgets the signatures that are too old to count, and if that leaves too many the
// oldest quarter. It leaves room for as many again as are left, so what is remembered of a
// fleet follows what it signs within minutes.
func (s *signer) shrink(now time.Time) {
	s.expire(now)
	if len(s.seen) > maxNonces {
		s.forgetOldest(now)
	}
	s.room = min(maxNonces, max(minNonces, 2*len(s.seen)))
}

// forgetOldest forgets the oldest quarter, and raises the floor to it.
func (s *signer) forgetOldest(now time.Time) {
	for len(s.seen) > maxNonces*3/4 {
		var oldest uint64
		for nonce, at := range s.seen {
			if before, ok := s.seen[oldest]; !ok || at.Before(before) {
				oldest = nonce
			}
		}
		if at := s.seen[oldest]; at.After(s.floor) || s.floor.After(now.Add(maxSignatureAge)) {
			s.floor = at
		}
		delete(s.seen, oldest)
	}
}

// expire forgets the signatures whose timestamp refuses them. A map never gives memory back,
// so what stays moves to a new one.
func (s *signer) expire(now time.Time) {
	kept := map[uint64]time.Time{}
	for nonce, at := range s.seen {
		if now.Sub(at) <= maxSignatureAge {
			kept[nonce] = at
		}
	}
	s.seen = kept
}

// forget forgets certificates of which nothing is left that counts, and reports whether
// there were any.
func (n *nonces) forget(now time.Time) bool {
	for fingerprint, s := range n.signers {
		if s.expire(now); len(s.seen) == 0 {
			delete(n.signers, fingerprint)
		}
	}
	return len(n.signers) < maxSigners
}
