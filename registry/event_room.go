package registry

import (
	"fmt"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// live selects an event e that VENs are told of at $1 and that is not cancelled.
const live = `e.cancelled_at IS NULL AND (e.end_at > $1 OR e.end_at IS NULL)`

// sizeOf joins an event e to its revision r, which has its size.
const sizeOf = `JOIN event_revision r ON r.event_no = e.no AND r.modification = e.modification`

// Unmeasured is [core.EventReader.Unmeasured].
func (t eventTx) Unmeasured(now time.Time) ([]*core.Event, error) {
	events, err := t.events(nil, `WHERE r.size = 0 AND `+live, now.UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("look for events without a size: %w", err)
	}
	return events, nil
}

// PutSize is [core.EventWriter.PutSize].
func (t eventTx) PutSize(e *core.Event) error {
	n, err := t.exec(`UPDATE event_revision SET size = $3, targets = $4 WHERE event_no = $1 AND modification = $2`,
		e.No, e.ModificationNumber, e.Size.Content, e.Size.Targets)
	return touched(n, err, "event %q, number %d", e.EventID, e.No)
}

// targetRoom is the bytes that a target takes in a message besides its value,
// venIDRoom those that an event takes besides its size if it names the VEN.
const targetRoom, venIDRoom = 120, 120

// full adds up the sizes of the events of some VENs, and leaves out sums of at most
// $3. In a first step it counts events twice that a VEN has by two targets: that
// reads one row for each label of a VEN. Only the VENs that are left are looked at
// closely.
func full(vens string) string {
	return `WITH w AS MATERIALIZED (
  SELECT t.kind, t.value, sum(r.size + octet_length(t.value) + CAST($5 AS BIGINT) + CAST($4 AS BIGINT) + 255) AS bytes
    FROM event e ` + sizeOf + ` JOIN event_target t ON t.event_no = e.no WHERE ` + live + ` GROUP BY t.kind, t.value)
SELECT v.ven_id, v.bytes, v.stanza FROM (
  SELECT v.ven_id, coalesce(nullif(v.stanza, ''), v.route_stanza) AS stanza, s.bytes + s.events * (octet_length(v.ven_id) + CAST($4 AS BIGINT)) AS bytes
    FROM (SELECT s.ven_no, sum(s.bytes) AS bytes, count(*) AS events FROM (
      SELECT m.ven_no, m.event_no, r.size + sum(octet_length(m.value) + CAST($5 AS BIGINT)) AS bytes
        FROM event e ` + sizeOf + ` JOIN targeted m ON m.event_no = e.no
       WHERE ` + live + ` AND m.ven_no IN (
         SELECT l.ven_no FROM w JOIN label l ON l.kind = w.kind AND l.value = w.value WHERE ` + vens + ` GROUP BY l.ven_no HAVING sum(w.bytes) > $3)
       GROUP BY m.ven_no, m.event_no, r.size) AS s
     GROUP BY s.ven_no) AS s
    JOIN ven v ON v.no = s.ven_no
   WHERE v.deleted_at IS NULL AND NOT EXISTS (SELECT 1 FROM registration r WHERE r.ven_no = v.no AND r.ended_at IS NULL AND r.report_only)) AS v
 ORDER BY v.ven_id`
}

// fullEvent is full for the VENs of one event, fullVEN for one VEN.
var (
	fullEvent = full(`l.ven_no IN (SELECT ven_no FROM targeted WHERE event_no = $2)`)
	fullVEN   = full(`l.ven_no = $2`)
)

// Full is [core.EventReader.Full]. It first adds up all events, whatever VENs they are
// for: if these fit, no VEN has too many.
func (t eventTx) Full(eventNo, venNo int64, limits core.SetLimits, now time.Time, most int) (found []core.Full, more int, err error) {
	least := limits.Bytes
	for _, bytes := range limits.ByStanza {
		least = min(least, bytes)
	}
	var all int64
	if err := t.row(`SELECT coalesce(sum(r.size + r.targets), 0) FROM event e `+sizeOf+` WHERE `+live, []any{now.UnixMilli()}, &all); err != nil {
		return nil, 0, fmt.Errorf("add up the sizes of events: %w", err)
	}
	if all <= int64(least) {
		return nil, 0, nil
	}
	query, no := fullVEN, venNo
	if eventNo != 0 {
		query, no = fullEvent, eventNo
	}
	err = t.rows(query, []any{now.UnixMilli(), no, least, venIDRoom, targetRoom}, func(scan func(...any) error) error {
		var f core.Full
		var stanza string
		if err := scan(&f.VENID, &f.Bytes, &stanza); err != nil {
			return err
		}
		f.Limit = limits.Bytes
		if bytes, ok := limits.ByStanza[stanza]; ok {
			f.Limit = bytes
		}
		switch {
		case f.Bytes <= f.Limit:
		case len(found) < most:
			found = append(found, f)
		default:
			more++
		}
		return nil
	})
	if err != nil {
		return nil, 0, fmt.Errorf("look for VENs with too many events: %w", err)
	}
	return found, more, nil
}
