package faulty

import (
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// Reply is how a VEN answers a request of the VTN. The zero Reply is the VEN's own
// answer; the others are habits of VENs that a VTN must cope with.
type Reply struct {
	How       How
	Code      oadr.Code     // of a Respond; 0: 200
	Condition string        // of a Fail, such as "resource-constraint"
	Type      string        // of a Fail, such as "wait"
	After     time.Duration // how late the answer is; what follows it does not wait
}

// How is the kind of a [Reply].
type How uint8

// Kinds of replies. The VEN does not do what is asked for in a request that it
// answers with a code other than 200, with an error or not at all.
const (
	Respond     How = iota // the VEN's own answer, or the same kind of message with Code
	Empty                  // an empty result; nothing at all to a message
	RespondOpts            // to a push of events the oadrCreatedEvent, if events want one
	Fail                   // a stanza error
	Ignore                 // nothing at all: the request might never have come
	OptOnly                // nothing, but the separate answer follows
)

// takes reports whether the VEN does what is asked for.
func (r Reply) takes() bool {
	switch r.How {
	case Respond:
		return r.Code == 0 || r.Code == oadr.CodeOK
	case Fail, Ignore:
		return false
	}
	return true
}
