// Package testrand gives tests randomness that can be repeated.
package testrand

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
)

// New returns a source of random numbers for a test and logs its seed. The
// environment variable VTN_SEED sets the seed, to repeat a run.
func New(t testing.TB) *rand.Rand {
	t.Helper()
	seed := rand.Uint64()
	if s := os.Getenv("VTN_SEED"); s != "" {
		var err error
		if seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatalf("VTN_SEED is not a number: %v", err)
		}
	}
	t.Logf("VTN_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}
