package registry

import (
	"fmt"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// rival is an event whose time overlaps that of another.
type rival struct {
	core.Overlap
	no       int64
	takenOff bool   // for VENs that were withdrawn from it, with the version of then
	shown    uint32 // the event's modificationNumber at that time
}

// Overlaps is [core.EventReader.Overlaps].
func (t overlapTx) Overlaps(e *core.Event, events, vens int) (overlaps []core.Overlap, err error) {
	rivals, err := t.rivals(e)
	for i := 0; err == nil && i < len(rivals) && len(overlaps) < events; i++ {
		r := &rivals[i]
		if r.Cancelled {
			err = t.unacknowledged(e, r, vens)
		} else {
			err = t.inCommon(e, r, vens)
		}
		if len(r.VENs) > 0 {
			overlaps = append(overlaps, r.Overlap)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("look for events that overlap %q: %w", e.EventID, err)
	}
	return overlaps, nil
}

// rivals returns the events that overlap e, earliest first, and then those that VENs
// were withdrawn from. An end that is NULL never comes.
func (t overlapTx) rivals(e *core.Event) (rivals []rival, err error) {
	err = t.rows(`SELECT other.no, other.event_id, other.cancelled_at IS NOT NULL
  FROM event e
  JOIN event other ON other.market_context = e.market_context AND other.no <> e.no
   AND (e.end_at IS NULL OR other.start_at < e.end_at) AND (other.end_at IS NULL OR e.start_at < other.end_at)
 WHERE e.no = $1
   AND EXISTS (SELECT 1 FROM targeted x JOIN targeted y ON y.ven_no = x.ven_no WHERE x.event_no = e.no AND y.event_no = other.no AND `+notReportOnly+`)
 ORDER BY other.start_at, other.no`, []any{e.No}, func(scan func(...any) error) error {
		var r rival
		err := scan(&r.no, &r.EventID, &r.Cancelled)
		rivals = append(rivals, r)
		return err
	})
	if err != nil {
		return nil, err
	}
	err = t.rows(`SELECT DISTINCT other.no, other.event_id, coalesce(w.shown, other.modification)
  FROM event e
  JOIN event other ON other.market_context = e.market_context AND other.no <> e.no AND (other.end_at IS NULL OR e.start_at < other.end_at)
  JOIN event_own w ON w.event_no = other.no AND w.gone IS NULL AND w.withdrawn IS NOT NULL
 WHERE e.no = $1 ORDER BY 1, 3`, []any{e.No}, func(scan func(...any) error) error {
		r := rival{takenOff: true, Overlap: core.Overlap{Cancelled: true}}
		err := scan(&r.no, &r.EventID, &r.shown)
		rivals = append(rivals, r)
		return err
	})
	return rivals, err
}

// inCommon finds the VENs that two events are for.
func (t overlapTx) inCommon(e *core.Event, r *rival, limit int) error {
	return t.vensOf(r, `SELECT v.ven_id, count(*) OVER ()
  FROM (SELECT ven_no FROM targeted WHERE event_no = $1 INTERSECT SELECT ven_no FROM targeted WHERE event_no = $2) AS x
  JOIN ven v ON v.no = x.ven_no
 WHERE `+notReportOnly+` ORDER BY v.ven_id LIMIT $3`, e.No, r.no, limit)
}

// unacknowledged finds the VENs of e that may still have a cancelled event when e
// starts: those that were told of it and did not acknowledge the cancellation
// more than its startafter before the start. If no answer is wanted, a push with a
// result is an acknowledgement (rule E22).
func (t overlapTx) unacknowledged(e *core.Event, r *rival, limit int) error {
	other, err := t.cancelledAs(r)
	if err != nil {
		return err
	}
	if end := e.End(); !end.IsZero() && !other.Start.Before(end) {
		return nil
	}
	if end := other.End(); !end.IsZero() && !e.Start.Before(end) {
		return nil
	}
	r.StartAfter = other.StartAfter
	return t.vensOf(r, selectUnacknowledged, e.No, r.no, limit, r.takenOff, r.shown, other.ResponseRequired == "never",
		e.Start.Add(-other.StartAfter).UnixMilli())
}

// Most VENs have answered. These are left out first.
var selectUnacknowledged = `SELECT v.ven_id, count(*) OVER ()
  FROM (SELECT DISTINCT ven_no FROM targeted WHERE event_no = $1) AS x
  JOIN event e ON e.no = $2
  LEFT JOIN event_own w ON w.event_no = e.no AND w.ven_no = x.ven_no AND w.gone IS NULL
  LEFT JOIN event_answer a ON a.event_no = e.no AND a.ven_no = x.ven_no AND a.modification = ` + versionNumber + `
  JOIN outbox o ON o.box = x.ven_no` + eventsOutbox + `
  JOIN ven v ON v.no = x.ven_no
  LEFT JOIN event_omitted om ON om.event_no = e.no AND om.ven_no = x.ven_no AND om.until = ` + never + `
 WHERE (a.answered_at IS NULL OR a.answered_at > $7)
   AND o.state <> 'off' AND o.sent >= ` + firstTold + `
   AND CASE WHEN $4 THEN w.withdrawn IS NOT NULL AND coalesce(w.shown, e.modification) = $5
            ELSE w.withdrawn IS NULL AND EXISTS (SELECT 1 FROM targeted y WHERE y.event_no = $2 AND y.ven_no = x.ven_no) END
   AND CASE WHEN $6 AND o.settled >= coalesce(w.rev, e.rev) THEN
            coalesce((SELECT min(f.settled_at) FROM push f WHERE f.box = o.box AND f.rev >= coalesce(w.rev, e.rev)), o.settled_at) > $7 ELSE TRUE END
   AND ` + notReportOnly + `
   AND (om.since IS NULL OR EXISTS (SELECT 1 FROM push f WHERE f.box = o.box AND f.result = 'acknowledged' AND f.rev >= ` + firstTold + ` AND f.rev < om.since))
 ORDER BY v.ven_id LIMIT $3`

// firstTold is the first revision whose push told of event number $2.
const firstTold = `(SELECT min(r.rev) FROM event_revision r WHERE r.event_no = $2)`

// cancelledAs is a cancelled event as its VENs were told of it.
func (t overlapTx) cancelledAs(r *rival) (*core.Event, error) {
	if r.takenOff {
		return eventTx(t).EventAs(r.no, r.shown)
	}
	return eventTx(t).Event(r.EventID)
}

// vensOf returns the names of the VENs that a statement finds, with a number for
// each.
func (t overlapTx) vensOf(r *rival, statement string, args ...any) error {
	return t.rows(statement, args, func(scan func(...any) error) error {
		var venID string
		err := scan(&venID, &r.More)
		r.VENs = append(r.VENs, venID)
		r.More -= len(r.VENs)
		return err
	})
}
