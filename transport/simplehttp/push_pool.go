package simplehttp

import (
	"container/list"
	"strconv"
	"strings"
	"sync"
	"time"
)

// poolKey names the kept connections that a push may use: those of the same VEN to the
// same host that were checked for the same certificates.
func poolKey(j *pushJob) string {
	return strconv.FormatInt(j.push.Token.VENNo, 10) + " " + j.host + " " + strings.Join(j.push.Identities, " ")
}

// pushPool keeps connections to VENs for their next pushes: one of each, since one push
// at a time goes to a VEN.
type pushPool struct {
	most int
	idle time.Duration

	mu     sync.Mutex
	closed bool
	kept   map[string]*list.Element // of keptConn
	order  *list.List               // the one that was used longest ago first
	timer  *time.Timer              // ends the first of them; nil: there is none
}

type keptConn struct {
	key   string
	conn  *pushConn
	until time.Time
}

func newPushPool(most int, idle time.Duration) *pushPool {
	return &pushPool{most: most, idle: idle, kept: map[string]*list.Element{}, order: list.New()}
}

// take returns a kept connection, nil if there is none.
func (p *pushPool) take(key string) *pushConn {
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
func (p *pushPool) put(key string, c *pushConn) {
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
