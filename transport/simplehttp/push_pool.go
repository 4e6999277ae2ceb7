package simplehttp

import (
	"container/list"
	"strings"
	"sync"
	"time"
)

// poolKey names the kept connection that a push may use: that of the same VEN to the
// same host that was checked for the same certificates.
type poolKey struct {
	venNo            int64
	host, identities string
}

func (j *pushJob) poolKey() poolKey {
	return poolKey{j.token.VENNo, j.host, strings.Join(j.identities, " ")}
}

// pushPool keeps connections to VENs for their next pushes: one of each, since one push
// at a time goes to a VEN.
type pushPool struct {
	most int
	idle time.Duration

	mu     sync.Mutex
	closed bool
	kept   map[poolKey]*list.Element // of keptConn
	order  *list.List                // the one that was used longest ago first
	timer  *time.Timer               // ends the first of them; nil: there is none
}

type keptConn struct {
	key   poolKey
	conn  *pushConn
	until time.Time
}

func newPushPool(most int, idle time.Duration) *pushPool {
	return &pushPool{most: most, idle: idle, kept: map[poolKey]*list.Element{}, order: list.New()}
}

// take returns a kept connection, nil if there is none.
func (p *pushPool) take(key poolKey) *pushConn {
	p.mu.Lock()
	defer p.mu.Unlock()
	e := p.kept[key]
	if e == nil {
		return nil
	}
	return p.remove(e)
}

func (p *pushPool) remove(e *list.Element) *pushConn {
	k := p.order.Remove(e).(keptConn)
	delete(p.kept, k.key)
	return k.conn
}

// put keeps a connection. Of too many, the one that was used longest ago has to go.
func (p *pushPool) put(key poolKey, c *pushConn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		c.cut()
		return
	}
	if e := p.kept[key]; e != nil {
		p.remove(e).cut()
	}
	if p.order.Len() >= p.most {
		p.remove(p.order.Front()).cut()
	}
	p.kept[key] = p.order.PushBack(keptConn{key, c, time.Now().Add(p.idle)})
	if p.timer == nil {
		p.timer = time.AfterFunc(p.idle, p.expire)
	}
}

// expire ends connections that were not used for too long.
func (p *pushPool) expire() {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	for e := p.order.Front(); e != nil; e = p.order.Front() {
		if left := e.Value.(keptConn).until.Sub(now); left > 0 {
			p.timer.Reset(left)
			return
		}
		p.remove(e).cut()
	}
	p.timer = nil
}

// close ends all connections, and keeps no more.
func (p *pushPool) close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.clear()
}

// clear ends all connections.
func (p *pushPool) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for e := p.order.Front(); e != nil; e = p.order.Front() {
		p.remove(e).cut()
	}
	if p.timer != nil {
		p.timer.Stop()
		p.timer = nil
	}
}
