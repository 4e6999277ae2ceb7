package core

import (
	"context"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// content is what a claim tells its VEN: the message, and the revision up to which the
// message tells everything. The zero content means that nothing is left to tell.
type content struct {
	rev     int64
	message oadr.Message
	omitted []string // eventIDs that no push has told so far for want of room
	// unanswered says that VENs do not answer the message itself (rule H10).
	unanswered bool
}

// source is what delivery needs of the part whose topic it is.
type source struct {
	// contents builds the content for each VEN of these claims, by VEN number. It leaves
	// out VENs that have nothing left to be told.
	contents func(ctx context.Context, claims []Claim, now time.Time) (map[int64]content, error)
	// settled records the outcome of what a push told, in the transaction that settles
	// the push. It is nil where nothing but the push is on record.
	settled func(Tx, Settlement) error
}

// sources holds the source of each topic.
type sources map[Topic]source

// settled calls settled of the topic, if there is one.
func (s sources) settled(tx Tx, done Settlement) error {
	if settled := s[done.Token.Topic].settled; settled != nil {
		return settled(tx, done)
	}
	return nil
}
