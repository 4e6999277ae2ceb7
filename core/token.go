package core

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Topic is one of the things a VEN is told about.
type Topic byte

// Topics.
const (
	// TopicEvents: all events that concern the VEN, in one push. Whatever
	// changed while it was away, the push carries what stands now.
	TopicEvents Topic = 'e'
	// TopicReports: report requests, their cancellation, and the VTN's reports that
	// the VEN asked for. A push carries one change: what an operator asked for together.
	TopicReports Topic = 'r'
	// TopicRegistration: the operator cancels a registration, or asks for another.
	TopicRegistration Topic = 'g'
	// TopicMetadata: the VTN's own reports, to a VEN that registered anew. There is
	// something to tell only until it is told; all other topics wait for that, see
	// [Tx.Greet].
	TopicMetadata Topic = 'm'
)

// Topics are all of them.
var Topics = []Topic{TopicEvents, TopicReports, TopicRegistration, TopicMetadata}

// Token names one push: this VEN, this topic, up to this revision. It is the
// stanza's id and the payload's requestID, and all that is needed to settle:
// after a restart, or at another replica.
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

// ParseToken reads what [Token.String] wrote. Only that very spelling is a token.
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
