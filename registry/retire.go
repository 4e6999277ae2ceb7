package registry

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/registry/database"
)

// Retire is [core.Retirement.Retire]. Readers, which block nobody, look for what is to
// go; small transactions delete it by key, after checking again that it is still to
// go. Parts are deleted before what they belong to, so that no cascade is large.
//
// Besides events, values and VENs, these go if they ended before the time: ended
// registrations, cancelled opts, schedules whose last period is over, notices that
// are over or sent, and settled pushes. Of pushes, the last acknowledged and the
// last refused one of each VEN stay, because an event that is kept may have been
// told by them. Report requests go when their data is gone, and after them the
// orders and data points that explain them. So the disk holds what comes in one
// retention time, and what lasts longer.
//
// Retire also normalises what processes of an earlier version still write.
func (r retirement) Retire(ctx context.Context, before time.Time, limit int) (done core.Retired, err error) {
	if err := r.normalise(ctx); err != nil {
		return done, err
	}
	for more := true; more; {
		n, err := r.retireValues(ctx, before, limit)
		done.Values += n
		if more = n > 0; err != nil {
			return done, err
		}
	}
	for _, k := range retiring {
		n, err := r.retire(ctx, k, before.UnixMilli(), limit)
		if done.Rows += n; k.what == "events" {
			done.Events = n
		}
		if err == nil && k.what == "report requests" {
			n, err = r.retireCompleted(ctx, before, limit)
			done.Rows += n
		}
		if err != nil {
			return done, fmt.Errorf("retire %s: %w", k.what, err)
		}
	}
	return done, nil
}

// kind is a kind of rows that are deleted by their key.
type kind struct {
	what, table string
	key         key
	over        string // selects the rows x of the table that are to go; $1 is a time
	counts      *countable
	delete      func(q quotaTx, where string, args ...any) error // if deleting takes more than that
	parts       []partOf                                         // what belongs to it and is deleted before it
}

// partOf is a table whose rows belong to what is deleted.
type partOf struct {
	table  string
	where  func(d *database.Dialect) string // selects the rows x if there is no of; $1 is a list of keys
	of     key                              // the columns that are the key of what is deleted
	key    key
	counts *countable
}

// belong selects the rows x of the part that belong to the keys in the list $1.
func (p partOf) belong(d *database.Dialect) string {
	if p.where != nil {
		return p.where(d)
	}
	return p.of.among(d, "x.", 1)
}

// key is the columns of a key. A T before a name marks a text.
type key []string

// list writes the columns, each of the row that prefix names.
func (k key) list(prefix string) string {
	var columns []string
	for _, c := range k {
		columns = append(columns, prefix+strings.TrimPrefix(c, "T"))
	}
	return strings.Join(columns, ", ")
}

// among selects the rows whose keys are in a list, the parameter of that number.
func (k key) among(d *database.Dialect, prefix string, parameter int) string {
	var values []string
	for i, c := range k {
		value := fmt.Sprintf(`n.value ->> %d`, i)
		if !strings.HasPrefix(c, "T") {
			value = `CAST(` + value + ` AS BIGINT)`
		}
		values = append(values, value)
	}
	return fmt.Sprintf(`(%s) IN (SELECT %s FROM %s AS n)`, k.list(prefix), strings.Join(values, ", "), d.Elements(parameter))
}

// read reads keys, which can be put in a list.
func (k key) read(s *session, from string, args ...any) (keys [][]any, err error) {
	err = s.rows(`SELECT `+k.list("x.")+` FROM `+from, args, func(scan func(...any) error) error {
		one := make([]any, len(k))
		for i, c := range k {
			if strings.HasPrefix(c, "T") {
				one[i] = new(string)
			} else {
				one[i] = new(int64)
			}
		}
		keys = append(keys, one)
		return scan(one...)
	})
	return keys, err
}

var (
	byEvent, byVEN, byOpt = key{"event_no"}, key{"ven_no"}, key{"no"}
	periodKey             = key{"opt_no", "place"}
)

var optPeriods = []partOf{{table: "opt_period", of: key{"opt_no"}, key: periodKey, counts: &countPeriods}}

