package core

import (
	"errors"
	"time"
)

// Result is what became of a push.
type Result uint8

// Results.
const (
	// Acknowledged: the VEN sent an empty result, oadrResponse 200 or an oadrCreatedEvent.
	Acknowledged Result = iota + 1
	// Refused: another response code or a lasting stanza error came. The push is settled
	// until the next change.
	Refused
	// Unreachable: nobody is there. The outbox is parked until the VEN is heard or seen.
	Unreachable
	// Retry: an error of type wait came. The push is repeated after a backoff.
	Retry
	// Requeue: the push does not count, because the VEN moved or a connection broke. It
	// is repeated at once. Only core decides this.
	Requeue
)

func (r Result) String() string {
	switch r {
	case Acknowledged:
		return "acknowledged"
	case Refused:
		return "refused"
	case Unreachable:
		return "unreachable"
	case Retry:
		return "retry"
	case Requeue:
		return "requeue"
	}
	return "none"
}

// Outcome is what became of a push.
type Outcome struct {
	Result Result
	Code   int    // the OpenADR response code, 0 where there was none
	Error  string // the stanza error's condition, or the response's description
	// Bare says that no OpenADR payload told it, but an empty result or a stanza error,
	// which any client may send.
	Bare bool
	// Signed says that a payload told it whose signature was found to be in order.
	Signed bool
	// Backoff is the first wait before a [Retry], which doubles each time; 0: [BackoffFirst].
	Backoff time.Duration
	// Silent says that nobody answered, over a [Requesting] transport.
	Silent bool
	// Unknown says that a client is there but does not know what it was sent. A server
	// answers differently for a client that has gone.
	Unknown bool
}

// Lasts reports whether the push is over with this result, so that it is not repeated.
func (o Outcome) Lasts() bool { return o.Result == Acknowledged || o.Result == Refused }

// NotPushed returns the outcome of a push that its transport did not take. After
// [ErrNotConnected] it waits for a connection, after [ErrTooLarge] for the next change,
// otherwise for a backoff.
func NotPushed(err error) Outcome {
	switch {
	case errors.Is(err, ErrNotConnected):
		return Outcome{Result: Requeue, Error: err.Error()} // nothing is claimed until the connection is back
	case errors.Is(err, ErrTooLarge):
		return Outcome{Result: Refused, Error: err.Error()}
	}
	return Outcome{Result: Retry, Error: err.Error()}
}
