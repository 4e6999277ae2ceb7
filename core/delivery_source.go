package core

import (
	"context"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// content is what a claim tells its VEN: the message, and up to which revision that
// is all there is to know. The zero content says that there is nothing to tell after all.
type content struct {
	rev     int64
	message oadr.Message
	omitted []string // events that no push has told so far for want of room
}

// source is what delivery needs of the part whose topic it is.
type source struct {
	// contents builds what each VEN of these claims is told; a VEN that is left out is
	// told nothing.
	contents func(ctx context.Context, claims []Claim, now time.Time) (map[int64]content, error)
	// settled records the outcome of what a push told, in the transaction that settles
	// the push. It is nil where nothing but the push is on record.
	settled func(Tx, Settlement) error
}

// sources are those of all topics.
type sources map[Topic]source

// settled calls the topic's.
func (s sources) settled(tx Tx, done Settlement) error {
	if settled := s[done.Token.Topic].settled; settled != nil {
		return settled(tx, done)
	}
	return nil
}
