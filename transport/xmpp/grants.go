package xmpp

import (
	"context"
	"errors"
	"strconv"
	"sync"
)

// errRenewed ends a connection that is made anew to get the grants back.
var errRenewed = errors.New("the server no longer delegates to the component or shows it presence")

// grants is what the server lets the component do beside its own domain: answer
// what is delegated (XEP-0355) and see presence (XEP-0356). ejabberd gives both
// when a connection of the domain comes, and withdraws both, without a word, when
// any one ends, though others stand: perhaps minutes after that connection was
// replaced, when its own side of it times out. So it is asked.
type grants struct {
	mu                 sync.Mutex
	delegated, allowed grant
	open               int           // questions without an answer
	done               chan struct{} // poked when none is open
}

type grant struct {
	by   string // the domain that granted it; empty when it is not known to be
	id   string // of the question to it that has no answer
	gone bool   // it was granted, and is not any more
}

func newGrants() *grants { return &grants{done: make(chan struct{}, 1)} }

// give notes that a domain of the server granted something.
func (g *grants) give(x *grant, by string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	x.by, x.gone = by, false
}

// ask begins a question.
func (g *grants) ask(x *grant, id string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if x.id == "" {
		g.open++
	}
	x.id, x.gone = id, false
}

// answer takes the answer to a question. Only a domain that has granted
// something can have withdrawn it.
func (g *grants) answer(x *grant, id, from string, granted bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if x.id == "" || x.id != id {
		return
	}
	x.id = ""
	switch {
	case granted:
		x.by = from
	case x.by == from:
		x.gone = true
	}
	if g.open--; g.open == 0 {
		poke(g.done)
	}
}

// gone reports whether something is.
func (g *grants) gone() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.delegated.gone || g.allowed.gone
}

// held reports whether anything is known to be granted.
func (g *grants) held() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.delegated.by != "" || g.allowed.by != ""
}

// forget gives up what is gone: it is missed again when it was granted again.
func (g *grants) forget() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, x := range []*grant{&g.delegated, &g.allowed} {
		if x.gone {
			x.by, x.gone = "", false
		}
	}
}

func (g *grants) holder(x *grant) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return x.by
}

// keepGrants asks for the grants from time to time and whenever a connection is
// lost. A lost connection brings them back when it returns; where none is
// missing, one is made anew.
func (c *Component) keepGrants(ctx context.Context) {
	wait := c.timing.check
	for ctx.Err() == nil {
		timer, stop := c.clock.After(wait)
		select {
		case <-timer:
		case <-c.lost:
		case <-ctx.Done():
		}
		stop()
		if !c.withdrawn(ctx) {
			if c.grants.held() { // not merely given up
				wait = c.timing.check
			}
			continue
		}
		c.pause(ctx, c.timing.grace) // for a lost connection to return, and the server to grant
		if ctx.Err() != nil || !c.withdrawn(ctx) {
			continue
		}
		if n := c.lines.count(); n < c.cfg.Connections {
			select {
			case c.retry <- struct{}{}: // one that is away tries now, not when its turn comes
			default:
			}
			continue
		}
		c.grants.forget()
		c.renew(c.lines.eldest())
		wait = min(2*wait, 16*c.timing.check) // until it helps
	}
}

// withdrawn asks whether something that was granted is not any more. No answer
// says nothing.
func (c *Component) withdrawn(ctx context.Context) bool {
	if c.lines.count() == 0 || ctx.Err() != nil {
		return false
	}
	g := c.grants
	host := g.holder(&g.delegated)
	if host == "" {
		host = c.server
	}
	select {
	case <-g.done: // the last answer came too late
	default:
	}
	id := c.questionID()
	questions := [][]byte{appendIQ(nil, "get", id, c.domain, host, []byte("<query xmlns='"+nsInfo+"'/>"))}
	g.ask(&g.delegated, id)
	if host := g.holder(&g.allowed); host != "" {
		// A message to the server itself says nothing; ejabberd denies it with
		// forbidden to who has privileges, and with item-not-found to others.
		id := c.questionID()
		questions = append(questions, appendRest([]byte("<message"), "message", "", id, c.domain, host, nil))
		g.ask(&g.allowed, id)
	}
	for _, q := range questions { // when all are noted: the first answer may come at once
		c.send(q)
	}
	timer, stop := c.clock.After(c.timing.patience)
	defer stop()
	select {
	case <-g.done:
	case <-timer:
	case <-ctx.Done():
	}
	return g.gone()
}

func (c *Component) questionID() string { return pingPrefix + strconv.FormatUint(c.pings.Add(1), 36) }

// pong takes the answer to a ping or to a question for delegation: whether the
// server's domain is announced as a VTN.
func (c *Component) pong(e element, id string) {
	query := e.child("query")
	if e.attribute("type") != "result" || len(query.tag) == 0 || !c.isHost(e.attribute("from")) {
		return
	}
	announced := false
	for x := range query.children() {
		announced = announced || x.attribute("var") == featureOpenADR
	}
	c.grants.answer(&c.grants.delegated, id, e.attribute("from"), announced)
}

// bounced takes the error to a message of ours: the answer to the question for
// privileges.
func (c *Component) bounced(e element) {
	c.grants.answer(&c.grants.allowed, e.attribute("id"), e.attribute("from"), condition(e.child("error")) != "item-not-found")
}

// renew ends a connection in order, so that it is made anew. The others go on.
func (c *Component) renew(l *line) {
	if l == nil {
		return
	}
	l.renewed.Store(true)
	c.part(l)
	c.hangUp(l)
}

// poke wakes who waits for the channel. It never blocks.
func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
