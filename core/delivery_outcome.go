package core

import "errors"

// Result is what became of a push.
type Result uint8

// Results.
const (
	// Acknowledged: an empty result, oadrResponse 200, or an oadrCreatedEvent.
	Acknowledged Result = iota + 1
	// Refused: another response code, or a lasting stanza error. Settled until
	// the next change.
	Refused
	// Unreachable: nobody is there. Parked until there is news of the VEN.
	Unreachable
	// Retry: an error of type wait. Pushed again after a backoff.
	Retry
	// Requeue: the push does not count, because its VEN moved, or a connection
	// broke; pushed again at once. Only the core decides this.
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

// Outcome is a result with its particulars.
type Outcome struct {
	Result Result
	Code   int    // the OpenADR response code, 0 where there was none
	Error  string // the stanza error's condition, or the response's description
	// Bare says that it was not said in OpenADR, but by an empty result or a stanza
	// error: any client may answer so.
	Bare bool
	// Unknown says that whoever is there does not know what it was sent: a server says
	// something else for a client that has gone.
	Unknown bool
}

// Lasts says whether the push is over with this, and is not repeated.
func (o Outcome) Lasts() bool { return o.Result == Acknowledged || o.Result == Refused }

// NotPushed is the outcome of a push that its transport could not hand over:
// without a connection it waits for one, too large for the next change, else for
// a backoff.
func NotPushed(err error) Outcome {
	switch {
	case errors.Is(err, ErrNotConnected):
		return Outcome{Result: Requeue, Error: err.Error()} // claims stop until it is back
	case errors.Is(err, ErrTooLarge):
		return Outcome{Result: Refused, Error: err.Error()}
	}
	return Outcome{Result: Retry, Error: err.Error()}
}
