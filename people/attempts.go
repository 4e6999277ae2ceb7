package people

import (
	"math"
	"net/netip"
	"sync"
	"time"
)

// How many wrong passwords are taken before the next attempt has to wait, and for how
// long one of them counts. Waiting is by network, so nobody can keep a user out from
// elsewhere.
const (
	mostOfNameAndNetwork = 5
	mostOfNetwork        = 30
	attemptCounts        = 10 * time.Second
	mostCounted          = 20_000 // names and networks that are remembered
)

// attempts counts wrong passwords.
type attempts struct {
	mu     sync.Mutex
	counts map[attempt]count
}

// attempt is what wrong passwords are counted by. name is empty for all names.
type attempt struct{ network, name string }

// count is how many there were at a time; one of them is forgotten each [attemptCounts].
type count struct {
	n  float64
	at time.Time
}

func (c count) left(now time.Time) float64 {
	return max(0, c.n-float64(now.Sub(c.at))/float64(attemptCounts))
}

// wait returns how long it takes until an attempt may be made; 0: it may be now.
func (a *attempts) wait(now time.Time, address, name string) time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	network := networkOf(address)
	excess := max(a.counts[attempt{network, name}].left(now)-mostOfNameAndNetwork, a.counts[attempt{network, ""}].left(now)-mostOfNetwork)
	if excess < 0 {
		return 0
	}
	return time.Duration((math.Floor(excess) + 1) * float64(attemptCounts))
}

// failed counts a wrong password.
func (a *attempts) failed(now time.Time, address, name string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.counts == nil {
		a.counts = map[attempt]count{}
	}
	network := networkOf(address)
	for _, by := range []attempt{{network, name}, {network, ""}} {
		a.room(now)
		a.counts[by] = count{a.counts[by].left(now) + 1, now}
	}
}

// succeeded forgets what a user got wrong before.
func (a *attempts) succeeded(address, name string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.counts, attempt{networkOf(address), name})
}

// room forgets what counts no more when there are too many, or else any.
func (a *attempts) room(now time.Time) {
	if len(a.counts) < mostCounted {
		return
	}
	for by, c := range a.counts {
		if c.left(now) == 0 {
			delete(a.counts, by)
		}
	}
	for by := range a.counts {
		if len(a.counts) < mostCounted {
			break
		}
		delete(a.counts, by)
	}
}

// networkOf is what one client can easily have many addresses of: an IPv4 address, the
// first 64 bits of an IPv6 address.
func networkOf(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	ip = ip.Unmap()
	if ip.Is4() {
		return ip.String()
	}
	network, _ := ip.Prefix(64)
	return network.String()
}
