package registry

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/registry/database"
)

// leave records the events e that a condition selects among those that the labels of
// VEN number $1 match, with the modificationNumber that the VEN has of each. It
// skips events that the VEN was withdrawn from: event_own has these.
func leave(d *database.Dialect) string {
	return `INSERT INTO event_left (event_no, ven_no, modification, rev)
  SELECT e.no, x.ven_no, ` + versionNumber + `, ` + d.Greatest(`e.rev`, `coalesce(w.rev, 0)`, `coalesce((SELECT min(l.rev) FROM event_target t JOIN label l ON l.kind = t.kind AND l.value = t.value
                                                                    WHERE t.event_no = e.no AND l.ven_no = x.ven_no), 0)`) + `
    FROM (SELECT CAST($1 AS BIGINT) AS ven_no) AS x CROSS JOIN event e
    LEFT JOIN event_own w ON w.event_no = e.no AND w.ven_no = x.ven_no AND w.gone IS NULL
   WHERE e.no IN (SELECT event_no FROM targeted WHERE ven_no = $1) AND w.withdrawn IS NULL
     AND ` + notReportOnly + ` AND `
}

const leaveOnce = ` ON CONFLICT (event_no, ven_no) DO NOTHING`

// DeleteVEN is [core.VENWriter.DeleteVEN].
func (t venTx) DeleteVEN(no int64, at time.Time) error {
	var labels []core.Target
	err := t.rows(`SELECT kind, coalesce(spelling, value) FROM label WHERE ven_no = $1 ORDER BY kind, value`, []any{no}, func(scan func(...any) error) error {
		var l core.Target
		err := scan(&l.Kind, &l.Value)
		labels = append(labels, l)
		return err
	})
	if err != nil {
		return fmt.Errorf("delete VEN number %d: %w", no, err)
	}
	had, err := list(labels)
	if err != nil {
		return fmt.Errorf("delete VEN number %d: %w", no, err)
	}
	n, err := t.exec(`UPDATE ven SET deleted_at = $2, labels_before = $3 WHERE no = $1 AND deleted_at IS NULL`, no, at.UnixMilli(), had)
	if err := touched(n, err, "VEN number %d", no); err != nil {
		return err
	}
	for _, statement := range []string{
		leave(t.Dialect) + `CAST($2 AS BIGINT) IS NOT NULL` + leaveOnce,
		`INSERT INTO history (event_no, ven_no, at, what, modification, opt, opt_id, resources, code, error)
  SELECT g.event_no, g.ven_no, CAST($2 AS BIGINT), '` + string(core.HistoryVENDeleted) + `', g.modification, '', '', '[]', 0, ''
    FROM event_left g JOIN event e ON e.no = g.event_no
   WHERE g.ven_no = $1 AND e.cancelled_at IS NULL AND (e.end_at > $2 OR e.end_at IS NULL)`,
		`DELETE FROM label WHERE ven_no = $1 AND CAST($2 AS BIGINT) IS NOT NULL`,
	} {
		if _, err := t.exec(statement, no, at.UnixMilli()); err != nil {
			return fmt.Errorf("delete VEN number %d: %w", no, err)
		}
	}
	return nil
}

// formerLabels gives deleted VENs the labels they had.
func (t venTx) formerLabels(vens []*core.VEN) error {
	byNo := map[int64]*core.VEN{}
	var nos []int64
	for _, v := range vens {
		if !v.DeletedAt.IsZero() {
			byNo[v.No], nos = v, append(nos, v.No)
		}
	}
	if len(nos) == 0 {
		return nil
	}
	return t.rows(`SELECT no, labels_before FROM ven WHERE `+t.InList("no", 1), []any{numbers(nos)},
		func(scan func(...any) error) error {
			var no int64
			var raw []byte
			var labels []core.Target
			if err := scan(&no, &raw); err != nil {
				return err
			}
			if err := json.Unmarshal(raw, &labels); err != nil {
				return fmt.Errorf("the labels of VEN number %d: %w", no, err)
			}
			for _, l := range labels {
				addLabel(byNo[no], l)
			}
			return nil
		})
}

