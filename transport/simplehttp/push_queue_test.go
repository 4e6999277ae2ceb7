package simplehttp

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// queueRig is a queue whose pushes end when the test says so.
type queueRig struct {
	*pushQueue
	mu    sync.Mutex
	under map[string]chan bool // by job, see [named]
	order []string             // of jobs begun
}

func newQueueRig(b pushBounds) *queueRig {
	r := &queueRig{under: map[string]chan bool{}}
	r.pushQueue = newPushQueue(b, func(j *pushJob) bool {
		end := make(chan bool)
		r.mu.Lock()
		r.under[named(j)] = end
		r.order = append(r.order, named(j))
		r.mu.Unlock()
		return <-end
	})
	return r
}

// named names a job: "host/ven topic rev".
func named(j *pushJob) string {
	return fmt.Sprintf("%s/%d %c%d", j.host, j.token.VENNo, j.token.Topic, j.token.Rev)
}

func job(host string, venNo int64, topic core.Topic, rev int64) *pushJob {
	return &pushJob{host: host, token: core.Token{Topic: topic, VENNo: venNo, Rev: rev}, request: make([]byte, 10)}
}

// end ends a push and waits until nothing moves.
func (r *queueRig) end(name string, answered bool) {
	r.mu.Lock()
	end := r.under[name]
	delete(r.under, name)
	r.mu.Unlock()
	end <- answered
	synctest.Wait()
}

// endAll ends all pushes until there are none.
func (r *queueRig) endAll() {
	for {
		synctest.Wait()
		names := r.now()
		if len(names) == 0 {
			return
		}
		r.end(names[0], true)
	}
}

// now returns the pushes under way.
func (r *queueRig) now() (names []string) {
	synctest.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	for name := range r.under {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (r *queueRig) is(t *testing.T, want ...string) {
	t.Helper()
	if got := r.now(); !slices.Equal(got, want) {
		t.Errorf("under way: %q, want %q", got, want)
	}
}

// small are bounds that a test reaches.
var small = pushBounds{slots: 4, silentSlots: 2, perHost: 2, silentPerHost: 1, waiting: 20, waitingPerHost: 5, waitingBytes: 1000, silentVENs: 3}

// TestPushQueueOneVENInOrder: a VEN gets one push at a time, in order, and the newest of each topic.
func TestPushQueueOneVENInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newQueueRig(small)
		for rev := range int64(9) {
			must(t, r.add(job("a", 1, core.TopicEvents, rev)))
			synctest.Wait()
			must(t, r.add(job("a", 1, core.TopicReports, rev)))
		}
		r.is(t, "a/1 e0")
		r.end("a/1 e0", true)
		r.is(t, "a/1 r8")
		r.end("a/1 r8", true)
		r.is(t, "a/1 e8")
		r.endAll()
		r.clean(t)
	})
}

// TestPushQueueHostsThatHang: however many VENs hang, others are told.
func TestPushQueueHostsThatHang(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newQueueRig(small)
		for ven := range int64(5) {
			must(t, r.add(job("hangs", 1+ven, core.TopicEvents, 1)))
		}
		r.is(t, "hangs/1 e1", "hangs/2 e1") // two to a host
		must(t, r.add(job("b", 11, core.TopicEvents, 1)))
		must(t, r.add(job("c", 12, core.TopicEvents, 1)))
		r.is(t, "b/11 e1", "c/12 e1", "hangs/1 e1", "hangs/2 e1")
		r.end("hangs/1 e1", false)
		r.end("hangs/2 e1", false)
		for ven := range int64(2) { // now the next pushes share one place
			must(t, r.add(job("hangs", 1+ven, core.TopicEvents, 2)))
		}
		r.is(t, "b/11 e1", "c/12 e1", "hangs/1 e2", "hangs/3 e1", "hangs/4 e1")
		r.end("hangs/1 e2", true) // it is back
		must(t, r.add(job("hangs", 1, core.TopicEvents, 3)))
		r.is(t, "b/11 e1", "c/12 e1", "hangs/2 e2", "hangs/3 e1", "hangs/4 e1")
		r.end("hangs/3 e1", true)
		r.end("hangs/4 e1", true)
		r.is(t, "b/11 e1", "c/12 e1", "hangs/1 e3", "hangs/2 e2", "hangs/5 e1")
		r.endAll()
		r.clean(t)
	})
}

