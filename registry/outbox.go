package registry

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// box is where one VEN stands with one topic. It is due when settled < rev and
// nextAt, which is zero for never, has come.
type box struct {
	venNo              int64
	topic              string
	rev, sent, settled int64
	state              core.OutboxState
	urgency            core.Urgency
	nextAt             time.Time
	attempts           int // since something was last settled
	sentAt, settledAt  time.Time
	result             core.Result // of the last settled push
	code               int         // code and err are of the last outcome
	err                string
}

const boxColumns = `o.ven_no, o.topic, o.rev, o.sent, o.settled, o.state, o.urgency, o.next_at, o.attempts, o.sent_at, o.settled_at, o.result, o.code, o.error`

// into lists where boxColumns go; the result's word goes to result.
func (b *box) into(result *string) []any {
	return []any{&b.venNo, &b.topic, &b.rev, &b.sent, &b.settled, &b.state, &b.urgency, at(&b.nextAt), &b.attempts, at(&b.sentAt), at(&b.settledAt), result, &b.code, &b.err}
}

// MarshalJSON writes what storeBoxes reads.
func (b *box) MarshalJSON() ([]byte, error) {
	return json.Marshal([...]any{b.venNo, b.topic, b.sent, b.settled, b.state, millis(b.nextAt), b.attempts,
		millis(b.sentAt), millis(b.settledAt), writeResult(b.result), b.code, b.err})
}

// storeBoxes writes what claims and settlements change, in one statement.
func (s *session) storeBoxes(boxes []*box) error {
	if len(boxes) == 0 {
		return nil
	}
	rows, err := list(boxes)
	if err != nil {
		return err
	}
	_, err = s.exec(`WITH n AS MATERIALIZED (SELECT value FROM jsonb_array_elements($1))
UPDATE outbox AS o
   SET sent = CAST(n.value ->> 2 AS BIGINT), settled = CAST(n.value ->> 3 AS BIGINT), state = n.value ->> 4,
       next_at = CAST(n.value ->> 5 AS BIGINT), attempts = CAST(n.value ->> 6 AS BIGINT),
       sent_at = CAST(n.value ->> 7 AS BIGINT), settled_at = CAST(n.value ->> 8 AS BIGINT),
       result = n.value ->> 9, code = CAST(n.value ->> 10 AS BIGINT), error = n.value ->> 11
  FROM n
 WHERE o.ven_no = CAST(n.value ->> 0 AS BIGINT) AND o.topic = n.value ->> 1`, rows)
	return err
}

// topics are the outbox's words for core's.
var topics = map[core.Topic]string{core.TopicEvents: "events"}

func topicWord(t core.Topic) (string, error) {
	if word, ok := topics[t]; ok {
		return word, nil
	}
	return "", fmt.Errorf("there is no outbox for topic %q", byte(t))
}

func writeResult(r core.Result) string {
	if r == 0 {
		return ""
	}
	return r.String()
}

func readResult(word string) core.Result {
	for r := core.Acknowledged; r <= core.Requeue; r++ {
		if r.String() == word {
			return r
		}
	}
	return 0
}

// backoff is how long to wait after so many attempts without an answer.
func backoff(attempts int) time.Duration {
	d := core.BackoffFirst
	for range attempts - 1 {
		if d *= 2; d >= core.BackoffMax {
			d = core.BackoffMax
			break
		}
	}
	return jitter(d)
}

// jitter is a quarter up or down, so that what failed together is not tried together.
func jitter(d time.Duration) time.Duration {
	return d - d/4 + rand.N(d/2+1)
}

// newOutbox makes a VEN's outbox, closed.
func (s *session) newOutbox(venNo int64) error {
	if _, err := s.exec(`INSERT INTO outbox (ven_no, topic, rev, sent, settled, state, urgency, attempts, result, code, error)
  VALUES ($1, 'events', 0, 0, 0, 'off', $2, 0, '', 0, '')`, venNo, core.UrgencyNormal); err != nil {
		return fmt.Errorf("make the outbox of VEN number %d: %w", venNo, err)
	}
	return nil
}

func (t *tx) OpenOutbox(venNo int64, topic core.Topic, rev int64, due bool, now time.Time) error {
	word, err := topicWord(topic)
	if err != nil {
		return err
	}
	const open = `UPDATE outbox SET rev = $3, urgency = $4, attempts = 0, `
	var n int64
	if due {
		n, err = t.exec(open+`state = 'parked', next_at = $5 WHERE ven_no = $1 AND topic = $2`, venNo, word, rev, core.UrgencyNormal, now.Add(jitter(core.ParkProbe)).UnixMilli())
	} else {
		n, err = t.exec(open+`state = 'idle', settled = $3, next_at = NULL WHERE ven_no = $1 AND topic = $2`, venNo, word, rev, core.UrgencyNormal)
	}
	return touched(n, err, "outbox of VEN number %d", venNo)
}

func (t *tx) CloseOutbox(venNo int64, topic core.Topic) error {
	word, err := topicWord(topic)
	if err != nil {
		return err
	}
	n, err := t.exec(`UPDATE outbox SET state = 'off', next_at = NULL, attempts = 0 WHERE ven_no = $1 AND topic = $2`, venNo, word)
	return touched(n, err, "outbox of VEN number %d", venNo)
}
