package database

import (
	"context"
	"errors"
	"sync"
)

// groupMost is how many functions share one commit at most.
const groupMost = 256

// group lets the durable transactions that wait for the one writer share a commit
// and its fsync. Their functions run one after another, in the order they came, each
// in a savepoint: if one fails, it takes back only what it did itself. Each runs on
// the goroutine that called join, which is passed the connection; so a panic stays
// in its goroutine. Nobody gets an answer before the commit. If the commit fails,
// all fail.
type group struct {
	db      *sqliteDB
	mu      sync.Mutex
	waiting []*member
	leading bool
}

type member struct {
	ctx   context.Context
	left  chan struct{}    // closed if it gave up before its turn
	turn  chan *connection // its turn to run
	ran   chan result      // how it ran
	done  chan error       // the error of the commit
	alone bool             // set before its turn
}

// result is how a function ran.
type result struct {
	keep bool // to be committed
	lost bool // the whole transaction is gone, including what others did in it
}

// errAgain tells a member to run again, because another one lost the transaction.
var errAgain = errors.New("to be run again")

// join runs fn in a transaction that it shares with all that are waiting.
func (g *group) join(ctx context.Context, fn func(*Session) error) error {
	m := &member{ctx: ctx, left: make(chan struct{}), turn: make(chan *connection), ran: make(chan result, 1), done: make(chan error, 1)}
	g.mu.Lock()
	g.waiting = append(g.waiting, m)
	if !g.leading {
		g.leading = true
		go g.lead()
	}
	g.mu.Unlock()
	for {
		err := m.wait(fn)
		if !errors.Is(err, errAgain) {
			return err
		}
	}
}

// Waiting is how many durable transactions wait for the writer.
func (d *sqliteDB) Waiting() int {
	d.group.mu.Lock()
	defer d.group.mu.Unlock()
	return len(d.group.waiting)
}

// wait waits for the turn, runs fn, and waits for the commit.
func (m *member) wait(fn func(*Session) error) error {
	select {
	case <-m.ctx.Done():
		close(m.left)
		return m.ctx.Err()
	case err := <-m.done: // there was no transaction to run in
		return err
	case c := <-m.turn:
		s := &Session{Dialect: SQLite, ctx: m.ctx, on: c, writes: true}
		err := m.run(s, c, fn)
		if err == nil {
			err = <-m.done
		}
		if err != nil {
			s.rollback()
		}
		return err
	}
}

// run runs fn and tells the leader how it went, even if fn panics or ends its
// goroutine.
func (m *member) run(s *Session, c *connection, fn func(*Session) error) (err error) {
	var r result
	saved := false
	defer func() {
		if !r.keep && saved {
			r.lost = c.do(`ROLLBACK TO one`) != nil || c.do(`RELEASE one`) != nil
		}
		if !r.keep {
			s.rollback()
		}
		m.ran <- r
	}()
	if err := m.ctx.Err(); err != nil {
		return err
	}
	if !m.alone {
		if err := c.do(`SAVEPOINT one`); err != nil {
			return err
		}
		saved = true
	}
	if err := s.run(fn); err != nil {
		return err
	}
	if !m.alone {
		if err := c.do(`RELEASE one`); err != nil {
			return err
		}
	}
	r.keep = true
	return nil
}

// lead commits groups until nobody waits. It runs on a goroutine of its own.
func (g *group) lead() {
	for {
		g.db.turn <- struct{}{}
		g.mu.Lock()
		n := min(len(g.waiting), groupMost)
		members := g.waiting[:n:n]
		g.waiting = g.waiting[n:]
		g.leading = n > 0
		g.mu.Unlock()
		if n == 0 {
			<-g.db.turn
			return
		}
		for _, m := range g.commit(members) { // one of them lost the transaction
			g.commit([]*member{m})
		}
		<-g.db.turn
	}
}

// commit runs one transaction and answers its members. If one of them lost the
// transaction, commit returns the others, which must run again.
func (g *group) commit(members []*member) (again []*member) {
	if err := g.db.begin("FULL"); err != nil {
		for _, m := range members {
			m.done <- err
		}
		return nil
	}
	var kept []*member
	for i, m := range members {
		m.alone = len(members) == 1
		select {
		case <-m.left:
			continue
		case m.turn <- g.db.writer:
		}
		r := <-m.ran
		if r.keep {
			kept = append(kept, m)
		}
		if r.lost {
			g.db.rollback()
			for _, m := range kept {
				m.done <- errAgain
			}
			return append(kept, members[i+1:]...)
		}
	}
	if len(kept) == 0 {
		g.db.rollback()
		return nil
	}
	err := g.db.commit()
	for _, m := range kept {
		m.done <- err
	}
	return nil
}
