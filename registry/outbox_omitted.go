package registry

import (
	"fmt"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// Omitted is [core.OutboxReader.Omitted].
func (t omittedTx) Omitted(venNos []int64) (map[int64][]string, error) {
	if some, err := t.exists(`event_omitted WHERE until = ` + never); err != nil || !some {
		return nil, err
	}
	omitted := map[int64][]string{}
	err := t.rows(`SELECT o.ven_no, e.event_id FROM event_omitted o JOIN event e ON e.no = o.event_no
 WHERE `+t.InList("o.ven_no", 1)+` AND o.until = `+never+` ORDER BY o.ven_no, e.event_id COLLATE "binary"`,
		[]any{numbers(venNos)}, func(scan func(...any) error) error {
			var venNo int64
			var eventID string
			err := scan(&venNo, &eventID)
			omitted[venNo] = append(omitted[venNo], eventID)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("read the events omitted for %d VENs: %w", len(venNos), err)
	}
	return omitted, nil
}

// toldInPart selects the outboxes o for events from whose messages events are
// omitted.
var toldInPart = `o.topic = 101 AND o.state <> 'off' AND o.box IN (SELECT ven_no` + eventsOutbox + ` FROM event_omitted WHERE until = ` + never + `)`

// CountToldInPart is [core.OutboxReader.CountToldInPart].
func (t omittedTx) CountToldInPart() (n int, err error) {
	if err := t.row(`SELECT count(*) FROM outbox o WHERE `+toldInPart, nil, &n); err != nil {
		return 0, fmt.Errorf("count the VENs that are told only some of their events: %w", err)
	}
	return n, nil
}

// ToldInPart is [core.OutboxReader.ToldInPart].
func (t omittedTx) ToldInPart(after int64, limit int) ([]core.Claim, error) {
	_, claims, err := claimTx(t).claimable(selectClaim+`o.ven_no > $1 AND `+toldInPart+` ORDER BY o.ven_no LIMIT $2`, after, limit)
	if err != nil {
		return nil, fmt.Errorf("list the VENs that are told only some of their events: %w", err)
	}
	return claims, nil
}

// Known is [core.OutboxReader.Known].
func (t omittedTx) Known(venNo int64, eventIDs []string) (map[string]core.Known, error) {
	ids, err := list(singles(eventIDs))
	if err != nil {
		return nil, err
	}
	known := map[string]core.Known{}
	err = t.rows(`SELECT e.event_id,
       EXISTS (SELECT 1 FROM event_answer a WHERE a.event_no = e.no AND a.ven_no = v.no)
       OR EXISTS (SELECT 1 FROM push f WHERE f.box = v.no`+eventsOutbox+` AND f.result = 'acknowledged'
                   AND f.rev >= (SELECT min(r.rev) FROM event_revision r WHERE r.event_no = e.no) AND (o.since IS NULL OR f.rev < o.since OR f.rev >= o.until)),
       EXISTS (SELECT 1 FROM push f WHERE f.box = v.no`+eventsOutbox+` AND f.result = 'acknowledged'
                AND f.rev >= `+t.Greatest(`CASE WHEN w.withdrawn IS NULL THEN e.rev ELSE w.rev END`, `coalesce(o.until, 0)`)+`)
  FROM event e CROSS JOIN ven v
  LEFT JOIN event_own w ON w.event_no = e.no AND w.ven_no = v.no AND w.gone IS NULL
  LEFT JOIN event_omitted o ON o.event_no = e.no AND o.ven_no = v.no
 WHERE v.no = $1 AND e.event_id IN (SELECT n.value ->> 0 FROM `+t.Elements(2)+` AS n)`, []any{venNo, ids}, func(scan func(...any) error) error {
		var eventID string
		var k core.Known
		err := scan(&eventID, &k.Event, &k.Cancellation)
		known[eventID] = k
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look what VEN number %d knows of events: %w", venNo, err)
	}
	return known, nil
}

// PutOmitted is [core.OutboxWriter.PutOmitted].
func (t omittedTx) PutOmitted(o core.Omission) error {
	if err := t.putOmitted(o); err != nil {
		return fmt.Errorf("store the events omitted for VEN number %d: %w", o.VENNo, err)
	}
	return nil
}

func (t omittedTx) putOmitted(o core.Omission) error {
	ids, err := list(singles(o.EventIDs))
	if err != nil {
		return err
	}
	if _, err := t.exec(`INSERT INTO event_omitted (event_no, ven_no, since, until)
  SELECT e.no, CAST($1 AS BIGINT), CAST($2 AS BIGINT), `+never+` FROM `+t.Elements(3)+` AS n JOIN event e ON e.event_id = n.value ->> 0
   WHERE TRUE
  ON CONFLICT (event_no, ven_no) DO UPDATE SET since = excluded.since, until = excluded.until WHERE event_omitted.until <> excluded.until`, o.VENNo, o.Rev, ids); err != nil {
		return err
	}
	if !o.All {
		return nil
	}
	_, err = t.exec(`UPDATE event_omitted SET until = $2 WHERE ven_no = $1 AND until = `+never+`
   AND event_no NOT IN (SELECT e.no FROM `+t.Elements(3)+` AS n JOIN event e ON e.event_id = n.value ->> 0)`, o.VENNo, o.Rev, ids)
	return err
}

// singles makes each value a list of its own, which both databases read alike.
func singles(values []string) [][1]string {
	rows := make([][1]string, len(values))
	for i, value := range values {
		rows[i][0] = value
	}
	return rows
}
