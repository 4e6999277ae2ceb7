package simplehttp

import (
	"container/list"
	"os"
	"runtime"
	"sync"
	"time"
)

// handshakes have few of them compute at a time, as many as there are processors: when all VENs connect at once, as after a
// restart, standing connections are served meanwhile, and handshakes come to their end one after another instead of all too late.
// Those that have begun come first.
type handshakes struct {
	mu    sync.Mutex
	free  int           // may compute
	queue [2]*list.List // of chan struct{}: those that have begun, those that have not
}

func newHandshakes() *handshakes {
	return &handshakes{free: runtime.GOMAXPROCS(0), queue: [2]*list.List{list.New(), list.New()}}
}

// enter waits for the turn to compute.
func (h *handshakes) enter(begun bool) {
	h.mu.Lock()
	if h.free > 0 {
		h.free--
		h.mu.Unlock()
		return
	}
	turn := make(chan struct{})
	if begun {
		h.queue[0].PushBack(turn)
	} else {
		h.queue[1].PushBack(turn)
	}
	h.mu.Unlock()
	<-turn
}

// leave ends it.
func (h *handshakes) leave() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, queue := range h.queue {
		if e := queue.Front(); e != nil {
			close(queue.Remove(e).(chan struct{}))
			return
		}
	}
	h.free++
}

// handshake is one of them. It computes, but for while it waits for what its VEN sends.
type handshake struct {
	all      *handshakes
	until    time.Time // it is given up
	computes bool
	begun    bool
}

// compute waits for its turn. It fails if that came too late.
func (h *handshake) compute() error {
	h.all.enter(h.begun)
	h.begun, h.computes = true, true
	if time.Now().After(h.until) {
		return os.ErrDeadlineExceeded
	}
	return nil
}

// pause lets others compute.
func (h *handshake) pause() {
	if h.computes {
		h.all.leave()
		h.computes = false
	}
}
