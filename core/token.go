package core

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Topic is what an outbox tells of.
type Topic byte

// Topics.
const (
	// TopicEvents: all events that concern the VEN, in one push, as they are when it is
	// sent.
	TopicEvents Topic = 'e'
	// TopicReports: report requests, their cancellations, and VTN reports that the VEN
	// requested. A push carries one change.
	TopicReports Topic = 'r'
	// TopicRegistration: notices, see [Notice].
	TopicRegistration Topic = 'g'
	// TopicMetadata: the greeting of a VEN that registered anew. The VEN's other outboxes
	// are held until it has an outcome, see [OutboxWriter.Greet].
	TopicMetadata Topic = 'm'
)

// Topics lists all topics.
var Topics = []Topic{TopicEvents, TopicReports, TopicRegistration, TopicMetadata}

// Token names one push: of a topic, to a VEN, up to a revision. It is the id of the stanza
// and the requestID of the payload. Settling needs nothing else, so it works after a
// restart and at any replica.
type Token struct {
	Topic Topic
	VENNo int64
	Rev   int64
}

// String writes <topic><venNo base36>-<rev base36>.
func (t Token) String() string {
	b := make([]byte, 0, 16)
	b = append(b, byte(t.Topic))
	b = strconv.AppendInt(b, t.VENNo, 36)
	b = append(b, '-')
	b = strconv.AppendInt(b, t.Rev, 36)
	return string(b)
}

// maxToken is the length of the longest token.
const maxToken = 32

// ParseToken reads what [Token.String] writes, in exactly that spelling.
func ParseToken(s string) (Token, error) {
	if len(s) > maxToken || len(s) < 4 || !slices.Contains(Topics, Topic(s[0])) {
		return Token{}, fmt.Errorf("%.40q is not a push token", s)
	}
	ven, rev, ok := strings.Cut(s[1:], "-")
	if !ok {
		return Token{}, fmt.Errorf("%.40q is not a push token", s)
	}
	no, err1 := strconv.ParseInt(ven, 36, 64)
	r, err2 := strconv.ParseInt(rev, 36, 64)
	t := Token{Topic(s[0]), no, r}
	if err1 != nil || err2 != nil || no < 1 || r < 0 || t.String() != s {
		return Token{}, fmt.Errorf("%.40q is not a push token", s)
	}
	return t, nil
}
