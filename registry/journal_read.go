package registry

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/registry/database"
)

// journalRow is a row of the journal as it is stored. first is what all its entries have
// in common, with the number of the last.
type journalRow struct {
	first   core.JournalEntry
	rev     int64
	members []byte
}

// JournalSpan is [core.JournalReader.JournalSpan].
func (t journalTx) JournalSpan() (gone, last int64, err error) {
	err = t.row(`SELECT h.gone, coalesce((SELECT max(no) FROM journal), h.gone) FROM journal_head h WHERE h.one = 1`, nil, &gone, &last)
	if err != nil {
		return 0, 0, fmt.Errorf("read the ends of the journal: %w", err)
	}
	return gone, last, nil
}

// JournalAfter is [core.JournalReader.JournalAfter].
func (t journalTx) JournalAfter(after int64, limit int) ([]core.JournalEntry, error) {
	rows, err := t.journalRows(after, limit)
	if err != nil {
		return nil, fmt.Errorf("read the journal after %d: %w", after, err)
	}
	var entries []core.JournalEntry
	for i := range rows {
		row := &rows[i]
		these := []core.JournalEntry{row.first}
		switch {
		case row.members == nil:
		case row.first.Kind == core.JournalDelivery:
			these, err = t.expandDelivery(row)
		default:
			these, err = t.expandReports(row)
		}
		if err != nil {
			return nil, fmt.Errorf("read entry %d of the journal: %w", row.first.No, err)
		}
		from := row.first.No - int64(len(these))
		for j := range these {
			if these[j].No = from + 1 + int64(j); these[j].No > after {
				entries = append(entries, these[j])
			}
		}
	}
	return entries, nil
}

// journalRows reads the rows whose last entry is after a number, until they hold so many
// entries.
func (t journalTx) journalRows(after int64, limit int) (rows []journalRow, err error) {
	err = t.rows(`SELECT no, at, kind, what, ven_id, event_id, rev, body, members FROM journal WHERE no > $1 ORDER BY no LIMIT $2`, []any{after, limit}, func(scan func(...any) error) error {
		var row journalRow
		var body []byte
		e := &row.first
		if err := scan(&e.No, at(&e.At), &e.Kind, &e.What, &e.VENID, &e.EventID, &row.rev, &body, &row.members); err != nil {
			return err
		}
		if err := json.Unmarshal(body, &e.Body); err != nil {
			return fmt.Errorf("entry %d: %w", e.No, err)
		}
		if rows = append(rows, row); e.No-after >= int64(limit) {
			return database.ErrEnough
		}
		return nil
	})
	return rows, err
}

// expandReports makes an entry of each member [VEN, request, values].
func (t journalTx) expandReports(row *journalRow) ([]core.JournalEntry, error) {
	var members [][3]int64
	if err := json.Unmarshal(row.members, &members); err != nil {
		return nil, err
	}
	var vens, requests []int64
	for _, m := range members {
		vens, requests = append(vens, m[0]), append(requests, m[1])
	}
	venIDs, err := t.names(`SELECT no, ven_id FROM ven WHERE `+t.InList("no", 1), vens)
	if err != nil {
		return nil, err
	}
	requestIDs, err := t.names(`SELECT no, report_request_id FROM report_request WHERE `+t.InList("no", 1), requests)
	if err != nil {
		return nil, err
	}
	entries := make([]core.JournalEntry, len(members))
	for i, m := range members {
		entries[i] = row.first
		entries[i].VENID = venIDs[m[0]]
		entries[i].Body.ReportRequestID, entries[i].Body.Values = requestIDs[m[1]], int(m[2])
	}
	return entries, nil
}

// names reads the names of numbers.
func (t journalTx) names(query string, nos []int64) (map[int64]string, error) {
	names := make(map[int64]string, len(nos))
	slices.Sort(nos)
	err := t.rows(query, []any{numbers(slices.Compact(nos))}, func(scan func(...any) error) error {
		var no int64
		var name sql.NullString
		err := scan(&no, &name)
		names[no] = name.String
		return err
	})
	return names, err
}

// pushedEvent is an event that a push may have told of, as of a revision.
type pushedEvent struct {
	core.JournalOther
	no, rev int64
}

// mostPushed bounds the events of one push that an entry names.
const mostPushed = 50

