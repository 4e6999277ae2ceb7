package registry

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/registry/database"
)

// Pieces about the version that a VEN has of the event e. w is the row of event_own
// that is valid now, if there is one.
const (
	// versionNumber is the VEN's modificationNumber.
	versionNumber = `coalesce(w.withdrawn, e.modification + coalesce(w.added, 0))`
	// lastNumber is versionNumber for a VEN that may have left. g is its row of
	// event_left.
	lastNumber = `coalesce(w.withdrawn, g.modification, e.modification + coalesce(w.added, 0))`
	// beforeCancelled is the modificationNumber before the one under which the event
	// was cancelled, for the VEN or for all. It is NULL if the event is not
	// cancelled.
	beforeCancelled = `CASE WHEN w.withdrawn IS NOT NULL AND w.before IS NOT NULL THEN w.before WHEN w.withdrawn IS NOT NULL OR e.cancelled_at IS NOT NULL THEN
       (SELECT max(r.modification) FROM event_revision r WHERE r.event_no = e.no AND r.modification < e.modification) + coalesce(w.added, 0) END`
)

// neededFrom is the first revision whose push tells the VEN v of the event as it is,
// or as it was when the VEN left. om is its row of event_omitted.
func neededFrom(d *database.Dialect) string {
	omitted := `CASE WHEN om.until < ` + never + ` THEN om.until ELSE 0 END`
	targeted := d.Greatest(`e.rev`, `coalesce(w.rev, 0)`, labelledSince)
	return d.Greatest(omitted, `CASE WHEN w.withdrawn IS NOT NULL THEN w.rev WHEN g.rev IS NOT NULL THEN g.rev ELSE `+targeted+` END`)
}

// ofVEN is an event and a VEN.
type ofVEN struct{ venNo, eventNo int64 }

const selectVersion = `SELECT w.ven_no, w.event_no, w.rev, w.at, w.added, w.withdrawn, w.before, coalesce(w.shown, e.modification), w.matched
  FROM event_own w JOIN event e ON e.no = w.event_no
 WHERE w.gone IS NULL AND `

// versionsOf reads the versions that VENs have of events that are not over. Usually
// there are none at all, and the VENs need not be looked at.
func (t versionTx) versionsOf(vens string, now time.Time) (versions map[ofVEN]core.EventVersion, err error) {
	if some, err := t.exists(`event_own`); err != nil || !some {
		return nil, err
	}
	versions = map[ofVEN]core.EventVersion{}
	err = t.rows(selectVersion+t.InList("w.ven_no", 1)+` AND (e.end_at > $2 OR e.end_at IS NULL)`,
		[]any{vens, now.UnixMilli()}, func(scan func(...any) error) error {
			o, err := scanVersion(scan)
			versions[ofVEN{o.VENNo, o.EventNo}] = o
			return err
		})
	return versions, err
}

func scanVersion(scan func(...any) error) (o core.EventVersion, err error) {
	var w core.Withdrawal
	var withdrawn sql.NullInt64
	var matched []byte
	if err := scan(&o.VENNo, &o.EventNo, &o.Rev, at(&o.At), &o.Added, &withdrawn, orNone(&w.Before), &w.Shown, &matched); err != nil {
		return o, err
	}
	if withdrawn.Valid {
		w.ModificationNumber = uint32(withdrawn.Int64)
		o.Withdrawal = &w
	}
	if len(matched) > 0 {
		if err := json.Unmarshal(matched, &o.Matched); err != nil {
			return o, fmt.Errorf("targets that VEN number %d is told of event number %d: %w", o.VENNo, o.EventNo, err)
		}
	}
	return o, nil
}

// EventVersion is [core.EventReader.EventVersion].
func (t versionTx) EventVersion(eventNo, venNo int64) (core.EventVersion, error) {
	version := core.EventVersion{EventNo: eventNo, VENNo: venNo}
	err := t.rows(selectVersion+`w.event_no = $1 AND w.ven_no = $2`, []any{eventNo, venNo}, func(scan func(...any) error) (err error) {
		version, err = scanVersion(scan)
		return err
	})
	if err != nil {
		return version, fmt.Errorf("read the version that VEN number %d has of event number %d: %w", venNo, eventNo, err)
	}
	return version, nil
}

// PutEventVersion is [core.EventWriter.PutEventVersion].
func (t versionTx) PutEventVersion(o core.EventVersion) error {
	if err := t.putEventVersion(o); err != nil {
		return fmt.Errorf("store the version that VEN number %d has of event number %d: %w", o.VENNo, o.EventNo, err)
	}
	return nil
}

func (t versionTx) putEventVersion(o core.EventVersion) error {
	var withdrawn, before, shown any
	if w := o.Withdrawal; w != nil {
		withdrawn, shown = w.ModificationNumber, w.Shown
		if number, ok := w.Before.Get(); ok {
			before = number
		}
	}
	matched := ""
	if o.Matched != nil {
		raw, err := json.Marshal(o.Matched)
		if err != nil {
			return err
		}
		matched = string(raw)
	}
	if _, err := t.exec(`INSERT INTO event_own (event_no, ven_no, rev, added, withdrawn, before, shown, matched, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
  ON CONFLICT (event_no, ven_no, rev) DO UPDATE SET added = excluded.added, withdrawn = excluded.withdrawn, before = excluded.before,
       shown = excluded.shown, matched = excluded.matched, at = excluded.at`,
		o.EventNo, o.VENNo, o.Rev, o.Added, withdrawn, before, shown, matched, millis(o.At)); err != nil {
		return err
	}
	_, err := t.exec(`UPDATE event_own SET gone = $3 WHERE event_no = $1 AND ven_no = $2 AND gone IS NULL AND rev < $3`, o.EventNo, o.VENNo, o.Rev)
	return err
}

// replaceVersions ends the versions that the last change of the event replaced, and
// records that in the history.
func (t versionTx) replaceVersions(e *core.Event) error {
	if _, err := t.exec(`UPDATE event_own SET gone = $2 WHERE event_no = $1 AND gone IS NULL AND rev < $2
   AND EXISTS (SELECT 1 FROM event_own n WHERE n.event_no = event_own.event_no AND n.ven_no = event_own.ven_no AND n.rev = $2)`, e.No, e.Rev); err != nil {
		return err
	}
	return historyTx(t).recordVersions(e)
}

// Registered is [core.RegistrationReader.Registered].
func (t registrationTx) Registered(venNo int64) (is bool, err error) {
	if is, err = t.exists(fmt.Sprintf(`registration WHERE ven_no = %d`, venNo)); err != nil {
		return false, fmt.Errorf("look for registrations of VEN number %d: %w", venNo, err)
	}
	return is, nil
}
