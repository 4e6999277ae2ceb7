package registry

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/registry/database"
)

// record is one insert in any case. The last entry of the VEN for the event shows
// whether the new one differs from it, and how many entries there are.
const record = `INSERT INTO history (event_no, ven_no, at, what, modification, opt, opt_id, resources, code, error, target, nth)
  SELECT CAST($1 AS BIGINT), CAST($2 AS BIGINT), CAST($3 AS BIGINT), CAST($4 AS TEXT), CAST($5 AS BIGINT), CAST($6 AS TEXT),
         CAST($7 AS TEXT), CAST($8 AS TEXT), CAST($9 AS BIGINT), CAST($10 AS TEXT), CAST($12 AS TEXT), n.nth + 1
    FROM (SELECT coalesce((SELECT h.nth FROM history h WHERE h.ven_no = $2 AND h.event_no = $1 AND h.nth > 0 ORDER BY h.no DESC LIMIT 1), 0) AS nth) AS n
   WHERE n.nth < $11
     AND NOT EXISTS (SELECT 1 FROM history h
          WHERE h.no = (SELECT max(no) FROM history last WHERE last.ven_no = $2 AND last.event_no = $1)
            AND h.what = $4 AND h.modification = $5 AND h.opt = $6 AND h.opt_id = $7 AND h.resources = $8 AND h.code = $9 AND h.error = $10 AND h.target = $12)`

// historyTarget is what an opt applies to besides resources.
type historyTarget struct {
	Others        oadr.Target `json:"others,omitzero"`
	DeviceClasses []string    `json:"deviceClasses,omitempty"`
}

// Record is [core.HistoryWriter.Record].
func (t historyTx) Record(h core.HistoryEntry) error {
	resources, err := list(h.Resources)
	if err != nil {
		return err
	}
	target, err := json.Marshal(historyTarget{h.Others, h.DeviceClasses})
	if err != nil {
		return err
	}
	failure := plain(h.Error)
	n, err := t.exec(record, h.EventNo, h.VENNo, h.At.UnixMilli(), h.What, h.ModificationNumber,
		h.OptType, h.OptID, resources, h.Code, failure, core.MaxHistory, string(target))
	if err != nil {
		return fmt.Errorf("record that VEN number %d %s event number %d: %w", h.VENNo, h.What, h.EventNo, err)
	}
	if n > 0 && slices.Contains(said, h.What) {
		t.note(&h, failure)
		quotaTx(t).grow(h.VENNo, core.QuotaHistory, 1, int64(150+len(h.OptID)+len(resources)+len(target)+len(failure))) // as countHistory
	}
	return nil
}

// note tells the journal what a VEN said.
func (t historyTx) note(h *core.HistoryEntry, failure string) {
	e := core.JournalEntry{At: h.At, Kind: core.JournalOpt, What: string(h.What), VENID: h.VENID, EventNo: h.EventNo,
		Body: core.JournalBody{ModificationNumber: &h.ModificationNumber, Opt: h.OptType, OptID: h.OptID, Code: h.Code, Error: failure}}
	if h.What == core.HistoryAnswered && h.Code/100 != 2 {
		e.Kind, e.What = core.JournalError, "eventRefused"
	}
	journalTx(t).Note(e)
}

// recordVersions records the VENs that the last change of the event withdrew, and
// those that it targeted again.
func (t historyTx) recordVersions(e *core.Event) error {
	_, err := t.exec(`INSERT INTO history (event_no, ven_no, at, what, modification, opt, opt_id, resources, code, error)
  SELECT w.event_no, w.ven_no, CAST($2 AS BIGINT), CASE WHEN w.withdrawn IS NULL THEN CAST($3 AS TEXT) ELSE CAST($4 AS TEXT) END,
         coalesce(w.withdrawn, CAST($5 AS BIGINT) + w.added), '', '', '[]', 0, ''
    FROM event_own w WHERE w.event_no = $1 AND w.rev = $6`,
		e.No, e.ChangedAt.UnixMilli(), core.HistoryRetargeted, core.HistoryWithdrawn, e.ModificationNumber, e.Rev)
	return err
}

// never is a revision that no change reaches.
var never = strconv.FormatInt(math.MaxInt64, 10)

