package registry

import (
	"fmt"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

func (t targetTx) UnknownTargets(targets []core.Target) (map[core.Target]bool, error) {
	return t.without(targets, ``)
}

func (t targetTx) UnreachedTargets(targets []core.Target) (map[core.Target]bool, error) {
	return t.without(targets, `JOIN registration r ON r.ven_no = l.ven_no AND r.ended_at IS NULL AND NOT r.report_only JOIN identity i ON i.ven_no = l.ven_no`)
}

// without returns the targets that match no label of a VEN that has what is joined.
func (t targetTx) without(targets []core.Target, joined string) (map[core.Target]bool, error) {
	these, err := list(compared(targets))
	if err != nil {
		return nil, fmt.Errorf("look for %d targets: %w", len(targets), err)
	}
	none := map[core.Target]bool{}
	err = t.rows(`SELECT n.value ->> 0, n.value ->> 1 FROM `+t.Elements(1)+` AS n
 WHERE NOT EXISTS (SELECT 1 FROM label l `+joined+` WHERE l.kind = n.value ->> 0 AND l.value = n.value ->> 1)`, []any{these}, func(scan func(...any) error) error {
		var to core.Target
		err := scan(&to.Kind, &to.Value)
		none[to] = true
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look for %d targets: %w", len(targets), err)
	}
	found := map[core.Target]bool{}
	for _, to := range targets {
		if none[to.Key()] {
			found[to] = true
		}
	}
	return found, nil
}

// compared returns the kinds and values of targets in the form in which labels and
// targets are stored and compared.
func compared(targets []core.Target) (rows [][2]string) {
	for _, to := range targets {
		to = to.Key()
		rows = append(rows, [2]string{string(to.Kind), to.Value})
	}
	return rows
}

// SetTargets is [core.EventWriter.SetTargets]. A VEN counts as told of the event if it was
// sent anything since the event was created. So a VEN that was added to the event
// later may be told of a cancellation of an event that it does not have, which does
// no harm (rule E23).
func (t targetTx) SetTargets(e *core.Event) error {
	if err := t.setTargets(e); err != nil {
		return fmt.Errorf("store the targets of event %q: %w", e.EventID, err)
	}
	return nil
}

func (t targetTx) setTargets(e *core.Event) error {
	stale := map[core.Target]bool{}
	err := t.rows(`SELECT kind, value FROM event_target WHERE event_no = $1`, []any{e.No}, func(scan func(...any) error) error {
		var to core.Target
		err := scan(&to.Kind, &to.Value)
		stale[to] = true
		return err
	})
	if err != nil {
		return err
	}
	var added, removed [][2]string
	wanted := map[core.Target]bool{}
	for _, to := range e.Targets {
		to = to.Key()
		if !stale[to] && !wanted[to] {
			added = append(added, [2]string{string(to.Kind), to.Value})
		}
		wanted[to] = true
	}
	for to := range stale {
		if !wanted[to] {
			removed = append(removed, [2]string{string(to.Kind), to.Value})
		}
	}
	if len(added) > 0 {
		if err := t.addTargets(e, added); err != nil {
			return err
		}
	}
	if len(removed) > 0 {
		if err := t.removeTargets(e, removed); err != nil {
			return err
		}
	}
	return versionTx(t).replaceVersions(e)
}

func (t targetTx) addTargets(e *core.Event, added [][2]string) error {
	targets, err := list(added)
	if err != nil {
		return err
	}
	if _, err := t.exec(`INSERT INTO event_target (event_no, kind, value)
  SELECT CAST($1 AS BIGINT), n.value ->> 0, n.value ->> 1 FROM `+t.Elements(2)+` AS n`, e.No, targets); err != nil {
		return err
	}
	if _, err := t.exec(`INSERT INTO event_target_span (event_no, kind, value, rev)
  SELECT CAST($1 AS BIGINT), n.value ->> 0, n.value ->> 1, CAST($3 AS BIGINT) FROM `+t.Elements(2)+` AS n`, e.No, targets, e.Rev); err != nil {
		return err
	}
	// VENs that were withdrawn are told of the event again.
	_, err = t.exec(`INSERT INTO event_own (event_no, ven_no, rev, added, matched, at)
  SELECT w.event_no, w.ven_no, CAST($3 AS BIGINT), w.withdrawn + 1 - $4, '', CAST($5 AS BIGINT) FROM event_own w
   WHERE w.event_no = $1 AND w.gone IS NULL AND w.withdrawn IS NOT NULL
     AND w.ven_no IN (SELECT l.ven_no FROM `+t.Elements(2)+` AS n JOIN label l ON l.kind = n.value ->> 0 AND l.value = n.value ->> 1)`,
		e.No, targets, e.Rev, e.ModificationNumber, e.ChangedAt.UnixMilli())
	return err
}

func (t targetTx) removeTargets(e *core.Event, removed [][2]string) error {
	targets, err := list(removed)
	if err != nil {
		return err
	}
	if _, err := t.exec(`UPDATE event_target_span SET gone = $3 WHERE event_no = $1 AND gone IS NULL
   AND `+t.InPairs("kind, value", 2),
		e.No, targets, e.Rev); err != nil {
		return err
	}
	if _, err := t.exec(`DELETE FROM event_target WHERE event_no = $1
   AND `+t.InPairs("kind, value", 2),
		e.No, targets); err != nil {
		return err
	}
	_, err = t.exec(`INSERT INTO event_own (event_no, ven_no, rev, added, withdrawn, before, shown, matched, at)
  SELECT DISTINCT CAST($1 AS BIGINT), l.ven_no, CAST($3 AS BIGINT), coalesce(w.added, 0), $4 + coalesce(w.added, 0), $4 + coalesce(w.added, 0) - 1,
         CAST($4 AS BIGINT), '', CAST($5 AS BIGINT)
    FROM `+t.Elements(2)+` AS n
    JOIN label l ON l.kind = n.value ->> 0 AND l.value = n.value ->> 1
    JOIN outbox o ON o.box = l.ven_no`+eventsOutbox+`
    LEFT JOIN event_own w ON w.event_no = $1 AND w.ven_no = l.ven_no AND w.gone IS NULL
   WHERE o.sent >= (SELECT min(rev) FROM event_revision WHERE event_no = $1) AND w.withdrawn IS NULL
     AND NOT EXISTS (SELECT 1 FROM targeted x WHERE x.event_no = $1 AND x.ven_no = l.ven_no)`,
		e.No, targets, e.Rev, e.ModificationNumber, e.ChangedAt.UnixMilli())
	return err
}

// Targeted is [core.EventReader.Targeted].
func (t targetTx) Targeted(eventNo int64, profile string, most int) (venIDs []string, more int, err error) {
	err = t.rows(`SELECT v.ven_id FROM ven v WHERE v.profile = $2 AND v.no IN (SELECT ven_no FROM targeted WHERE event_no = $1) ORDER BY v.ven_id`,
		[]any{eventNo, profile}, func(scan func(...any) error) error {
			var venID string
			err := scan(&venID)
			if len(venIDs) == most {
				more++
			} else {
				venIDs = append(venIDs, venID)
			}
			return err
		})
	if err != nil {
		return nil, 0, fmt.Errorf("list the VENs of profile %s that event number %d targets: %w", profile, eventNo, err)
	}
	return venIDs, more, nil
}

// Reached is [core.EventReader.Reached].
func (t targetTx) Reached(eventNo int64) (vens []core.ReachedVEN, err error) {
	err = t.rows(`SELECT v.no, v.profile, coalesce(g.transport, v.route_transport), x.state FROM ven v JOIN outbox x ON x.box = v.no`+eventsOutbox+`
  LEFT JOIN registration g ON g.ven_no = v.no AND g.ended_at IS NULL
 WHERE v.deleted_at IS NULL AND v.no IN (SELECT ven_no FROM targeted WHERE event_no = $1) AND `+notReportOnly+` ORDER BY v.ven_id`,
		[]any{eventNo}, func(scan func(...any) error) error {
			var v core.ReachedVEN
			err := scan(&v.VENNo, &v.Profile, &v.Transport, &v.State)
			vens = append(vens, v)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("list the VENs that event number %d reaches: %w", eventNo, err)
	}
	return vens, nil
}