// expandDelivery makes an entry of each member, a VEN. A push tells all that changed for
// the VEN since the last one that settled: mostly the event of its revision, which the
// entry has as its event. It names the others, too.
func (t journalTx) expandDelivery(row *journalRow) ([]core.JournalEntry, error) {
	var vens []int64
	if err := json.Unmarshal(row.members, &vens); err != nil {
		return nil, err
	}
	venIDs, err := t.names(`SELECT no, ven_id FROM ven WHERE `+t.InList("no", 1), slices.Clone(vens))
	if err != nil {
		return nil, err
	}
	before, earliest, err := t.pushedBefore(row, vens)
	if err != nil {
		return nil, err
	}
	events, own, err := t.pushedEvents(row, earliest)
	if err != nil {
		return nil, err
	}
	targeted := map[[2]int64]bool{}
	if len(events) > 1 || len(events) == 1 && !own {
		if targeted, err = t.targets(events, vens); err != nil {
			return nil, err
		}
	}
	entries := make([]core.JournalEntry, len(vens))
	for i, ven := range vens {
		e := row.first
		e.VENID = venIDs[ven]
		for j := len(events) - 1; j >= 0; j-- { // the newest first
			of := &events[j]
			switch {
			case of.rev == row.rev:
				number := of.ModificationNumber
				e.EventID, e.Body.ModificationNumber = of.EventID, &number
			case !targeted[[2]int64{of.no, ven}], own && of.rev <= before[ven]:
			case e.EventID == "":
				number := of.ModificationNumber
				e.EventID, e.Body.ModificationNumber = of.EventID, &number
			default:
				e.Body.Events = append(e.Body.Events, of.JournalOther)
			}
		}
		entries[i] = e
	}
	return entries, nil
}

// pushedBefore reads the revision of the push that settled before that of the row, for
// each VEN, and the earliest of them.
func (t journalTx) pushedBefore(row *journalRow, vens []int64) (before map[int64]int64, earliest int64, err error) {
	before, earliest = make(map[int64]int64, len(vens)), row.rev
	err = t.rows(`SELECT CAST(n.value AS BIGINT), coalesce((SELECT max(p.rev) FROM push p WHERE p.box = CAST(n.value AS BIGINT)`+eventsOutbox+` AND p.rev < $2), 0)
  FROM `+t.Elements(1)+` AS n`, []any{numbers(vens), row.rev}, func(scan func(...any) error) error {
		var ven, rev int64
		err := scan(&ven, &rev)
		before[ven], earliest = rev, min(earliest, rev)
		return err
	})
	return before, earliest, err
}

// pushedEvents lists the events that changed after a revision, until that of the row, and
// were not over. own reports whether the last one is of the row's revision itself. If it
// is not, VENs were told because of a change of their own, and of all their events.
func (t journalTx) pushedEvents(row *journalRow, since int64) (events []pushedEvent, own bool, err error) {
	if err := t.row(`SELECT EXISTS (SELECT 1 FROM event_revision r WHERE r.rev = $1)`, []any{row.rev}, &own); err != nil {
		return nil, false, err
	}
	if !own {
		since = 0
	}
	err = t.rows(`SELECT r.rev, e.no, e.event_id, r.modification FROM event_revision r JOIN event e ON e.no = r.event_no
 WHERE r.rev > $1 AND r.rev <= $2 AND (e.end_at IS NULL OR e.end_at > $3 OR r.rev = $2)
   AND NOT EXISTS (SELECT 1 FROM event_revision l WHERE l.event_no = r.event_no AND l.rev > r.rev AND l.rev <= $2)
 ORDER BY r.rev DESC LIMIT $4`, []any{since, row.rev, row.first.At.UnixMilli(), mostPushed}, func(scan func(...any) error) error {
		var e pushedEvent
		err := scan(&e.rev, &e.no, &e.EventID, &e.ModificationNumber)
		events = append(events, e)
		return err
	})
	slices.Reverse(events)
	return events, own, err
}

// targets reads which VENs are targeted by which events.
func (t journalTx) targets(events []pushedEvent, vens []int64) (map[[2]int64]bool, error) {
	nos := make([]int64, len(events))
	for i := range events {
		nos[i] = events[i].no
	}
	found := map[[2]int64]bool{}
	err := t.rows(`SELECT DISTINCT t.event_no, t.ven_no FROM targeted t WHERE `+t.InList("t.event_no", 1)+` AND `+t.InList("t.ven_no", 2), []any{numbers(nos), numbers(vens)}, func(scan func(...any) error) error {
		var event, ven int64
		err := scan(&event, &ven)
		found[[2]int64{event, ven}] = true
		return err
	})
	return found, err
}