// selectHistory puts the four sources of the history of an event (see
// [core.SourceChange]) under the same columns. Of the pushes that carried the event,
// it selects those up to the first acknowledged push of each modificationNumber. The
// VEN had a modificationNumber from the revision since until before the revision
// next. version lists the versions that the numbers were made of.
func selectHistory(d *database.Dialect, whom, one string) string {
	return `WITH c AS MATERIALIZED (
  SELECT v.no AS ven_no, v.ven_id, ` + lastNumber + ` AS modification, g.rev AS left_rev, e.end_at, om.since AS omitted_since, om.until AS omitted_until, ` + neededFrom(d) + ` AS needed, ` + targetedSince(d, "v.no") + ` AS since
    FROM event e
    CROSS JOIN ven v
    JOIN outbox x ON x.box = v.no` + eventsOutbox + `
    LEFT JOIN event_own w ON w.event_no = e.no AND w.ven_no = v.no AND w.gone IS NULL
    LEFT JOIN event_left g ON g.event_no = e.no AND g.ven_no = v.no
    LEFT JOIN event_omitted om ON om.event_no = e.no AND om.ven_no = v.no
   WHERE e.no = $1 AND ` + whom + ` AND ` + notReportOnly + `),
revision AS MATERIALIZED (
  SELECT r.modification, r.rev, coalesce((SELECT min(n.rev) FROM event_revision n WHERE n.event_no = $1 AND n.rev > r.rev), ` + never + `) AS gone
    FROM event_revision r WHERE r.event_no = $1),
version AS MATERIALIZED (
  SELECT c.ven_no, 0 AS rev, coalesce((SELECT min(o.rev) FROM event_own o WHERE o.event_no = $1 AND o.ven_no = c.ven_no), ` + never + `) AS gone, 0 AS added, CAST(NULL AS BIGINT) AS withdrawn FROM c
  UNION ALL SELECT c.ven_no, o.rev, coalesce(o.gone, ` + never + `), o.added, o.withdrawn FROM c JOIN event_own o ON o.event_no = $1 AND o.ven_no = c.ven_no),
numbered AS MATERIALIZED (
  SELECT c.*, (SELECT f.rev FROM push f WHERE ` + carried + ` AND f.rev >= c.since AND f.rev < c.next AND f.result = 'acknowledged' ORDER BY f.rev LIMIT 1) AS acknowledged FROM (
  SELECT c.ven_no, c.ven_id, c.end_at, c.omitted_since, c.omitted_until, k.modification + m.added AS modification, ` + d.Greatest("k.rev", "m.rev", "CASE m.rev WHEN 0 THEN c.since ELSE 0 END") + ` AS since, ` + d.Least("k.gone", "m.gone") + ` AS next
    FROM c JOIN version m ON m.ven_no = c.ven_no AND m.withdrawn IS NULL JOIN revision k ON k.rev < m.gone AND m.rev < k.gone AND (c.left_rev IS NULL OR k.rev <= c.left_rev)
  UNION ALL SELECT c.ven_no, c.ven_id, c.end_at, c.omitted_since, c.omitted_until, m.withdrawn, m.rev, m.gone FROM c JOIN version m ON m.ven_no = c.ven_no AND m.withdrawn IS NOT NULL) AS c),
h (at, modification, source, ven_no, no, ven_id, what, changed_by, opt, opt_id, resources, target, code, error, sent_at, attempts) AS (
  SELECT r.changed_at, r.modification, 0, 0, r.rev, '', CASE WHEN r.modification = 0 THEN 'created'
         WHEN r.modification = e.modification AND e.cancelled_at IS NOT NULL THEN 'cancelled' ELSE 'modified' END,
         r.changed_by, '', '', '[]', '{}', 0, '', NULL, 0
    FROM event e JOIN event_revision r ON r.event_no = e.no WHERE e.no = $1
  UNION ALL
  SELECT f.settled_at, c.modification, 1, c.ven_no, f.rev, c.ven_id, f.result, '', '', '', '[]', '{}', f.code, f.error, f.sent_at, f.attempts
    FROM numbered c JOIN push f ON ` + carried + ` AND f.rev >= c.since AND f.rev < c.next AND f.rev <= coalesce(c.acknowledged, ` + never + `)
  UNION ALL
  SELECT x.sent_at, c.modification, 2, c.ven_no, x.sent, c.ven_id,
         CASE ` + shownState + ` WHEN 'parked' THEN 'unreachable' ELSE 'sent' END, '', '', '', '[]', '{}', x.code, x.error, x.sent_at, x.attempts
    FROM c JOIN outbox x ON x.box = c.ven_no` + eventsOutbox + `
   WHERE x.state <> 'off' AND x.attempts > 0 AND x.sent >= c.needed AND x.settled < c.needed AND coalesce(c.omitted_until < ` + never + `, TRUE) AND (c.end_at IS NULL OR x.sent_at < c.end_at)
  UNION ALL
  SELECT said.at, said.modification, said.source, said.ven_no, said.no, v.ven_id, said.what, '', said.opt, said.opt_id, said.resources, said.target, said.code, said.error, NULL, 0
    FROM (SELECT * FROM (SELECT s.*, CASE WHEN s.what IN ('withdrawn', 'retargeted') THEN 0 ELSE 3 END AS source FROM history s WHERE s.event_no = $1 AND s.at >= $2` + one + `) AS s
           WHERE s.at > $2 OR (s.modification, s.source, s.ven_no, s.no) > (CAST($3 AS BIGINT), CAST($4 AS BIGINT), CAST($5 AS BIGINT), CAST($6 AS BIGINT))
           ORDER BY s.at, s.modification, s.source, s.ven_no, s.no LIMIT $7) AS said
    JOIN ven v ON v.no = said.ven_no)
SELECT p.*, coalesce((SELECT v.profile FROM ven v WHERE v.no = p.ven_no), '') FROM (
SELECT h.at, h.modification, h.source, h.ven_no, h.no, h.ven_id, h.what, h.changed_by, h.opt, h.opt_id, h.resources, h.target, h.code, h.error, h.sent_at, h.attempts
  FROM h WHERE (h.at, h.modification, h.source, h.ven_no, h.no) > (CAST($2 AS BIGINT), CAST($3 AS BIGINT), CAST($4 AS BIGINT), CAST($5 AS BIGINT), CAST($6 AS BIGINT))
 ORDER BY h.at, h.modification, h.source, h.ven_no, h.no LIMIT $7) AS p ORDER BY p.at, p.modification, p.source, p.ven_no, p.no`
}

