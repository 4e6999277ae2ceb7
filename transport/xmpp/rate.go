package xmpp

import (
	"sync"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// maxBuckets bounds the identities whose rate is remembered.
const maxBuckets = 100_000

// rate limits stanzas per identity with a token bucket each. A bucket nobody
// took from for the time it needs to fill is as good as none, so two
// generations of that length are all there is to remember.
type rate struct {
	clock     core.Clock
	perSecond float64
	burst     float64
	span      time.Duration // in which an empty bucket fills

	mu       sync.Mutex
	turned   time.Time
	now, old map[string]bucket
}

type bucket struct {
	left float64
	at   time.Time
}

func newRate(perSecond int, clock core.Clock) *rate {
	burst := 2 * perSecond
	return &rate{
		clock:     clock,
		perSecond: float64(perSecond),
		burst:     float64(burst),
		span:      time.Duration(float64(burst) / float64(perSecond) * float64(time.Second)),
		now:       map[string]bucket{},
	}
}

// allow takes one stanza of an identity from its bucket.
func (r *rate) allow(identity string) bool {
	now := r.clock.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	if now.Sub(r.turned) >= r.span || len(r.now) >= maxBuckets {
		r.old, r.now, r.turned = r.now, map[string]bucket{}, now
	}
	b, ok := r.now[identity]
	if !ok {
		if b, ok = r.old[identity]; !ok {
			b = bucket{r.burst, now}
		}
	}
	b.left = min(r.burst, b.left+now.Sub(b.at).Seconds()*r.perSecond)
	b.at = now
	allowed := b.left >= 1
	if allowed {
		b.left--
	}
	r.now[identity] = b
	return allowed
}