// TestPushQueueAnothersHost: a VEN that registers another's host, where it gets no answer, does not slow down the other.
func TestPushQueueAnothersHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newQueueRig(small)
		must(t, r.add(job("a", 666, core.TopicEvents, 1)))
		synctest.Wait()
		r.end("a/666 e1", false)
		must(t, r.add(job("a", 1, core.TopicEvents, 1)))
		must(t, r.add(job("a", 666, core.TopicEvents, 2)))
		synctest.Wait()
		if fast, silent := r.hosts[pushHostKey{"a", false}], r.hosts[pushHostKey{"a", true}]; fast.running != 1 || silent.running != 1 {
			t.Errorf("%+v, %+v", fast, silent)
		}
		r.endAll()
	})
}

// TestPushQueueTurns: hosts take turns, so that a large one does not keep small ones waiting.
func TestPushQueueTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newQueueRig(pushBounds{slots: 1, silentSlots: 1, perHost: 1, silentPerHost: 1, waiting: 100, waitingPerHost: 100, waitingBytes: 1e6, silentVENs: 1})
		for ven := range int64(10) {
			must(t, r.add(job("large", 1+ven, core.TopicEvents, 1)))
		}
		must(t, r.add(job("small", 100, core.TopicEvents, 1)))
		r.endAll()
		if at := slices.Index(r.order, "small/100 e1"); at > 2 {
			t.Errorf("the small host came as number %d: %v", at, r.order)
		}
		if len(r.order) != 11 {
			t.Error(r.order)
		}
		r.clean(t)
	})
}

// TestPushQueueBounds: what does not fit is refused at once.
func TestPushQueueBounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newQueueRig(small)
		fill := func(host string, from int64) (took int) {
			for ven := range int64(30) {
				if err := r.add(job(host, from+ven, core.TopicEvents, 1)); err == nil {
					took++
				} else if !errors.Is(err, core.ErrBusy) {
					t.Error(err)
				}
				synctest.Wait()
			}
			return took
		}
		if n := fill("a", 100); n != 2+5 {
			t.Errorf("of one host %d", n)
		}
		for i, host := range []string{"b", "c", "d", "e", "f"} {
			fill(host, int64(200+100*i))
		}
		if r.waiting != small.waiting {
			t.Errorf("%d wait", r.waiting)
		}
		r.endAll()
		large := job("a", 1, core.TopicEvents, 1)
		large.request = make([]byte, 2000)
		if err := r.add(large); !errors.Is(err, core.ErrBusy) {
			t.Errorf("bytes: %v", err)
		}
		for ven := range int64(10) {
			must(t, r.add(job("x", 1+ven, core.TopicEvents, 1)))
			synctest.Wait()
			r.end(r.now()[0], false)
		}
		if len(r.silentVENs) != small.silentVENs {
			t.Errorf("%d VENs are remembered", len(r.silentVENs))
		}
		r.clean(t)
	})
}

// clean checks that nothing is left behind.
func (r *queueRig) clean(t *testing.T) {
	t.Helper()
	synctest.Wait()
	waiting, underWay := r.figures()
	if waiting+underWay+r.bytes+len(r.vens)+len(r.hosts)+r.classes[0].running+r.classes[1].running != 0 {
		t.Errorf("left behind: %d waiting, %d under way, %d bytes, %d VENs, %d hosts, workers %d and %d",
			waiting, underWay, r.bytes, len(r.vens), len(r.hosts), r.classes[0].running, r.classes[1].running)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