// historyOfAll is the history for all VENs, historyOfOne that for VEN number $8.
func historyOfAll(d *database.Dialect) string {
	return selectHistory(d, `v.no IN (`+vensOfEvent+`)`, ``)
}

func historyOfOne(d *database.Dialect) string {
	return selectHistory(d, `v.no = $8 AND
         (w.withdrawn IS NOT NULL OR g.rev IS NOT NULL OR EXISTS (SELECT 1 FROM targeted t WHERE t.event_no = $1 AND t.ven_no = $8))`, ` AND s.ven_no = $8`)
}

// EventHistory is [core.HistoryReader.EventHistory].
func (t historyTx) EventHistory(eventNo, venNo int64, after core.HistoryCursor, limit int) (entries []core.HistoryEntry, more bool, err error) {
	query, args := historyOfAll(t.Dialect), []any{eventNo, after.At, after.Modification, after.Source, after.VENNo, after.No, limit + 1}
	if venNo != 0 {
		query, args = historyOfOne(t.Dialect), append(args, venNo)
	}
	size := part{limit: limit}
	err = t.rows(query, args, func(scan func(...any) error) error {
		if size.full() {
			return database.ErrEnough
		}
		h := core.HistoryEntry{EventNo: eventNo}
		var resources, target []byte
		p := &h.Cursor
		if err := scan(&p.At, &p.Modification, &p.Source, &p.VENNo, &p.No, &h.VENID, &h.What, &h.By, &h.OptType, &h.OptID,
			&resources, &target, &h.Code, &h.Error, at(&h.SentAt), &h.Attempts, &h.Profile); err != nil {
			return err
		}
		h.VENNo, h.ModificationNumber = p.VENNo, uint32(p.Modification)
		if err := at(&h.At).Scan(p.At); err != nil {
			return err
		}
		if err := json.Unmarshal(resources, &h.Resources); err != nil {
			return fmt.Errorf("resources of entry %s: %w", p, err)
		}
		if len(h.Resources) == 0 {
			h.Resources = nil
		}
		var of historyTarget
		if err := json.Unmarshal(target, &of); err != nil {
			return fmt.Errorf("target of entry %s: %w", p, err)
		}
		h.Others, h.DeviceClasses = of.Others, of.DeviceClasses
		entries = append(entries, h)
		size.add(200 + len(resources) + len(target) + len(h.Error))
		return nil
	})
	if err != nil {
		return nil, false, fmt.Errorf("read the history of event number %d: %w", eventNo, err)
	}
	return entries, size.more, nil
}
