package xmpp

import "time"

// pace spreads what happens often: a few times are at once, more of them one
// each period. To read or write for each stanza costs this process and the
// server more than the stanza does; together they cost once. It waits on the
// machine's own clock, for it is about work and not a rule.
type pace struct {
	every time.Duration
	burst int
	next  time.Time // when one more is early, but for the burst
}

// wait waits until it is time for the next.
func (p *pace) wait() {
	now := time.Now()
	if p.next.Before(now) {
		p.next = now
	}
	if early := p.next.Sub(now) - time.Duration(p.burst)*p.every; early > 0 {
		time.Sleep(early)
	}
	p.next = p.next.Add(p.every)
}