// retiring lists the kinds in the order in which one makes room for the next.
var retiring = []kind{
	{what: "events", table: "event", key: key{"no"}, over: `x.end_at < $1 OR x.cancelled_at < $1`, parts: []partOf{
		{table: "history", of: byEvent, key: key{"no"}, counts: &countHistory},
		{table: "opt_period", key: periodKey, counts: &countPeriods, where: func(d *database.Dialect) string {
			return `x.opt_no IN (SELECT o.no FROM opt o WHERE ` + byEvent.among(d, "o.", 1) + `)`
		}},
		{table: "opt", of: byEvent, key: byOpt, counts: &countOpts},
		{table: "event_answer", of: byEvent, key: key{"event_no", "ven_no"}},
		{table: "event_withdrawn", of: byEvent, key: key{"event_no", "ven_no"}},
		{table: "event_own", of: byEvent, key: key{"event_no", "ven_no", "rev"}},
		{table: "event_left", of: byEvent, key: key{"event_no", "ven_no"}},
		{table: "event_omitted", of: byEvent, key: key{"event_no", "ven_no"}},
		{table: "event_target", of: byEvent, key: key{"event_no", "Tkind", "Tvalue"}},
		{table: "event_target_span", of: byEvent, key: key{"event_no", "Tkind", "Tvalue", "rev"}},
		{table: "event_revision", of: byEvent, key: key{"event_no", "modification"}},
	}},
	{what: "pushes", table: "push", key: key{"box", "rev"}, delete: quotaTx.dropPushes, over: `x.settled_at < $1
   AND EXISTS (SELECT 1 FROM push later WHERE later.box = x.box AND later.rev > x.rev AND later.result = x.result AND later.settled_at < $1)`},
	{what: "registrations", table: "registration", key: key{"Tregistration_id"}, over: `x.ended_at < $1`, counts: &countRegistrations},
	{what: "notices", table: "notice", key: key{"ven_no", "rev"}, over: `coalesce(x.ended_at, x.told_at) < $1`},
	{what: "schedules", table: "opt", key: byOpt, counts: &countOpts, parts: optPeriods, over: `x.event_no IS NULL
   AND coalesce((SELECT max(p.end_at) FROM opt_period p WHERE p.opt_no = x.no), 0) < $1
   AND NOT EXISTS (SELECT 1 FROM opt_period p WHERE p.opt_no = x.no AND p.end_at IS NULL) AND ` + spent("x")},
	{what: "opts", table: "opt", key: byOpt, over: `(x.cancelled_at < $1 OR x.replaced_at < $1) AND ` + spent("x"), counts: &countOpts, parts: optPeriods},
	{what: "report requests", table: "report_request", key: key{"no"}, counts: &countRequests, over: `x.ended_at < $1 AND coalesce(x.data_at, 0) < $1
   AND NOT EXISTS (SELECT 1 FROM report_value y WHERE y.request_no = x.no)`},
	{what: "report orders", table: "report_order", key: key{"no"}, over: `(NOT x.standing AND x.created_at < $1 OR x.ended_at < $1)
   AND NOT EXISTS (SELECT 1 FROM report_request q WHERE q.order_id = x.order_id)`, parts: []partOf{
		{table: "report_order_target", of: key{"order_no"}, key: key{"Tkind", "Tvalue", "order_no"}},
	}},
	{what: "data points", table: "report_point", key: key{"no"}, counts: &countPoints, over: `x.gone_at < $1
   AND NOT EXISTS (SELECT 1 FROM report_request q WHERE q.ven_no = x.ven_no AND q.specifier_id = x.specifier_id AND q.created_at < x.gone_at)`},
	{what: "deleted VENs", table: "ven", key: key{"no"}, over: `x.deleted_at < $1
   AND NOT EXISTS (SELECT 1 FROM event_left y WHERE y.ven_no = x.no) AND NOT EXISTS (SELECT 1 FROM event_own y WHERE y.ven_no = x.no)
   AND NOT EXISTS (SELECT 1 FROM event_answer y WHERE y.ven_no = x.no) AND NOT EXISTS (SELECT 1 FROM history y WHERE y.ven_no = x.no)
   AND NOT EXISTS (SELECT 1 FROM opt y WHERE y.ven_no = x.no AND y.event_no IS NOT NULL) AND NOT EXISTS (SELECT 1 FROM report_request y WHERE y.ven_no = x.no)`, parts: []partOf{
		{table: "opt_period", of: byVEN, key: periodKey, counts: &countPeriods},
		{table: "opt", of: byVEN, key: byOpt, counts: &countOpts},
		{table: "push", key: key{"box", "rev"}, where: func(d *database.Dialect) string {
			return `x.box IN (SELECT o.box FROM outbox o WHERE ` + byVEN.among(d, "o.", 1) + `)`
		}},
		{table: "notice", of: byVEN, key: key{"ven_no", "rev"}},
		{table: "registration", of: byVEN, key: key{"Tregistration_id"}, counts: &countRegistrations},
		{table: "report_specifier", of: byVEN, key: key{"ven_no", "Tspecifier_id"}, counts: &countSpecifiers},
		{table: "report_point", of: byVEN, key: key{"no"}, counts: &countPoints},
		{table: "event_withdrawn", of: byVEN, key: key{"event_no", "ven_no"}},
		{table: "identity", of: byVEN, key: key{"Ttransport", "Tidentity"}},
	}},
}

