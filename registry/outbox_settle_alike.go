package registry

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/registry/database"
)

// alike is what the settlements of a fan-out have in common.
type alike struct {
	rev       int64
	transport string
	outcome   core.Outcome
}

// recordAlike writes the push records of a list {VEN number: identity}, for the
// outboxes that are as a fan-out leaves them: in flight, under this revision, and
// answered by an identity of the VEN. CROSS JOIN makes SQLite go in this order.
func recordAlike(d *database.Dialect) string {
	return `INSERT INTO push (box, rev, sent_at, settled_at, attempts, result, code, error)
  SELECT o.box, o.sent, o.sent_at, CAST($2 AS BIGINT), o.attempts, CAST($3 AS TEXT), CAST($4 AS BIGINT), CAST($5 AS TEXT)
    FROM ` + d.Members(1) + ` AS n CROSS JOIN identity i CROSS JOIN outbox o
   WHERE i.transport = $6 AND i.identity = n.value AND i.ven_no = CAST(n.key AS BIGINT)
     AND o.box = i.ven_no` + eventsOutbox + ` AND o.sent = $7 AND o.settled < $7 AND o.state = 'in_flight'` + d.ForUpdateBy("o", "o.box") + `
  ON CONFLICT (box, rev) DO NOTHING
  RETURNING box`
}

func settleOutboxes(d *database.Dialect) string {
	return `UPDATE outbox SET settled = sent, settled_at = $2, result = $3, code = $4, error = $5,
       state = 'idle', attempts = 0, next_at = CASE WHEN rev > sent THEN place END,
       pushes = pushes + 1, push_bytes = push_bytes + $6
 WHERE ` + d.InList("box", 1)
}

// settleAlike settles the settlements of a batch that are alike, as nearly all of a
// fan-out are. It takes two statements for each group, and does what [outbox.settle]
// does in the common case. It leaves the others alone.
func (s settleTx) settleAlike(now time.Time, batch []core.Settlement, verdicts []core.Verdict) error {
	for a, members := range groups(batch) {
		if len(members)*8 < len(batch) {
			continue // two statements more would not be worth it
		}
		if err := s.settleGroup(now, a, batch, members, verdicts); err != nil {
			return err
		}
	}
	return nil
}

// groups groups settlements that are alike, by their index in the batch. Several
// outcomes for one VEN are in no group, because their order matters.
func groups(batch []core.Settlement) map[alike][]int {
	times := make(map[int64]int, len(batch))
	for _, one := range batch {
		times[one.Token.VENNo]++
	}
	found := map[alike][]int{}
	for i, one := range batch {
		lasting := one.Outcome.Lasts()
		possible := one.From == "" && one.Token.Topic == core.TopicEvents && outboxNo(one.Token.Topic, one.Token.VENNo) != 0 && storable(one.By.Name) && storable(one.By.Transport)
		if lasting && possible && times[one.Token.VENNo] == 1 {
			a := alike{one.Token.Rev, one.By.Transport, one.Outcome}
			found[a] = append(found[a], i)
		}
	}
	return found
}

func (s settleTx) settleGroup(now time.Time, a alike, batch []core.Settlement, members []int, verdicts []core.Verdict) error {
	slices.SortFunc(members, func(i, j int) int { return int(batch[i].Token.VENNo - batch[j].Token.VENNo) })
	said := []byte{'{'}
	for n, i := range members {
		if n > 0 {
			said = append(said, ',')
		}
		said = append(said, '"')
		said = strconv.AppendInt(said, batch[i].Token.VENNo, 10)
		said = append(said, '"', ':')
		name, err := json.Marshal(batch[i].By.Name)
		if err != nil {
			return err
		}
		said = append(said, name...)
	}
	said = append(said, '}')

	result, failure := writeResult(a.outcome.Result), plain(a.outcome.Error)
	outboxes := make([]int64, 0, len(members))
	var no integer
	into := []any{&no}
	err := s.rows(recordAlike(s.Dialect), []any{string(said), now.UnixMilli(), result, a.outcome.Code, failure, a.transport, a.rev}, func(scan func(...any) error) error {
		err := scan(into...)
		outboxes = append(outboxes, int64(no))
		return err
	})
	if err != nil || len(outboxes) == 0 {
		return err
	}
	slices.Sort(outboxes)
	vens := make([]int64, 0, len(outboxes))
	for _, i := range members {
		if _, counts := slices.BinarySearch(outboxes, outboxNo(core.TopicEvents, batch[i].Token.VENNo)); counts {
			verdicts[i] = core.Counted
			vens = append(vens, batch[i].Token.VENNo)
		}
	}
	s.noteDeliveries(now, a.rev, result, a.outcome.Code, failure, vens)
	_, err = s.exec(settleOutboxes(s.Dialect), numbers(outboxes), now.UnixMilli(), result, a.outcome.Code, failure, pushBytes(failure))
	return err
}