// LeavePast is [core.VENWriter.LeavePast].
func (t venTx) LeavePast(v *core.VEN, before time.Time) error {
	var stays [][2]string
	for _, l := range v.Labels() {
		stays = append(stays, [2]string{string(l.Kind), l.Value})
	}
	labels, err := list(stays)
	if err == nil {
		_, err = t.exec(leave(t.Dialect)+`e.end_at <= $2
   AND NOT EXISTS (SELECT 1 FROM event_target t WHERE t.event_no = e.no
        AND `+t.InPairs("t.kind, t.value", 3)+`)`+leaveOnce,
			v.No, before.UnixMilli(), labels)
	}
	if err != nil {
		return fmt.Errorf("keep the past events of VEN %q: %w", v.VENID, err)
	}
	return nil
}

// MakeWay is [core.VENWriter.MakeWay]. It adds the number of a deleted VEN to its name, so
// that no other VEN can have that name.
func (t venTx) MakeWay(v *core.VEN, at time.Time) (ousted []int64, err error) {
	var wanted [][2]string
	for _, id := range v.Identities {
		wanted = append(wanted, [2]string{id.Transport, id.Name})
	}
	identities, err := list(wanted)
	if err != nil {
		return nil, fmt.Errorf("make way for VEN %q: %w", v.VENID, err)
	}
	err = t.rows(`SELECT d.no FROM ven d WHERE d.deleted_at IS NOT NULL AND d.no <> $1 AND (d.ven_id = $2
    OR EXISTS (SELECT 1 FROM identity i WHERE i.ven_no = d.no AND `+t.InPairs("i.transport, i.identity", 3)+`))
 ORDER BY d.no`,
		[]any{v.No, v.VENID, identities}, func(scan func(...any) error) error {
			var no int64
			err := scan(&no)
			ousted = append(ousted, no)
			return err
		})
	if err != nil || len(ousted) == 0 {
		return nil, err
	}
	these := numbers(ousted)
	among := ` IN (SELECT CAST(value AS BIGINT) FROM ` + t.Elements(1) + `)`
	for _, change := range []struct {
		statement string
		args      []any
	}{
		{`UPDATE ven SET ven_id = ven_id || ' (deleted ' || no || ')' WHERE no` + among + ` AND ven_id = $2`, []any{these, v.VENID}},
		{`DELETE FROM identity WHERE ven_no` + among, []any{these}},
		{`UPDATE notice SET outcome = $2, ended_at = $3 WHERE ven_no` + among + ` AND ended_at IS NULL`, []any{these, core.NoticeDropped, at.UnixMilli()}},
	} {
		if _, err := t.exec(change.statement, change.args...); err != nil {
			return nil, fmt.Errorf("make way for VEN %q: %w", v.VENID, err)
		}
	}
	return ousted, t.dropStrangersRoutes(ousted)
}

// Kept is [core.VENReader.Kept].
func (t venTx) Kept(venNo int64) (k core.Kept, err error) {
	err = t.row(`SELECT (SELECT count(*) FROM event_left WHERE ven_no = $1) + (SELECT count(*) FROM event_own WHERE ven_no = $1 AND gone IS NULL AND withdrawn IS NOT NULL)
     + (SELECT count(DISTINCT event_no) FROM targeted WHERE ven_no = $1),
       (SELECT count(*) FROM opt WHERE ven_no = $1), (SELECT count(*) FROM report_request WHERE ven_no = $1)`,
		[]any{venNo}, &k.Events, &k.Opts, &k.ReportRequests)
	if err != nil {
		return k, fmt.Errorf("count what is kept of VEN number %d: %w", venNo, err)
	}
	return k, nil
}