// findSteps is the number of deleting steps that one search serves.
const findSteps = 20

// retire deletes what is over of a kind, and returns how many rows that were.
func (r retirement) retire(ctx context.Context, k kind, before int64, limit int) (n int, err error) {
	for {
		var keys [][]any
		err := r.view(ctx, "retire", func(s *session) (err error) {
			keys, err = k.key.read(s, k.table+` x WHERE `+k.over+` LIMIT $2`, before, limit*findSteps)
			return err
		})
		if err != nil {
			return n, err
		}
		deleted := 0
		for len(keys) > 0 {
			some := keys[:min(limit, len(keys))]
			keys = keys[len(some):]
			d, err := r.retireSome(ctx, k, some, before, limit)
			deleted += d
			if err != nil {
				return n + deleted, err
			}
		}
		if n += deleted; deleted < limit*findSteps {
			return n, nil
		}
	}
}

// retireSome deletes the rows with these keys and their parts, if they are still
// over.
func (r retirement) retireSome(ctx context.Context, k kind, keys [][]any, before int64, limit int) (n int, err error) {
	candidates, err := list(keys)
	if err != nil {
		return 0, err
	}
	// step runs do on the keys that are still over, in one transaction.
	step := func(do func(s *session, still string, n int) error) error {
		return r.lightly(ctx, "retire", func(s *session) error {
			over, err := k.key.read(s, k.table+` x WHERE `+k.key.among(s.Dialect, "x.", 2)+` AND (`+k.over+`)`, before, candidates)
			if err != nil || len(over) == 0 {
				return err
			}
			still, err := list(over)
			if err != nil {
				return err
			}
			return do(s, still, len(over))
		})
	}
	for _, p := range k.parts {
		for more := true; more; {
			err := step(func(s *session, still string, _ int) error {
				parts, err := p.key.read(s, p.table+` x WHERE `+p.belong(s.Dialect)+` LIMIT $2`, still, limit)
				if more = err == nil && len(parts) == limit; err != nil || len(parts) == 0 {
					return err
				}
				these, err := list(parts)
				if err != nil {
					return err
				}
				return quotaTx{s}.deleteAmong(p.table, p.key, p.counts, these)
			})
			if err != nil {
				return 0, err
			}
		}
	}
	err = step(func(s *session, still string, m int) error {
		n = m
		if k.delete != nil {
			return k.delete(quotaTx{s}, k.key.among(s.Dialect, "", 1), still)
		}
		return quotaTx{s}.deleteAmong(k.table, k.key, k.counts, still)
	})
	return n, err
}

// deleteAmong deletes the rows with these keys, and subtracts them from the
// counters.
func (s quotaTx) deleteAmong(table string, k key, counts *countable, these string) error {
	if counts != nil {
		return s.drop(*counts, table, k.among(s.Dialect, "", 1), these)
	}
	_, err := s.exec(`DELETE FROM `+table+` WHERE `+k.among(s.Dialect, "", 1), these)
	return err
}

// retireCompleted deletes report requests that nobody ended, but that were completed
// before the time.
func (r retirement) retireCompleted(ctx context.Context, before time.Time, limit int) (n int, err error) {
	for after, more := int64(0), true; more; {
		var over [][]any
		err := r.view(ctx, "retire", func(s *session) error {
			requests, err := newTx(s).requests(nil, selectRequest+`WHERE q.no > $1 AND q.state = 'active' AND coalesce(q.data_at, q.created_at) < $2
   AND NOT EXISTS (SELECT 1 FROM report_value x WHERE x.request_no = q.no) ORDER BY q.no LIMIT $3`, after, before.UnixMilli(), limit)
			over, more = nil, len(requests) == limit
			for _, q := range requests {
				if after = q.No; q.Status(before) == core.ReportCompleted {
					over = append(over, []any{q.No})
				}
			}
			return err
		})
		if err == nil && len(over) > 0 {
			var these string
			if these, err = list(over); err == nil {
				err = r.lightly(ctx, "retire", func(s *session) error {
					return quotaTx{s}.drop(countRequests, `report_request`, `no IN (SELECT q.no FROM report_request q WHERE `+key{"no"}.among(s.Dialect, "q.", 1)+`
   AND q.state = 'active' AND NOT EXISTS (SELECT 1 FROM report_value x WHERE x.request_no = q.no))`, these)
				})
			}
		}
		if err != nil {
			return n, err
		}
		n += len(over)
	}
	return n, nil
}
