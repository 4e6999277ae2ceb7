package registry

import (
	"fmt"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/registry/database"
)

// lackingOutboxes selects the outboxes for events that may lack an event: by the two
// due indexes those that are behind, and those from whose message events were
// omitted.
var lackingOutboxes = `SELECT o.ven_no, o.settled FROM outbox o WHERE o.settled < o.rev AND o.next_at IS NOT NULL AND ` + answeredLast + ` AND o.topic = 101
 UNION ALL SELECT o.ven_no, o.settled FROM outbox o WHERE o.settled < o.rev AND o.next_at IS NOT NULL AND ` + silentLast + ` AND o.topic = 101
 UNION ALL SELECT o.ven_no, o.settled FROM outbox o WHERE ` + toldInPart + ` AND (o.settled >= o.rev OR o.next_at IS NULL)`

// lacks selects a VEN v with the outbox x that has not been told of the present
// version of an event whose start is in a range. Cheap conditions come first. A VEN
// lacks an event that was omitted for want of room, unless the event is cancelled
// and the VEN never knew it.
func lacks(d *database.Dialect, starts string) string {
	return `EXISTS (SELECT 1 FROM e LEFT JOIN event_own w ON w.event_no = e.no AND w.ven_no = v.no AND w.gone IS NULL
    LEFT JOIN event_left g ON g.event_no = e.no AND g.ven_no = v.no
    LEFT JOIN event_omitted om ON om.event_no = e.no AND om.ven_no = v.no
   WHERE ` + starts + ` AND (e.rev > x.settled OR v.labels_rev > x.settled OR w.rev > x.settled OR om.until > x.settled)
     AND (w.withdrawn IS NOT NULL OR EXISTS (SELECT 1 FROM event_target t JOIN label l ON l.kind = t.kind AND l.value = t.value
                                              WHERE t.event_no = e.no AND l.ven_no = v.no))
     AND (om.until = ` + never + ` AND e.cancelled_at IS NULL AND w.withdrawn IS NULL OR ` + neededFrom(d) + ` > x.settled))`
}

// lacking counts VENs by the first event that is not over at $1 and has not reached
// them. It looks at the nearest events of each VEN first, and stops at the first
// that the VEN lacks.
func lacking(d *database.Dialect) string {
	return `WITH e AS MATERIALIZED (SELECT no, rev, start_at, cancelled_at FROM event WHERE end_at > $1 OR end_at IS NULL)
SELECT count(*), late FROM (
  SELECT CASE WHEN ` + lacks(d, `e.start_at <= $1`) + ` THEN 0 WHEN ` + lacks(d, `e.start_at > $1 AND e.start_at < $2`) + ` THEN 1
              WHEN ` + lacks(d, `e.start_at >= $2 AND e.start_at < $3`) + ` THEN 2 WHEN ` + lacks(d, `e.start_at >= $3`) + ` THEN 3 END AS late
    FROM (` + lackingOutboxes + `) AS x CROSS JOIN ven v
   WHERE v.no = x.ven_no) AS all_that_lack
 WHERE late IS NOT NULL GROUP BY late`
}

// notHeld counts the events that are not over at $1 and that some VEN lacks.
func notHeld(d *database.Dialect) string {
	return `WITH e AS MATERIALIZED (SELECT no, rev, start_at, cancelled_at FROM event WHERE end_at > $1 OR end_at IS NULL)
SELECT count(*) FROM e AS one
 WHERE EXISTS (SELECT 1 FROM (` + lackingOutboxes + `) AS x CROSS JOIN ven v WHERE v.no = x.ven_no AND ` + lacks(d, `e.no = one.no`) + `)`
}

// unanswered counts what was pushed, or handed out to VENs that poll.
var unanswered = `SELECT count(*) FROM outbox o
 WHERE o.settled < o.rev AND o.next_at IS NOT NULL AND ` + silentLast + ` AND (o.state = 'in_flight' OR o.state = 'handed_out' AND o.urgency >= ` + fmt.Sprint(polled) + `) AND o.sent_at <= $1`

// Figures counts as [core.Figures] says.
func (t figuresTx) Figures(now time.Time) (f core.Figures, err error) {
	f.Registered = map[string]int{}
	err = t.rows(`SELECT r.transport, count(*) FROM registration r WHERE r.ended_at IS NULL GROUP BY r.transport`, nil, func(scan func(...any) error) error {
		var transport string
		var n int
		err := scan(&transport, &n)
		f.Registered[transport] = n
		return err
	})
	if err == nil {
		err = t.rows(lacking(t.Dialect), []any{now.UnixMilli(), now.Add(10 * time.Minute).UnixMilli(), now.Add(time.Hour).UnixMilli()}, func(scan func(...any) error) error {
			var n, late int
			err := scan(&n, &late)
			f.Lacking[late] = n
			return err
		})
	}
	if err == nil && f.Lacking != [core.Latenesses]int{} {
		err = t.row(notHeld(t.Dialect), []any{now.UnixMilli()}, &f.NotHeld)
	}
	if err == nil {
		err = t.row(unanswered, []any{now.Add(-core.Lease).UnixMilli()}, &f.Unanswered)
	}
	if err != nil {
		return f, fmt.Errorf("count VENs and what they lack: %w", err)
	}
	return f, nil
}
