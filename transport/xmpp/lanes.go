package xmpp

import (
	"sync"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// Bounds of the work that waits.
const (
	laneLength = 16       // jobs of one identity
	laneJobs   = 4096     // of all
	laneBytes  = 64 << 20 // of all, in bytes of payload
)

// lanes run the jobs of one identity in order and those of different
// identities beside each other: a goroutine for each identity that has any.
type lanes struct {
	mu     sync.Mutex
	busy   map[string][]job // the first is running
	jobs   int
	bytes  int
	closed bool
	wg     sync.WaitGroup
}

type job struct {
	size int
	run  func()
}

func newLanes() *lanes { return &lanes{busy: map[string][]job{}} }

// add queues a job that holds size bytes. It never waits; false says that a
// bound is reached.
func (l *lanes) add(identity string, size int, run func()) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	lane := l.busy[identity]
	if l.closed || len(lane) >= laneLength || l.jobs >= laneJobs || l.bytes+size > laneBytes {
		return false
	}
	l.busy[identity] = append(lane, job{size, run})
	l.jobs++
	l.bytes += size
	if len(lane) == 0 {
		l.wg.Go(func() { l.work(identity) })
	}
	return true
}

// has says whether an identity has jobs that wait or run.
func (l *lanes) has(identity string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.busy[identity]) > 0
}

// work runs the jobs of one identity until there are none.
func (l *lanes) work(identity string) {
	for next := l.next(identity, false); next != nil; next = l.next(identity, true) {
		next()
	}
}

// next is the job to run, after dropping the one that ran.
func (l *lanes) next(identity string, ran bool) func() {
	l.mu.Lock()
	defer l.mu.Unlock()
	lane := l.busy[identity]
	if ran {
		l.jobs--
		l.bytes -= lane[0].size
		lane[0] = job{}
		lane = lane[1:]
		l.busy[identity] = lane
	}
	if len(lane) == 0 {
		delete(l.busy, identity)
		return nil
	}
	return lane[0].run
}

// close takes no more jobs and waits until those there are have run, for no
// longer than the bound.
func (l *lanes) close(clock core.Clock, bound time.Duration) (finished bool) {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	done := make(chan struct{})
	go func() {
		l.wg.Wait()
		close(done)
	}()
	timer, stop := clock.After(bound)
	defer stop()
	select {
	case <-done:
		return true
	case <-timer:
		return false
	}
}
