package registry

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// countable is the rows c of a table that count for a quota, with the number of
// their VEN, ven_no, and the bytes that one takes: about what it takes on disk,
// including indexes. The size depends only on columns that never change.
type countable struct {
	kind       core.QuotaKind
	from, size string
}

// said are the kinds of history that record what a VEN said. ownWords is the same as
// a condition.
var (
	said     = []core.HistoryKind{core.HistoryAnswered, core.HistoryOptCreated, core.HistoryOptReplaced, core.HistoryOptCancelled}
	ownWords = fmt.Sprintf(`c.what IN ('%s', '%s', '%s', '%s')`, said[0], said[1], said[2], said[3])
)

// All that is counted except the records of pushes, which each outbox counts itself.
var (
	countValues        = countable{core.QuotaValues, `(SELECT x.*, q.ven_no FROM report_value x JOIN report_request q ON q.no = x.request_no) AS c`, `64 + coalesce(octet_length(c.quality), 0) + coalesce(octet_length(c.body), 0)`}
	countPoints        = countable{core.QuotaPoints, `report_point AS c`, `200 + 3 * (octet_length(c.specifier_id) + octet_length(c.r_id)) + octet_length(c.body)`}
	countSpecifiers    = countable{core.QuotaPoints, `report_specifier AS c`, `100 + 2 * octet_length(c.specifier_id) + octet_length(c.name) + octet_length(c.body)`}
	countOpts          = countable{core.QuotaOpts, `opt AS c`, `200 + 2 * octet_length(c.opt_id) + octet_length(c.reason) + octet_length(c.body)`}
	countPeriods       = countable{core.QuotaOpts, `opt_period AS c`, `64 + octet_length(c.opt_id)`}
	countHistory       = countable{core.QuotaHistory, `(SELECT * FROM history c WHERE ` + ownWords + `) AS c`, `150 + octet_length(c.opt_id) + octet_length(c.resources) + octet_length(c.target) + octet_length(c.error)`}
	countRequests      = countable{core.QuotaRequests, `report_request AS c`, `1000 + octet_length(c.body)`}
	countRegistrations = countable{core.QuotaRegistrations, `registration AS c`, `200 + octet_length(c.address)`}
)

// useKey is what one VEN has stored of one kind.
type useKey struct {
	venNo int64
	kind  core.QuotaKind
}

// grow notes what a transaction adds. storeGrown counts it at the end.
func (s quotaTx) grow(venNo int64, kind core.QuotaKind, rows, bytes int64) {
	if s.grown == nil {
		s.grown = map[useKey]core.Use{}
	}
	u := s.grown[useKey{venNo, kind}]
	s.grown[useKey{venNo, kind}] = core.Use{Rows: u.Rows + rows, Bytes: u.Bytes + bytes}
}

// storeGrown adds what the transaction stored to the counters, always in the same
// order.
func (s quotaTx) storeGrown() error {
	var rows [][4]any
	for key, by := range s.grown {
		if by != (core.Use{}) {
			rows = append(rows, [4]any{key.venNo, string(key.kind), by.Rows, by.Bytes})
		}
	}
	s.grown = nil
	if len(rows) == 0 {
		return nil
	}
	slices.SortFunc(rows, func(a, b [4]any) int {
		return cmp.Or(cmp.Compare(a[0].(int64), b[0].(int64)), cmp.Compare(a[1].(string), b[1].(string)))
	})
	all, err := list(rows)
	if err != nil {
		return err
	}
	if _, err := s.exec(`INSERT INTO quota_use (ven_no, kind, amount, bytes)
  SELECT CAST(n.value ->> 0 AS BIGINT), n.value ->> 1, CAST(n.value ->> 2 AS BIGINT), CAST(n.value ->> 3 AS BIGINT)
    FROM `+s.Elements(1)+` AS n WHERE EXISTS (SELECT 1 FROM ven v WHERE v.no = CAST(n.value ->> 0 AS BIGINT))
  ON CONFLICT (ven_no, kind) DO UPDATE SET amount = quota_use.amount + excluded.amount, bytes = quota_use.bytes + excluded.bytes`, all); err != nil {
		return fmt.Errorf("count what VENs have stored: %w", err)
	}
	return nil
}

