package xmpp

import "time"

// pace limits how often something happens: a burst at once, then once in each
// period. A read or write for each stanza would cost this process and the server
// more than the stanza itself. pace uses the machine's clock, since it spares work
// and implements no rule.
type pace struct {
	every time.Duration
	burst int
	next  time.Time // when the next is due, apart from the burst
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
