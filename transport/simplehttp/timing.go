package simplehttp

import "time"

// timing is how long things may take.
type timing struct {
	handshake time.Duration // of TLS
	header    time.Duration // reading a request's header
	request   time.Duration // reading all of it
	answer    time.Duration // from its header to the last byte of the answer
	linger    time.Duration // after a request, before the connection rests
	idle      time.Duration // rest between two requests
	turn      time.Duration // waiting for the identity's other requests and its budget: a VEN waits 5 s (rule H6)
	stop      time.Duration // finishing what is under way
}

// timingFor returns the usual times. A VEN that polls keeps its connection for some polls.
func timingFor(poll time.Duration) timing {
	return timing{
		handshake: 10 * time.Second,
		header:    10 * time.Second,
		request:   15 * time.Second,
		answer:    30 * time.Second,
		linger:    100 * time.Millisecond,
		idle:      min(max(3*poll, time.Minute), time.Hour),
		turn:      4 * time.Second,
		stop:      10 * time.Second,
	}
}
