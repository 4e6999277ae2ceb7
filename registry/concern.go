package registry

import (
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// Concerns of a VEN withdrawn from an event that its labels match again stay
// withdrawn until [tx.Rejoin] or [tx.SetTargets].
func (t *tx) Concerns(venNos []int64, now time.Time) ([]core.Concern, error) {
	var concerns []core.Concern
	err := t.rows(`SELECT x.ven_no, x.event_no, x.modification, x.withdrawn, x.withdrawn_rev, x.kind, x.value, a.modification, o.settled
  FROM (SELECT l.ven_no, l.event_no, e.modification, 0 AS withdrawn, 0 AS withdrawn_rev, l.kind, l.value
          FROM jsonb_array_elements($1) AS n
          JOIN targeted l ON l.ven_no = CAST(n.value AS BIGINT)
          JOIN event e ON e.no = l.event_no
         WHERE e.end_at > $2 OR e.end_at IS NULL
        UNION
        SELECT w.ven_no, w.event_no, w.modification, 1, w.rev, '', ''
          FROM jsonb_array_elements($1) AS n
          JOIN event_withdrawn w ON w.ven_no = CAST(n.value AS BIGINT)
          JOIN event e ON e.no = w.event_no
         WHERE e.end_at > $2 OR e.end_at IS NULL) AS x
  JOIN outbox o ON o.ven_no = x.ven_no AND o.topic = 'events'
  LEFT JOIN event_answer a ON a.event_no = x.event_no AND a.ven_no = x.ven_no
 WHERE `+notReportOnly+`
 ORDER BY x.ven_no, x.event_no, x.withdrawn DESC, x.kind, x.value`,
		[]any{numbers(venNos), now.UnixMilli()}, func(scan func(...any) error) error {
			var c core.Concern
			var by core.Target
			var answered sql.NullInt64
			if err := scan(&c.VENNo, &c.EventNo, &c.ModificationNumber, &c.Withdrawn, &c.WithdrawnRev, &by.Kind, &by.Value, &answered, &c.Settled); err != nil {
				return err
			}
			c.Answered = -1
			if answered.Valid {
				c.Answered = answered.Int64
			}
			last := len(concerns) - 1
			if last < 0 || concerns[last].VENNo != c.VENNo || concerns[last].EventNo != c.EventNo {
				concerns = append(concerns, c)
				last++
			}
			if !c.Withdrawn {
				concerns[last].Matched = append(concerns[last].Matched, by)
			}
			return nil
		})
	if err != nil {
		return nil, fmt.Errorf("find what concerns %d VENs: %w", len(venNos), err)
	}
	return concerns, nil
}

func (t *tx) MatchingEvents(venNo int64, now time.Time) (nos []int64, err error) {
	err = t.rows(`SELECT DISTINCT e.no FROM targeted l JOIN event e ON e.no = l.event_no
 WHERE l.ven_no = $1 AND (e.end_at > $2 OR e.end_at IS NULL) ORDER BY e.no`,
		[]any{venNo, now.UnixMilli()}, func(scan func(...any) error) error {
			var no int64
			err := scan(&no)
			nos = append(nos, no)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("find the events of VEN number %d: %w", venNo, err)
	}
	return nos, nil
}

// Overlapping finds the earliest; an end that is NULL never comes.
func (t *tx) Overlapping(eventNo int64) (eventID string, err error) {
	err = t.row(`SELECT other.event_id
  FROM event e
  JOIN event other ON other.market_context = e.market_context AND other.no <> e.no AND other.cancelled_at IS NULL
   AND (e.end_at IS NULL OR other.start_at < e.end_at) AND (other.end_at IS NULL OR e.start_at < other.end_at)
 WHERE e.no = $1
   AND EXISTS (SELECT 1 FROM targeted x JOIN targeted y ON y.ven_no = x.ven_no
                WHERE x.event_no = e.no AND y.event_no = other.no AND `+notReportOnly+`)
 ORDER BY other.start_at, other.no LIMIT 1`, []any{eventNo}, &eventID)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("look for events that overlap number %d: %w", eventNo, err)
	}
	return eventID, nil
}
