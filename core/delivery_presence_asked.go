package core

import (
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// asked is what is known of a VEN over a [Requesting] transport (rule H21): that it sent a
// request or answered a push, and until when it counts as online for it.
type asked struct {
	transport string
	until     time.Time
	polls     bool // it should have sent another by then
	pace      requestPace
	// It left the last push unanswered, and did not come back since. A VEN that comes back
	// over and over, and whose server does not, would have pushes made without pause.
	silent   bool
	returned time.Time // when it last came back from being silent
}

// returnsApart is the least time between two returns of a VEN that was silent.
const returnsApart = time.Minute

// requestPace learns how often a VEN sends requests by itself. Two waits in a row of at
// least that long tell it; one may be an absence.
type requestPace struct {
	last time.Time     // the last request that began a wait
	wait time.Duration // before that one
	both time.Duration // the shorter of the last two waits
}

// request notes a request. Those that follow at once, as a VEN that drains sends them,
// begin no wait. interval is how often it should send some.
func (p *requestPace) request(now time.Time, interval time.Duration) {
	wait := now.Sub(p.last)
	switch {
	case p.last.IsZero():
		p.last = now
	case wait >= interval/2:
		p.last, p.wait, p.both = now, wait, min(p.wait, wait)
	}
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

// ask notes a request over a [Requesting] transport, and reports whether the VEN is back:
// it was not known to be there, or was silent.
func (p *presence) ask(ven *VEN, transport string, now time.Time) (came bool) {
	interval := p.interval(transport)
	if ven.speaks(oadr.Profile20a) { // it is not told how often (rule A2)
		interval = max(interval, pollIntervalA)
	}
	p.change(ven.No, func(w *whereabouts) {
		a, r := &w.asked, ven.Registration
		came = !a.silent && !a.lately(now)
		if a.silent && now.Sub(a.returned) >= returnsApart {
			a.silent, a.returned, came = false, now, true
		}
		a.pace.request(now, interval)
		a.transport, a.until = transport, now.Add(pollsMissed*max(interval, a.pace.both))
		a.polls = r != nil && r.Transport == transport && r.pushAddress() == ""
		w.seen = now
	})
	return came
}

// took notes that a VEN answered a push over a [Requesting] transport.
func (p *presence) took(venNo int64, transport string, now time.Time) {
	p.change(venNo, func(w *whereabouts) {
		w.asked.transport, w.asked.silent = transport, false
		if until := now.Add(pollsMissed * p.interval(transport)); until.After(w.asked.until) {
			w.asked.until = until
		}
		w.seen = now
	})
}

// missed notes that a VEN left a push over a [Requesting] transport unanswered.
func (p *presence) missed(venNo int64, transport string) {
	p.change(venNo, func(w *whereabouts) {
		w.asked.transport, w.asked.silent, w.asked.until = transport, true, time.Time{}
	})
}

// turn forgets the addresses of a VEN that sends requests from now on.
func (p *presence) turn(venNo int64) {
	p.look(venNo, func(w *whereabouts) {
		p.recount(w, func() { w.locations, w.left, w.excused = nil, false, nil })
	})
}
