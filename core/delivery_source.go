package core

import (
	"context"
	"fmt"
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

// contents calls contents of the topic that the claims have.
func (s sources) contents(ctx context.Context, t Topic, claims []Claim, now time.Time) (map[int64]content, error) {
	source, ok := s[t]
	if !ok {
		return nil, fmt.Errorf("there is no topic %q", t)
	}
	return source.contents(ctx, claims, now)
}

// settled calls settled of the topic, if there is one.
func (s sources) settled(tx Tx, done Settlement) error {
	if settled := s[done.Token.Topic].settled; settled != nil {
		return settled(tx, done)
	}
	return nil
}

// overLimit is what becomes of a message whose payload is larger than any may be.
func (c *common) overLimit(not string, kind oadr.Kind, size int) Outcome {
	return Outcome{Result: Refused, Error: fmt.Sprintf("not %s: its %s has %d bytes, the largest payload allowed has %d", not, kind, size, c.cfg.MaxPayload)}
}
