package registry

import (
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/registry/database"
)

const selectEvent = `SELECT e.no, e.modification, e.rev, e.created_at, e.changed_at, e.cancelled_at, r.size, r.targets, r.body
  FROM event e JOIN event_revision r ON r.event_no = e.no AND r.modification = e.modification `

// EventAs is [core.EventReader.EventAs]. The targets are those that the event had under
// that modificationNumber.
func (t eventTx) EventAs(no int64, modification uint32) (*core.Event, error) {
	e := &core.Event{No: no, ModificationNumber: modification}
	var body []byte
	err := t.row(`SELECT r.rev, e.created_at, r.changed_at, r.body FROM event e JOIN event_revision r ON r.event_no = e.no
 WHERE e.no = $1 AND r.modification = $2`, []any{no, modification}, &e.Rev, at(&e.CreatedAt), at(&e.ChangedAt), &body)
	if err == nil {
		err = json.Unmarshal(body, &e.EventSpec)
	}
	if err != nil {
		return nil, notFound(err, "event number %d as modificationNumber %d", no, modification)
	}
	return e, nil
}

func (t eventTx) Event(eventID string) (*core.Event, error) {
	events, err := t.events(nil, `WHERE e.event_id = $1`, eventID)
	if err == nil && len(events) == 0 {
		err = sql.ErrNoRows
	}
	if err != nil {
		return nil, notFound(err, "event %.100q", eventID)
	}
	return events[0], nil
}

// EventsByNo is [core.EventReader.EventsByNo]. It leaves out events that do not exist.
func (t eventTx) EventsByNo(nos []int64) ([]*core.Event, error) {
	events, err := t.events(nil, `WHERE `+t.InList("e.no", 1)+` ORDER BY e.no`, numbers(nos))
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	return events, nil
}

func (t eventTx) Events(before int64, limit int) (events []*core.Event, next int64, err error) {
	p := part{limit: limit}
	events, err = t.events(&p, `WHERE e.no < $1 OR $1 = 0 ORDER BY e.no DESC LIMIT $2`, before, limit+1)
	if err != nil {
		return nil, 0, fmt.Errorf("list events: %w", err)
	}
	if p.more {
		next = events[len(events)-1].No
	}
	return events, next, nil
}

// events reads events with their targets, until the part is full.
func (t eventTx) events(p *part, where string, args ...any) (events []*core.Event, err error) {
	err = t.rows(selectEvent+where, args, func(scan func(...any) error) error {
		if p.full() {
			return database.ErrEnough
		}
		var e core.Event
		var body []byte
		if err := scan(&e.No, &e.ModificationNumber, &e.Rev, at(&e.CreatedAt), at(&e.ChangedAt), at(&e.CancelledAt), &e.Size.Content, &e.Size.Targets, &body); err != nil {
			return err
		}
		if err := json.Unmarshal(body, &e.EventSpec); err != nil {
			return fmt.Errorf("event number %d: %w", e.No, err)
		}
		p.add(len(body))
		events = append(events, &e)
		return nil
	})
	return events, err
}

// PutEvent is [core.EventWriter.PutEvent]. It keeps one revision for each modificationNumber,
// including the targets.
func (t eventTx) PutEvent(e *core.Event, by string) error {
	body, err := json.Marshal(e.EventSpec)
	if err != nil {
		return fmt.Errorf("store event %q: %w", e.EventID, err)
	}
	if err := t.putEventRow(e); err != nil {
		return err
	}
	if _, err := t.exec(`INSERT INTO event_revision (event_no, modification, rev, body, changed_at, changed_by, size, targets)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
  ON CONFLICT (event_no, modification) DO UPDATE SET rev = excluded.rev, body = excluded.body, changed_at = excluded.changed_at,
       changed_by = excluded.changed_by, size = excluded.size, targets = excluded.targets`,
		e.No, e.ModificationNumber, e.Rev, string(body), e.ChangedAt.UnixMilli(), by, e.Size.Content, e.Size.Targets); err != nil {
		return fmt.Errorf("store the revision of event %q: %w", e.EventID, err)
	}
	return nil
}

func (t eventTx) putEventRow(e *core.Event) error {
	if e.No != 0 {
		n, err := t.exec(`UPDATE event SET modification = $2, highest = `+t.Greatest("highest", "$2")+`, rev = $3, market_context = $4, test = $5,
       start_at = $6, end_at = $7, changed_at = $8, cancelled_at = $9
 WHERE no = $1`,
			e.No, e.ModificationNumber, e.Rev, oadr.NormalURI(e.MarketContext), e.TestEvent,
			e.Start.UnixMilli(), millis(e.End()), e.ChangedAt.UnixMilli(), millis(e.CancelledAt))
		return touched(n, err, "event %q, number %d", e.EventID, e.No)
	}
	if err := t.number(&e.No); err != nil {
		return err
	}
	n, err := t.exec(`INSERT INTO event (no, event_id, modification, highest, rev, market_context, test, start_at, end_at, created_at, changed_at, cancelled_at)
  VALUES ($1, $2, $3, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (event_id) DO NOTHING`,
		e.No, e.EventID, e.ModificationNumber, e.Rev, oadr.NormalURI(e.MarketContext), e.TestEvent,
		e.Start.UnixMilli(), millis(e.End()), e.CreatedAt.UnixMilli(), e.ChangedAt.UnixMilli(), millis(e.CancelledAt))
	if err != nil {
		return fmt.Errorf("store event %q: %w", e.EventID, err)
	}
	if n == 0 {
		return fmt.Errorf("%w: eventID %q is taken", core.ErrConflict, e.EventID)
	}
	return nil
}
