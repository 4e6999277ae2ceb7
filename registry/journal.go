package registry

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// note is a row of the journal that the transaction will write.
type note struct {
	entries int // how many it holds
	at      int64
	kind    core.JournalKind
	what    string
	venID   string
	eventID string
	eventNo int64 // instead of an eventID
	rev     int64
	body    string
	members any // a list as text, NULL for a row with one entry
}

// Note is [core.JournalWriter.Note].
func (t journalTx) Note(e core.JournalEntry) {
	body, err := json.Marshal(e.Body)
	if err != nil { // it holds nothing but texts and numbers
		body = []byte("{}")
	}
	t.notes = append(t.notes, note{entries: 1, at: e.At.UnixMilli(), kind: e.Kind, what: e.What, venID: e.VENID, eventID: e.EventID, eventNo: e.EventNo, rev: e.Body.Revision, body: string(body)})
}

// NoteReports is [core.JournalWriter.NoteReports].
func (t journalTx) NoteReports(at time.Time, reports []core.NotedReport) {
	if len(reports) == 0 {
		return
	}
	members := []byte{'['}
	for i, r := range reports {
		if i > 0 {
			members = append(members, ',')
		}
		members = append(members, '[')
		members = strconv.AppendInt(members, r.VENNo, 10)
		members = append(members, ',')
		members = strconv.AppendInt(members, r.RequestNo, 10)
		members = append(members, ',')
		members = strconv.AppendInt(members, int64(r.Values), 10)
		members = append(members, ']')
	}
	t.notes = append(t.notes, note{entries: len(reports), at: at.UnixMilli(), kind: core.JournalReport, what: "data", body: "{}", members: string(append(members, ']'))})
}

// noteEvent is the eventID of a note; an event is looked up by its number.
const noteEvent = `coalesce((SELECT e.event_id FROM event e WHERE e.no = $6), $5)`

// storeNotes writes the rows. Where transactions run one after another, it numbers them.
// Elsewhere [transactions.NumberJournal] does after the commit.
func (s *session) storeNotes() error {
	insert := `INSERT INTO journal (at, kind, what, ven_id, event_id, rev, body, members, no)
  SELECT $1, $2, $3, $4, ` + noteEvent + `, $7, $8, $9, coalesce(max(no), 0) + $10 FROM journal`
	if s.Locks() {
		insert = `INSERT INTO journal_new (at, kind, what, ven_id, event_id, rev, body, members, entries)
  SELECT CAST($1 AS BIGINT), CAST($2 AS TEXT), CAST($3 AS TEXT), CAST($4 AS TEXT), coalesce((SELECT e.event_id FROM event e WHERE e.no = CAST($6 AS BIGINT)), CAST($5 AS TEXT)),
         CAST($7 AS BIGINT), CAST($8 AS TEXT), CAST($9 AS TEXT), CAST($10 AS BIGINT)`
	}
	for i := range s.notes {
		n := &s.notes[i]
		if _, err := s.exec(insert, n.at, string(n.kind), n.what, n.venID, n.eventID, n.eventNo, n.rev, n.body, n.members, n.entries); err != nil {
			return fmt.Errorf("write the journal: %w", err)
		}
	}
	return nil
}

// OnJournal is [core.JournalKeeping.OnJournal].
func (r *transactions) OnJournal(fn func()) { r.noted = fn }

// numberRows is how many rows one transaction numbers at most.
const numberRows = 5000

// NumberJournal is [core.JournalKeeping.NumberJournal]. Whoever numbers locks the head
// first and then looks for rows, so that two never number the same, and commits in the
// order of the numbers.
func (r *transactions) NumberJournal(ctx context.Context) error {
	for {
		var some bool
		err := r.view(ctx, "journal", func(s *session) error {
			return s.row(`SELECT EXISTS (SELECT 1 FROM journal_new)`, nil, &some)
		})
		if err != nil || !some {
			return err
		}
		err = r.durably(ctx, "journal", func(s *session) error {
			if err := s.lockJournal(); err != nil {
				return err
			}
			var last int64
			if err := s.row(`SELECT coalesce(max(no), 0) FROM journal`, nil, &last); err != nil {
				return err
			}
			_, err := s.exec(`WITH moved AS (DELETE FROM journal_new WHERE key IN (SELECT n.key FROM journal_new n ORDER BY n.key LIMIT $2) RETURNING *)
INSERT INTO journal (no, at, kind, what, ven_id, event_id, rev, body, members)
  SELECT CAST($1 AS BIGINT) + CAST(sum(m.entries) OVER (ORDER BY m.key) AS BIGINT), m.at, m.kind, m.what, m.ven_id, m.event_id, m.rev, m.body, m.members FROM moved m`, last, numberRows)
			return err
		})
		if err != nil {
			return fmt.Errorf("number the journal: %w", err)
		}
	}
}

func (s *session) lockJournal() error {
	var gone int64
	return s.row(`SELECT h.gone FROM journal_head h WHERE h.one = 1`+s.ForUpdate("h"), nil, &gone)
}
