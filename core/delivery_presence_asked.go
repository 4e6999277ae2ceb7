package core

import (
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// asked is what is known of a VEN that sends requests over a [Requesting] transport (rule
// H21): the last one, and until when it counts as online for it.
type asked struct {
	transport string
	until     time.Time
	polls     bool // it should have sent another by then
}

func (a asked) lately(now time.Time) bool { return now.Before(a.until) }

// pollIntervalA is how often a known VEN of 2.0a polls.
const pollIntervalA = 5 * time.Minute

// pollInterval is how often VENs poll over a transport, 0 where they are connected.
func (c *common) pollInterval(transport string) time.Duration {
	if t := c.requesting(transport); t != nil {
		return t.PollInterval()
	}
	return 0
}

// ask notes a request over a [Requesting] transport, and reports whether the VEN was not
// known to be there.
func (p *presence) ask(ven *VEN, transport string, now time.Time) (came bool) {
	interval := p.interval(transport)
	if ven.speaks(oadr.Profile20a) { // it is not told how often (rule A2)
		interval = max(interval, pollIntervalA)
	}
	until := now.Add(pollsMissed * interval)
	p.change(ven.No, func(w *whereabouts) {
		came = !w.asked.lately(now)
		r := ven.Registration
		w.asked = asked{transport, until, r != nil && r.Transport == transport && r.pushAddress() == ""}
		w.seen = now
	})
	return came
}

// turn forgets the addresses of a VEN that sends requests from now on.
func (p *presence) turn(venNo int64) {
	p.look(venNo, func(w *whereabouts) {
		p.recount(w, func() { w.locations, w.left, w.excused = nil, false, nil })
	})
}
