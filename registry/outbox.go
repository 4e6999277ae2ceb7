package registry

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// outbox is how one VEN stands with one topic. It is due when settled < rev and
// nextAt has come; a zero nextAt never comes. If the outbox is due at once, nextAt
// is its queue time: see [core.Tx].
type outbox struct {
	no, venNo          int64 // see outboxNo
	topic              core.Topic
	rev, sent, settled int64
	state              core.OutboxState
	queueTime, nextAt  time.Time
	attempts           int // since the last settlement
	sentAt, settledAt  time.Time
	result             core.Result // of the last settled push
	code               int         // code and err belong to the last outcome
	err                string
}

// outboxNo is the number of an outbox, or 0 if no VEN can have that number. SQLite
// finds one integer at a third of the cost of a VEN and a topic. Greetings come and
// go: their numbers are negative, so that the other outboxes stay dense on their
// pages.
func outboxNo(topic core.Topic, venNo int64) int64 {
	switch {
	case venNo < 1 || venNo >= 1<<55:
		return 0
	case topic == core.TopicMetadata:
		return -(venNo<<8 | int64(topic))
	}
	return venNo<<8 | int64(topic)
}

// outboxesOf returns the numbers of all outboxes that VENs can have.
func outboxesOf(venNos []int64) []int64 {
	outboxes := make([]int64, 0, len(venNos)*len(core.Topics))
	for _, no := range venNos {
		for _, topic := range core.Topics {
			outboxes = append(outboxes, outboxNo(topic, no))
		}
	}
	return outboxes
}

// Appended to a VEN's number, these make the number of its outbox for a topic.
const (
	eventsOutbox   = ` * 256 + 101`  // core.TopicEvents
	reportsOutbox  = ` * 256 + 114`  // core.TopicReports
	metadataOutbox = ` * -256 - 109` // core.TopicMetadata
)

const outboxColumns = `o.box, o.ven_no, o.topic, o.rev, o.sent, o.settled, o.state, o.place, o.next_at, o.attempts, o.sent_at, o.settled_at, o.result, o.code, o.error`

// into returns where the columns outboxColumns are scanned to. The result's word
// goes to result.
func (b *outbox) into(result *string) []any {
	return []any{&b.no, &b.venNo, &b.topic, &b.rev, &b.sent, &b.settled, &b.state, at(&b.queueTime), at(&b.nextAt), &b.attempts, at(&b.sentAt), at(&b.settledAt), result, &b.code, &b.err}
}

// MarshalJSON writes the list that storeOutboxes reads.
func (b *outbox) MarshalJSON() ([]byte, error) {
	return json.Marshal([...]any{b.no, b.settled, b.state, millis(b.nextAt), b.attempts,
		millis(b.settledAt), writeResult(b.result), b.code, b.err})
}

// storeOutboxes writes what settlements change, in one statement.
func (s outboxTx) storeOutboxes(outboxes []*outbox) error {
	if len(outboxes) == 0 {
		return nil
	}
	rows, err := list(outboxes)
	if err != nil {
		return err
	}
	_, err = s.exec(`WITH n AS MATERIALIZED (SELECT value FROM `+s.Elements(1)+`)
UPDATE outbox AS o
   SET settled = CAST(n.value ->> 1 AS BIGINT), state = n.value ->> 2,
       next_at = CAST(n.value ->> 3 AS BIGINT), attempts = CAST(n.value ->> 4 AS BIGINT), settled_at = CAST(n.value ->> 5 AS BIGINT),
       result = n.value ->> 6, code = CAST(n.value ->> 7 AS BIGINT), error = n.value ->> 8
  FROM n
 WHERE o.box = CAST(n.value ->> 0 AS BIGINT)`, rows)
	return err
}

func (s outboxTx) dropOutboxes(nos []int64) error {
	if len(nos) == 0 {
		return nil
	}
	_, err := s.exec(`DELETE FROM outbox WHERE `+s.InList("box", 1), numbers(nos))
	return err
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

// backoff is how long to wait after a number of attempts without an answer.
func backoff(attempts int) time.Duration { return jitter(doubled(core.BackoffFirst, attempts)) }

// retryAfter is how long to wait after a number of attempts before a push is retried.
// Where its outcome says how to begin, it varies by a tenth (rule H20).
func retryAfter(o core.Outcome, attempts int) time.Duration {
	if o.Backoff <= 0 {
		return backoff(attempts)
	}
	d := doubled(o.Backoff, attempts)
	return d - d/10 + rand.N(d/5+1)
}

// doubled is the wait after a number of attempts that begins with first.
func doubled(first time.Duration, attempts int) time.Duration {
	d := first
	for range attempts - 1 {
		if d >= core.BackoffMax {
			break
		}
		d *= 2
	}
	return min(d, core.BackoffMax)
}

// jitter adds or subtracts up to a quarter, so that pushes that failed together are
// not repeated together.
func jitter(d time.Duration) time.Duration {
	return d - d/4 + rand.N(d/2+1)
}

// newOutbox creates the outbox of a VEN for events, closed. The outboxes for other
// topics are created when they are needed.
func (s outboxTx) newOutbox(venNo int64) error {
	if _, err := s.exec(`INSERT INTO outbox (box, ven_no, topic, rev, sent, settled, state, urgency, place, attempts, result, code, error)
  VALUES ($1, $2, $3, 0, 0, 0, 'off', $4, 0, 0, '', 0, '')`, outboxNo(core.TopicEvents, venNo), venNo, core.TopicEvents, core.UrgencyNormal); err != nil {
		return fmt.Errorf("make the outbox of VEN number %d: %w", venNo, err)
	}
	return nil
}

func (t outboxTx) OpenOutbox(venNo, rev int64, as core.OutboxState, now time.Time) error {
	outbox := outboxNo(core.TopicEvents, venNo)
	var n int64
	var err error
	switch as {
	case core.OutboxParked:
		n, err = t.exec(openAs("parked", "CAST($5 AS BIGINT)")+`, place = $4 WHERE box = $1`,
			outbox, rev, core.UrgencyNormal, now.UnixMilli(), now.Add(jitter(core.ParkProbe)).UnixMilli())
	case core.OutboxIdle:
		n, err = t.exec(openAs("idle", "NULL")+`, settled = $2 WHERE box = $1`, outbox, rev, core.UrgencyNormal)
	default:
		return fmt.Errorf("open the outbox of VEN number %d as %s: it opens idle or parked", venNo, as)
	}
	return touched(n, err, "outbox of VEN number %d", venNo)
}

// openAs opens an outbox in a state, unless it is held.
func openAs(state, nextAt string) string {
	until := fmt.Sprintf(heldUntil, "outbox.ven_no")
	return `UPDATE outbox SET rev = $2, urgency = $3 + ` + polledBit("urgency") + `, attempts = 0,
       state = CASE WHEN ` + until + ` IS NULL THEN '` + state + `' ELSE 'held' END, next_at = coalesce(` + until + `, ` + nextAt + `)`
}

func (t outboxTx) CloseOutbox(venNo int64) error {
	n, err := t.exec(`UPDATE outbox SET state = 'off', next_at = NULL, attempts = 0 WHERE box = $1`, outboxNo(core.TopicEvents, venNo))
	return touched(n, err, "outbox of VEN number %d", venNo)
}
