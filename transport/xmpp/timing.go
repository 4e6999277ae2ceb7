package xmpp

import "time"

// timing is how long things take. Tests shorten it.
type timing struct {
	handshake time.Duration // to connect and authenticate
	quiet     time.Duration // without a byte from the server before it is pinged
	patience  time.Duration // for an answer: to a ping, before the connection counts as dead, and to a question
	backoff   time.Duration // before the first reconnect, doubled after each
	most      time.Duration // between reconnects; after a connection that stood so long, backoff starts over
	write     time.Duration // for one write
	stop      time.Duration // for jobs to finish when the component stops
	farewell  time.Duration // for the server to close its stream
	probe     time.Duration // between batches of presence probes
	check     time.Duration // between checks of what the server grants
	grace     time.Duration // for a withdrawn grant to come back by itself
	hello     time.Duration // between hellos to the domain
	echo      time.Duration // for the hellos to come back
}

var defaultTiming = timing{
	handshake: 10 * time.Second,
	quiet:     15 * time.Second,
	patience:  10 * time.Second,
	backoff:   time.Second,
	most:      time.Minute,
	write:     10 * time.Second,
	stop:      5 * time.Second,
	farewell:  time.Second,
	probe:     100 * time.Millisecond,
	check:     30 * time.Second,
	grace:     3 * time.Second,
	hello:     time.Minute,
	echo:      time.Second,
}
