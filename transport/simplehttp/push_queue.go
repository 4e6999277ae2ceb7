package simplehttp

import (
	"sync"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// pushJob is a push that waits for its turn, or is being made.
type pushJob struct {
	token      core.Token
	identities []string  // of the VEN: fingerprints
	name       string    // of the host
	host       string    // host:port, spelled in one way
	request    []byte    // head and payload
	until      time.Time // when it is given up
}

// pushBounds say how much is done at the same time. A host that hangs holds up pushes to
// itself only: where a VEN left its last push unanswered, the next ones share slots of
// their own until it answers.
type pushBounds struct {
	slots, silentSlots     int // pushes under way, and those to VENs that did not answer
	perHost, silentPerHost int // of these, to one host
	waiting                int // pushes that wait
	waitingPerHost         int
	waitingBytes           int
	silentVENs             int // that are remembered
}

var defaultPushBounds = pushBounds{
	slots: 768, silentSlots: 256, perHost: 32, silentPerHost: 8,
	waiting: 8192, waitingPerHost: 1024, waitingBytes: 64 << 20, silentVENs: 10_000,
}

// pushQueue gives pushes their turn. To one VEN it makes one push at a time, in order:
// what a VEN is told last has to be the newest. A newer push of an outbox replaces one
// that waits. Hosts take turns, and so do the VENs of a host.
type pushQueue struct {
	bounds pushBounds
	run    func(*pushJob) (answered bool)

	mu         sync.Mutex
	closed     bool
	vens       map[int64]*pushedVEN
	hosts      map[pushHostKey]*pushHost
	classes    [2]pushClass // others, silent
	waiting    int
	bytes      int
	silentVENs map[silentKey]struct{}
	running    sync.WaitGroup
}

// pushedVEN is a VEN with pushes that wait or one that is being made.
type pushedVEN struct {
	jobs []*pushJob // that wait, at most one of each topic
	busy bool
}

// silentKey names a VEN at a host. A VEN that registers another's host and does not get
// an answer there must not slow down the other's pushes.
type silentKey struct {
	venNo int64
	host  string
}

type pushHostKey struct {
	host   string
	silent bool
}

// pushHost is the pushes to one host, of those that answer or of those that do not.
type pushHost struct {
	key     pushHostKey
	ready   []*pushedVEN // in order; none of them is busy, each has a job
	running int
	listed  bool // in its class's list
}

type pushClass struct {
	slots, perHost int
	running        int
	ready          []*pushHost // that have a VEN ready and room for it
}

func newPushQueue(b pushBounds, run func(*pushJob) (answered bool)) *pushQueue {
	return &pushQueue{
		bounds: b, run: run, vens: map[int64]*pushedVEN{}, hosts: map[pushHostKey]*pushHost{}, silentVENs: map[silentKey]struct{}{},
		classes: [2]pushClass{{slots: b.slots, perHost: b.perHost}, {slots: b.silentSlots, perHost: b.silentPerHost}},
	}
}

// add takes a push. It fails with [core.ErrBusy] if too much waits, and with
// [core.ErrNotConnected] once the queue is closed.
func (q *pushQueue) add(j *pushJob) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return core.ErrNotConnected
	}
	token := j.token
	v := q.vens[token.VENNo]
	if v != nil {
		for i, old := range v.jobs {
			if old.token.Topic == token.Topic && old.host == j.host {
				q.bytes += len(j.request) - len(old.request)
				v.jobs[i] = j
				return nil
			}
		}
	}
	if q.waiting >= q.bounds.waiting || q.bytes+len(j.request) > q.bounds.waitingBytes {
		return core.ErrBusy
	}
	if v == nil {
		v = &pushedVEN{}
	}
	if l := q.hosts[q.hostOf(j)]; l != nil && !v.busy && len(v.jobs) == 0 && len(l.ready) >= q.bounds.waitingPerHost {
		return core.ErrBusy
	}
	q.vens[token.VENNo] = v
	v.jobs = append(v.jobs, j)
	q.waiting++
	q.bytes += len(j.request)
	if !v.busy && len(v.jobs) == 1 {
		q.offer(v)
	}
	return nil
}

// offer puts a VEN that is not busy into the host of its first job.
func (q *pushQueue) offer(v *pushedVEN) {
	key := q.hostOf(v.jobs[0])
	l := q.hosts[key]
	if l == nil {
		l = &pushHost{key: key}
		q.hosts[key] = l
	}
	l.ready = append(l.ready, v)
	q.list(l)
}

func (q *pushQueue) hostOf(j *pushJob) pushHostKey {
	_, silent := q.silentVENs[silentKey{j.token.VENNo, j.host}]
	return pushHostKey{j.host, silent}
}

// list enters a host that may go on in its class, and starts a worker for it.
func (q *pushQueue) list(l *pushHost) {
	c := q.class(l.key.silent)
	if l.listed || len(l.ready) == 0 || l.running >= c.perHost {
		return
	}
	l.listed = true
	c.ready = append(c.ready, l)
	if c.running < c.slots {
		c.running++
		q.running.Go(func() { q.work(c) })
	}
}

func (q *pushQueue) class(silent bool) *pushClass {
	if silent {
		return &q.classes[1]
	}
	return &q.classes[0]
}

// work makes pushes until none of its class can be made.
func (q *pushQueue) work(c *pushClass) {
	for {
		j, v, l := q.take(c)
		if j == nil {
			return
		}
		q.done(j, v, l, q.run(j))
	}
}

// take returns the next job of a class. If there is none, the worker ends.
func (q *pushQueue) take(c *pushClass) (*pushJob, *pushedVEN, *pushHost) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(c.ready) == 0 {
		c.running--
		c.ready = nil // with the room that it grew to
		return nil, nil, nil
	}
	l := c.ready[0]
	c.ready = c.ready[1:]
	l.listed = false
	v := l.ready[0]
	l.ready = l.ready[1:]
	j := v.jobs[0]
	v.jobs = v.jobs[1:]
	v.busy = true
	l.running++
	q.waiting--
	q.bytes -= len(j.request)
	q.list(l)
	return j, v, l
}

// done takes note that a push was made.
func (q *pushQueue) done(j *pushJob, v *pushedVEN, l *pushHost, answered bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	venNo := j.token.VENNo
	q.note(silentKey{venNo, j.host}, answered)
	l.running--
	v.busy = false
	if len(v.jobs) > 0 {
		q.offer(v)
	} else {
		delete(q.vens, venNo)
	}
	q.list(l)
	if l.running == 0 && len(l.ready) == 0 {
		delete(q.hosts, l.key)
	}
}

// note remembers whether a VEN answers. When too many do not, it forgets one of them.
func (q *pushQueue) note(k silentKey, answered bool) {
	if answered {
		delete(q.silentVENs, k)
		return
	}
	if _, known := q.silentVENs[k]; !known && len(q.silentVENs) >= q.bounds.silentVENs {
		for other := range q.silentVENs {
			delete(q.silentVENs, other)
			break
		}
	}
	q.silentVENs[k] = struct{}{}
}

// close drops what waits and takes no more. What is being made goes on.
func (q *pushQueue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.waiting, q.bytes = 0, 0
	for i := range q.classes {
		q.classes[i].ready = nil
	}
	for _, l := range q.hosts {
		l.ready, l.listed = nil, false
	}
	for _, v := range q.vens {
		v.jobs = nil
	}
}

// figures returns how many pushes wait and how many are under way.
func (q *pushQueue) figures() (waiting, underWay int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, l := range q.hosts {
		underWay += l.running
	}
	return q.waiting, underWay
}
