package registry

import (
	"context"
	"fmt"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/registry/database"
)

// PruneJournal is [core.JournalKeeping.PruneJournal].
func (r *transactions) PruneJournal(ctx context.Context, before time.Time, keep int64, limit int) (rows int, err error) {
	if err := r.NumberJournal(ctx); err != nil {
		return 0, err
	}
	for {
		n := 0
		err := r.lightly(ctx, "retire", func(s *session) error {
			n = 0
			if err := s.lockJournal(); err != nil {
				return err
			}
			var last, upTo int64
			if err := s.row(`SELECT coalesce(max(no), 0) FROM journal`, nil, &last); err != nil {
				return err
			}
			err := s.rows(`SELECT no, at FROM journal WHERE no < $1 ORDER BY no LIMIT $2`, []any{last, limit}, func(scan func(...any) error) error {
				var no, at int64
				if err := scan(&no, &at); err != nil {
					return err
				}
				if no > last-keep && at >= before.UnixMilli() {
					return database.ErrEnough
				}
				n, upTo = n+1, no
				return nil
			})
			if err != nil || n == 0 {
				return err
			}
			if _, err := s.exec(`DELETE FROM journal WHERE no <= $1`, upTo); err != nil {
				return err
			}
			_, err = s.exec(`UPDATE journal_head SET gone = $1 WHERE one = 1`, upTo)
			return err
		})
		if err != nil {
			return rows, fmt.Errorf("prune the journal: %w", err)
		}
		if rows += n; n < limit {
			return rows, nil
		}
	}
}

// CompletedDue is [core.JournalReader.CompletedDue].
func (t journalTx) CompletedDue(now time.Time) (due bool, err error) {
	err = t.row(`SELECT h.completed = 0 OR EXISTS (SELECT 1 FROM event e WHERE e.end_at > h.completed AND e.end_at <= $1 AND e.cancelled_at IS NULL) FROM journal_head h WHERE h.one = 1`,
		[]any{now.UnixMilli()}, &due)
	if err != nil {
		return false, fmt.Errorf("look for events that are over: %w", err)
	}
	return due, nil
}

// JournalCompleted is [core.JournalKeeping.JournalCompleted].
func (r *transactions) JournalCompleted(ctx context.Context, now time.Time) error {
	return r.Update(ctx, func(tx core.Tx) error {
		_, err := tx.NoteCompleted(now)
		return err
	})
}

// NoteCompleted is [core.JournalWriter.NoteCompleted].
func (t journalTx) NoteCompleted(now time.Time) (n int, err error) {
	var since int64
	if err := t.row(`SELECT h.completed FROM journal_head h WHERE h.one = 1`+t.ForUpdate("h"), nil, &since); err != nil {
		return 0, fmt.Errorf("look for events that are over: %w", err)
	}
	if now.UnixMilli() <= since {
		return 0, nil
	}
	if since > 0 {
		err = t.rows(`SELECT e.event_id, e.end_at, e.modification, e.rev FROM event e WHERE e.end_at > $1 AND e.end_at <= $2 AND e.cancelled_at IS NULL ORDER BY e.end_at, e.no`,
			[]any{since, now.UnixMilli()}, func(scan func(...any) error) error {
				e := core.JournalEntry{Kind: core.JournalEvent, What: string(core.HistoryCompleted), Body: core.JournalBody{ModificationNumber: new(uint32)}}
				err := scan(&e.EventID, at(&e.At), e.Body.ModificationNumber, &e.Body.Revision)
				t.Note(e)
				n++
				return err
			})
	}
	if err == nil {
		_, err = t.exec(`UPDATE journal_head SET completed = $1 WHERE one = 1`, now.UnixMilli())
	}
	if err != nil {
		return 0, fmt.Errorf("look for events that are over: %w", err)
	}
	return n, nil
}