// countBy counts the rows that a condition selects: 1 adds them, -1 subtracts them.
func (s quotaTx) countBy(sign int64, of countable, where string, args ...any) error {
	err := s.rows(`SELECT c.ven_no, count(*), CAST(sum(`+of.size+`) AS BIGINT) FROM `+of.from+` WHERE `+where+` GROUP BY c.ven_no`, args, func(scan func(...any) error) error {
		var venNo, rows, bytes int64
		err := scan(&venNo, &rows, &bytes)
		s.grow(venNo, of.kind, sign*rows, sign*bytes)
		return err
	})
	if err != nil {
		return fmt.Errorf("count %s: %w", of.kind, err)
	}
	return nil
}

// counting runs a change of the rows that a condition selects, and counts them
// before and after.
func (s quotaTx) counting(of []countable, where string, args []any, change func() error) error {
	for _, one := range of {
		if err := s.countBy(-1, one, where, args...); err != nil {
			return err
		}
	}
	if err := change(); err != nil {
		return err
	}
	for _, one := range of {
		if err := s.countBy(1, one, where, args...); err != nil {
			return err
		}
	}
	return nil
}

// Uses is [core.QuotaReader.Uses].
func (t quotaTx) Uses(kind core.QuotaKind, venNos []int64) (map[int64]core.Use, error) {
	if len(venNos) == 1 && kind != core.QuotaPushes {
		if u, known := t.uses[useKey{venNos[0], kind}]; known {
			g := t.grown[useKey{venNos[0], kind}]
			return map[int64]core.Use{venNos[0]: {Rows: u.Rows + g.Rows, Bytes: u.Bytes + g.Bytes}}, nil
		}
	}
	uses := make(map[int64]core.Use, len(venNos))
	query := `SELECT u.ven_no, u.amount, u.bytes FROM quota_use u WHERE u.kind = $2 AND ` + t.InList("u.ven_no", 1)
	args := []any{numbers(venNos), kind}
	switch {
	case kind == core.QuotaPushes:
		query, args = `SELECT ven_no, pushes, push_bytes FROM outbox WHERE box IN (SELECT CAST(value AS BIGINT)`+eventsOutbox+` FROM `+t.Elements(1)+`)`, args[:1]
	case t.Locks(): // transactions that store the same kind for the same VEN wait
		if _, err := t.exec(`INSERT INTO quota_use (ven_no, kind, amount, bytes)
  SELECT v.no, CAST($2 AS TEXT), 0, 0 FROM ven v WHERE `+t.InList("v.no", 1)+` ORDER BY v.no
  ON CONFLICT (ven_no, kind) DO NOTHING`, args...); err != nil {
			return nil, fmt.Errorf("count what %d VENs have stored: %w", len(venNos), err)
		}
		query += t.ForUpdateBy("u", "u.ven_no")
	}
	err := t.rows(query, args, func(scan func(...any) error) error {
		var venNo int64
		var u core.Use
		err := scan(&venNo, &u.Rows, &u.Bytes)
		uses[venNo] = u
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read what %d VENs have stored: %w", len(venNos), err)
	}
	if t.uses == nil {
		t.uses = map[useKey]core.Use{}
	}
	for _, no := range venNos {
		t.uses[useKey{no, kind}] = uses[no]
		g := t.grown[useKey{no, kind}]
		uses[no] = core.Use{Rows: uses[no].Rows + g.Rows, Bytes: uses[no].Bytes + g.Bytes}
	}
	return uses, nil
}

// NearQuota is [core.QuotaReader.NearQuota].
func (t quotaTx) NearQuota(kind core.QuotaKind, from core.Use) (n int, err error) {
	const there = ` AND ven_no NOT IN (SELECT no FROM ven WHERE deleted_at IS NOT NULL)`
	query, args := `SELECT count(*) FROM quota_use WHERE kind = $1 AND (amount >= $2 OR bytes >= $3)`+there, []any{kind, from.Rows, from.Bytes}
	if kind == core.QuotaPushes {
		query, args = `SELECT count(*) FROM outbox WHERE (pushes >= $1 OR push_bytes >= $2)`+there, args[1:]
	}
	if err := t.row(query, args, &n); err != nil {
		return 0, fmt.Errorf("count the VENs near their quota: %w", err)
	}
	return n, nil
}

// roomPart is how many rows are deleted at once to make room.
const roomPart = 500

// MakeRoom is [core.QuotaWriter.MakeRoom].
func (t quotaTx) MakeRoom(venNo int64, kind core.QuotaKind) error {
	var err error
	switch kind {
	case core.QuotaOpts:
		err = t.dropOpts(`no IN (SELECT o.no FROM opt o WHERE o.ven_no = $1 AND (o.cancelled_at IS NOT NULL OR o.replaced_at IS NOT NULL) AND `+spent("o")+`
   ORDER BY coalesce(o.cancelled_at, o.replaced_at) LIMIT $2)`, venNo, roomPart)
	case core.QuotaRequests:
		err = t.drop(countRequests, `report_request`, `no IN (SELECT q.no FROM report_request q WHERE q.ven_no = $1 AND q.ended_at IS NOT NULL AND NOT q.last_owed
   AND NOT EXISTS (SELECT 1 FROM report_value x WHERE x.request_no = q.no) ORDER BY q.ended_at LIMIT $2)`, venNo, roomPart)
	case core.QuotaRegistrations:
		err = t.drop(countRegistrations, `registration`, `registration_id IN (SELECT r.registration_id FROM registration r WHERE r.ven_no = $1 AND r.ended_at IS NOT NULL ORDER BY r.ended_at LIMIT $2)`, venNo, roomPart)
	case core.QuotaPushes:
		err = t.dropPushes(`box = $1 AND rev IN (SELECT f.rev FROM push f WHERE f.box = $1
   AND EXISTS (SELECT 1 FROM push later WHERE later.box = f.box AND later.rev > f.rev AND later.result = f.result) ORDER BY f.rev LIMIT $2)`, outboxNo(core.TopicEvents, venNo), roomPart)
	}
	if err != nil {
		return fmt.Errorf("make room for what VEN number %d stores: %w", venNo, err)
	}
	return nil
}

// drop deletes rows that are counted.
func (s quotaTx) drop(of countable, table, where string, args ...any) error {
	if err := s.countBy(-1, of, where, args...); err != nil {
		return err
	}
	_, err := s.exec(`DELETE FROM `+table+` WHERE `+where, args...)
	return err
}

// dropOpts deletes opts with their periods.
func (s quotaTx) dropOpts(where string, args ...any) error {
	if err := s.countBy(-1, countPeriods, `c.opt_no IN (SELECT no FROM opt WHERE `+where+`)`, args...); err != nil {
		return err
	}
	return s.drop(countOpts, `opt`, where, args...)
}

// dropPushes deletes records of pushes.
func (s quotaTx) dropPushes(where string, args ...any) error {
	var gone [][3]int64
	err := s.rows(`SELECT box, count(*), CAST(sum(`+pushSize+`) AS BIGINT) FROM push WHERE `+where+` GROUP BY box ORDER BY box`, args, func(scan func(...any) error) error {
		var g [3]int64
		err := scan(&g[0], &g[1], &g[2])
		gone = append(gone, g)
		return err
	})
	if err != nil || len(gone) == 0 {
		return err
	}
	if _, err := s.exec(`DELETE FROM push WHERE `+where, args...); err != nil {
		return err
	}
	all, err := list(gone)
	if err != nil {
		return err
	}
	_, err = s.exec(`UPDATE outbox SET pushes = pushes - CAST(n.value ->> 1 AS BIGINT), push_bytes = push_bytes - CAST(n.value ->> 2 AS BIGINT)
  FROM `+s.Elements(1)+` AS n WHERE outbox.box = CAST(n.value ->> 0 AS BIGINT)`, all)
	return err
}

// pushSize is the bytes that a record of a push takes, pushBytes those of one that
// is to be stored.
const pushSize = `150 + octet_length(error)`

func pushBytes(failure string) int { return 150 + len(failure) }
