package core

import (
	"fmt"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core/coretest"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// TestS3Bounded: what is remembered stays bounded, and nothing that was seen counts again, in
// whatever order the timestamps are. Where there is no room, new certificates have to wait.
func TestS3Bounded(t *testing.T) {
	start := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	clock := coretest.NewClock(start)
	n := newNonces(clock)
	now := start.Add(maxSignatureAge)
	of := func(i int) *oadr.Signature {
		return &oadr.Signature{Fingerprint: "a", Nonce: fmt.Sprint(i), Timestamp: now.Add(time.Duration(i*7919%600-300) * time.Second)}
	}
	for i := range 5 * maxNonces {
		n.first(of(i), now)
		if kept := len(n.signers["a"].seen); kept > maxNonces {
			t.Fatalf("%d nonces are kept", kept)
		}
	}
	for i := range 5 * maxNonces {
		if n.first(of(i), now) {
			t.Fatalf("signature %d counts again", i)
		}
	}
	for i := range maxSigners {
		n.first(&oadr.Signature{Fingerprint: fmt.Sprint(i), Nonce: "x", Timestamp: now}, now)
	}
	fresh := &oadr.Signature{Fingerprint: "fresh", Nonce: "x", Timestamp: now}
	if n.first(fresh, now) || len(n.signers) > maxSigners {
		t.Errorf("%d certificates are remembered", len(n.signers))
	}
	later := now.Add(2*maxSignatureAge + time.Minute)
	fresh.Timestamp = later
	if !n.first(fresh, later) || len(n.signers) > 2 {
		t.Errorf("when all have expired, %d are remembered", len(n.signers))
	}
}

// TestS3MemoryFollowsTraffic: of a VEN that signs now and then for days, only the signatures
// that could be replayed are kept, and a few more.
func TestS3MemoryFollowsTraffic(t *testing.T) {
	start := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	n := newNonces(coretest.NewClock(start))
	const every = 10 * time.Second
	of := func(i int) *oadr.Signature {
		return &oadr.Signature{Fingerprint: "a", Nonce: fmt.Sprint(i), Timestamp: start.Add(time.Duration(i) * every)}
	}
	const live = int(maxSignatureAge/every) + 1
	for i := range 2 * maxNonces {
		now := of(i).Timestamp
		if !n.first(of(i), now) || n.first(of(i), now) || n.first(of(max(0, i-live+1)), now) {
			t.Fatalf("signature %d does not count once", i)
		}
		if kept := len(n.signers["a"].seen); kept > 2*live {
			t.Fatalf("%d nonces are kept, %d could be replayed", kept, live)
		}
	}
}

// TestS3ClockSetBack: a floor that lies in the future does not keep VENs out.
func TestS3ClockSetBack(t *testing.T) {
	clock := coretest.NewClock(time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC))
	n := newNonces(clock)
	now := clock.Now().Add(-time.Hour)
	if !n.first(&oadr.Signature{Fingerprint: "a", Nonce: "x", Timestamp: now}, now) {
		t.Error("after the clock was set back an hour, nothing counts")
	}
}
