package registry

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// Settle is [core.Outboxes.Settle].
func (r outboxes) Settle(ctx context.Context, now time.Time, batch []core.Settlement, settled func(core.Tx, core.Settlement) error) (verdicts []core.Verdict, err error) {
	if len(batch) == 0 {
		return nil, nil
	}
	err = r.durably(ctx, "settle", func(s *session) error {
		verdicts = make([]core.Verdict, len(batch))
		if slices.ContainsFunc(batch, func(one core.Settlement) bool { return one.Token.Topic != core.TopicEvents }) {
			if err := s.alone(); err != nil {
				return err
			}
		}
		if err := (settleTx{s}).settleAlike(now, batch, verdicts); err != nil {
			return err
		}
		if err := (settleTx{s}).settleRest(now, batch, verdicts); err != nil {
			return err
		}
		var last []core.Settlement
		for i, one := range batch {
			if verdicts[i] == core.Counted && one.Token.Topic != core.TopicEvents && one.Outcome.Lasts() {
				last = append(last, one)
			}
		}
		// By VEN: the order in which all transactions lock what is told.
		slices.SortStableFunc(last, func(a, b core.Settlement) int { return cmp.Compare(a.Token.VENNo, b.Token.VENNo) })
		for _, one := range last {
			if err := settled(newTx(s), one); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("settle: %w", err)
	}
	return verdicts, nil
}

// alone waits for transactions that change what VENs are told, which lock the
// revision first. It is needed when more than events is settled, or a VEN is
// greeted: a change locks what is told before it locks outboxes, and settling does
// it the other way round.
func (s *session) alone() error {
	if !s.Locks() {
		return nil
	}
	var rev int64
	return s.row(`SELECT rev FROM change WHERE one = 1 FOR UPDATE`, nil, &rev)
}

// push is the record of one push that settled.
type push = [8]any

// rest is what settling one by one needs, and what it changes.
type rest struct {
	senders  map[core.Identity]int64 // the VEN number of each identity
	outboxes venOutboxes
	routes   map[int64]string // the address of each VEN's route
	changed  map[*outbox]bool
	pushes   []push
	noted    deliveries
	greeted  []int64 // the outboxes of greetings that are over
}

// settleRest settles what is left of a batch. The number of statements does not
// depend on how much that is.
func (s settleTx) settleRest(now time.Time, batch []core.Settlement, verdicts []core.Verdict) error {
	var nos []int64
	for i, one := range batch {
		if verdicts[i] != core.Counted {
			nos = append(nos, one.Token.VENNo)
		}
	}
	if len(nos) == 0 {
		return nil
	}
	r := rest{changed: map[*outbox]bool{}}
	var err error
	if r.senders, err = s.identities(nos); err != nil {
		return err
	}
	if r.outboxes, err = s.outboxes(nos); err != nil {
		return err
	}
	if r.routes, err = s.routesOf(batch, verdicts); err != nil {
		return err
	}
	for i, one := range batch {
		if verdicts[i] != core.Counted {
			verdicts[i] = r.settle(one, now)
		}
	}
	if err := (outboxTx(s)).storeOutboxes(slices.Collect(maps.Keys(r.changed))); err != nil {
		return err
	}
	if err := (outboxTx(s)).dropOutboxes(r.greeted); err != nil {
		return err
	}
	for _, d := range r.noted.rows {
		s.noteDeliveries(now, d.rev, d.what, d.code, d.err, d.vens)
	}
	return s.recordPushes(r.pushes)
}

// settle settles one push. Its outcome does not count if another than the VEN
// reports it, or if it is of a route that the VEN no longer has.
func (r *rest) settle(one core.Settlement, now time.Time) core.Verdict {
	b, venNo := r.outboxes[outboxNo(one.Token.Topic, one.Token.VENNo)], one.Token.VENNo
	switch {
	case r.senders[one.By] != venNo, one.From != "" && r.routes[venNo] != one.From:
		return core.Foreign
	case b == nil && one.Token.Topic == core.TopicMetadata: // its outbox is deleted once it is settled
		return core.Spent
	case b == nil:
		return core.Unsent
	}
	sentAt, attempts := b.sentAt, b.attempts
	if verdict := b.settle(one.Token.Rev, one.Outcome, now); verdict != core.Counted {
		return verdict
	}
	r.changed[b] = true
	if b.settled == one.Token.Rev && b.topic == core.TopicEvents { // the other topics keep records elsewhere
		r.pushes = append(r.pushes, push{b.no, b.settled, millis(sentAt), now.UnixMilli(), attempts, writeResult(b.result), b.code, b.err})
	}
	if b.topic == core.TopicEvents && (one.Outcome.Lasts() || one.Outcome.Result == core.Unreachable && attempts == 1) {
		r.noted.add(venNo, delivered{one.Token.Rev, writeResult(one.Outcome.Result), b.code, b.err})
	}
	others, over := r.outboxes.heed(b, one.Outcome, now)
	for _, other := range others {
		r.changed[other] = true
	}
	if over {
		delete(r.changed, b)
		delete(r.outboxes, b.no)
		r.greeted = append(r.greeted, b.no)
	}
	return core.Counted
}

// settle records the outcome of the push of a revision, if it counts.
func (b *outbox) settle(rev int64, o core.Outcome, now time.Time) core.Verdict {
	switch {
	case b.sent < rev:
		return core.Unsent
	case b.settled >= rev, b.topic == core.TopicMetadata && b.sent != rev:
		return core.Spent
	}
	flying := b.state == core.OutboxInFlight || b.state == core.OutboxHandedOut
	switch o.Result {
	case core.Acknowledged, core.Refused:
		b.settled, b.settledAt, b.result = rev, now, o.Result
		switch {
		case b.state == core.OutboxOff:
		case b.state == core.OutboxHeld:
			b.attempts = 0
		case flying && b.sent > rev && b.topic == core.TopicEvents:
			// A late answer: a newer push is in flight and waits for its own answer.
			// The VEN has answered, so the count starts again.
			b.attempts = 1
		default:
			b.state, b.attempts, b.nextAt = core.OutboxIdle, 0, time.Time{}
			if b.rev > rev {
				b.nextAt = b.queueTime
			}
		}
	case core.Unreachable, core.Retry, core.Requeue:
		if !flying || b.topic == core.TopicEvents && b.sent != rev {
			return core.Spent
		}
		switch o.Result {
		case core.Unreachable:
			b.state, b.nextAt = core.OutboxParked, now.Add(jitter(core.ParkProbe))
		case core.Requeue: // which says nothing about the VEN
			b.state, b.nextAt, b.attempts = core.OutboxIdle, b.queueTime, max(b.attempts-1, 0)
		default:
			b.state, b.nextAt = core.OutboxBackoff, now.Add(retryAfter(o, b.attempts))
		}
	default:
		return core.Foreign
	}
	b.code, b.err = o.Code, plain(o.Error)
	return core.Counted
}

// plain makes a text of a VEN fit for both databases, so that no text of one VEN
// keeps the outcomes of others from being stored.
func plain(text string) string {
	const most = 500
	if len(text) > most {
		text = text[:most]
	}
	return strings.ReplaceAll(strings.ToValidUTF8(text, ""), "\x00", "")
}

// outboxes locks and reads all outboxes of VENs.
func (s settleTx) outboxes(venNos []int64) (venOutboxes, error) {
	outboxes := make(venOutboxes, len(venNos))
	// Always in the same order: so two batches never wait for each other.
	err := s.rows(`SELECT `+outboxColumns+` FROM outbox o
 WHERE `+s.InList("o.box", 1)+s.ForUpdateBy("o", "o.box"),
		[]any{numbers(outboxesOf(venNos))}, func(scan func(...any) error) error {
			b := new(outbox)
			var result string
			err := scan(b.into(&result)...)
			b.result = readResult(result)
			outboxes[b.no] = b
			return err
		})
	return outboxes, err
}

// identities reads which VEN each identity of some VENs belongs to.
func (s settleTx) identities(venNos []int64) (map[core.Identity]int64, error) {
	senders := make(map[core.Identity]int64, len(venNos))
	err := s.rows(`SELECT transport, identity, ven_no FROM identity
 WHERE `+s.InList("ven_no", 1),
		[]any{numbers(venNos)}, func(scan func(...any) error) error {
			var id core.Identity
			var venNo int64
			err := scan(&id.Transport, &id.Name, &venNo)
			senders[id] = venNo
			return err
		})
	return senders, err
}

// routesOf reads the addresses of the routes that outcomes of the batch depend on.
func (s settleTx) routesOf(batch []core.Settlement, verdicts []core.Verdict) (map[int64]string, error) {
	var nos []int64
	for i, one := range batch {
		if verdicts[i] != core.Counted && one.From != "" {
			nos = append(nos, one.Token.VENNo)
		}
	}
	if len(nos) == 0 {
		return nil, nil
	}
	routes := make(map[int64]string, len(nos))
	err := s.rows(`SELECT no, route_address FROM ven WHERE `+s.InList("no", 1),
		[]any{numbers(nos)}, func(scan func(...any) error) error {
			var no int64
			var address string
			err := scan(&no, &address)
			routes[no] = address
			return err
		})
	return routes, err
}

func (s settleTx) recordPushes(pushes []push) error {
	if len(pushes) == 0 {
		return nil
	}
	rows, err := list(pushes)
	if err != nil {
		return err
	}
	counts := map[int64][3]int64{} // by outbox
	err = s.rows(`WITH n AS MATERIALIZED (SELECT value FROM `+s.Elements(1)+`)
INSERT INTO push (box, rev, sent_at, settled_at, attempts, result, code, error)
  SELECT CAST(n.value ->> 0 AS BIGINT), CAST(n.value ->> 1 AS BIGINT), CAST(n.value ->> 2 AS BIGINT), CAST(n.value ->> 3 AS BIGINT),
         CAST(n.value ->> 4 AS BIGINT), n.value ->> 5, CAST(n.value ->> 6 AS BIGINT), n.value ->> 7
    FROM n WHERE TRUE
  ON CONFLICT (box, rev) DO NOTHING
  RETURNING box, `+pushSize, []any{rows}, func(scan func(...any) error) error {
		var outbox, bytes int64
		err := scan(&outbox, &bytes)
		c := counts[outbox]
		counts[outbox] = [3]int64{outbox, c[1] + 1, c[2] + bytes}
		return err
	})
	if err != nil || len(counts) == 0 {
		return err
	}
	if rows, err = list(slices.Collect(maps.Values(counts))); err != nil { // the outboxes are locked
		return err
	}
	_, err = s.exec(`UPDATE outbox SET pushes = pushes + CAST(n.value ->> 1 AS BIGINT), push_bytes = push_bytes + CAST(n.value ->> 2 AS BIGINT)
  FROM `+s.Elements(1)+` AS n WHERE outbox.box = CAST(n.value ->> 0 AS BIGINT)`, rows)
	return err
}
