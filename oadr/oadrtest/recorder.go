package oadrtest

import (
	"crypto/sha256"
	"sync"
	"testing"
)

// recorderCap bounds how many different payloads a [Recorder] keeps.
const recorderCap = 5000

// Recorder collects the payloads that a test makes a program send, each content
// once, so that all can be validated in the end. The zero value is ready; it is
// safe for concurrent use.
type Recorder struct {
	mu       sync.Mutex
	seen     map[[sha256.Size]byte]struct{}
	payloads [][]byte
	dropped  int
}

// Record keeps a copy of the payload. Over 5000 different ones the rest are
// counted only.
func (r *Recorder) Record(payload []byte) {
	key := sha256.Sum256(payload)
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.seen[key]; ok {
		return
	}
	if len(r.payloads) >= recorderCap {
		r.dropped++
		return
	}
	if r.seen == nil {
		r.seen = make(map[[sha256.Size]byte]struct{})
	}
	r.seen[key] = struct{}{}
	r.payloads = append(r.payloads, append([]byte(nil), payload...))
}

// Payloads are those recorded so far, oldest first.
func (r *Recorder) Payloads() [][]byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([][]byte(nil), r.payloads...)
}

// Validate is [Validate] of all that was recorded. Nothing recorded is a failure:
// then the recorder is not where payloads go.
func (r *Recorder) Validate(t testing.TB) {
	t.Helper()
	payloads := r.Payloads()
	if len(payloads) == 0 {
		t.Error("no payload was recorded")
		return
	}
	Validate(t, payloads...)
	r.mu.Lock()
	defer r.mu.Unlock()
	t.Logf("%d payloads were validated, %d more were not kept", len(payloads), r.dropped)
}
