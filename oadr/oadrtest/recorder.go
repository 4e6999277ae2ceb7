package oadrtest

import (
	"bytes"
	"crypto/sha256"
	"sync"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// recorderCap is how many different payloads a [Recorder] keeps.
const recorderCap = 5000

// Recorder collects the payloads that a program sends in a test, without
// duplicates, so that all can be validated at the end. The zero value is ready to
// use. It is safe for concurrent use.
type Recorder struct {
	mu       sync.Mutex
	seen     map[[sha256.Size]byte]struct{}
	payloads [][]byte
	dropped  int
}

// Record keeps a copy of the payload. After 5000 different ones it only counts. It passes
// over payloads of 2.0a, for which there is no schema here.
func (r *Recorder) Record(payload []byte) {
	if bytes.Contains(payload, []byte(oadr.NS20a)) {
		return
	}
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

// Payloads returns the recorded payloads, oldest first.
func (r *Recorder) Payloads() [][]byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([][]byte(nil), r.payloads...)
}

// Validate calls [Validate] with all recorded payloads. It fails if there are none,
// since then the recorder is in the wrong place.
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
