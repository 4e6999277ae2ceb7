package registry

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/registry/database"
)

// Retire is [core.Registry.Retire]. What is to go is looked for by readers, which
// hold up nobody, and deleted by its keys, in small transactions. Each looks again
// whether it is still to go. What belongs to something is deleted before it, so
// that no cascade is large.
//
// Besides events, values and VENs these go when they ended before the time:
// registrations ended, opts cancelled, schedules whose last period is over, notices
// that are over or told, pushes settled. Of pushes each VEN's last acknowledged and
// last refused one stay, because an event that is kept may have been told by them.
// Of reports requests go whose data is gone, and then what explains them: orders and
// data points. So the disk holds what comes in a retention time, and what lasts longer.
// What processes of an earlier version still write is brought into this one's form.
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

// kind is something that is deleted by its key.
type kind struct {
	what, table string
	key         key
	over        string // holds for the rows x of the table that are to go: $1 is a time
	counts      *countable
	delete      func(q quotaTx, where string, args ...any) error // where it takes more than that
	parts       []partOf                                         // what belongs to it, deleted before
}

// partOf is a table with rows that belong to what is deleted.
type partOf struct {
	table  string
	where  func(d *database.Dialect) string // where there is no of: which rows x they are; $1 is a list of keys
	of     key                              // its columns that are the key of what is deleted
	key    key
	counts *countable
}

// belong chooses the rows x of a part by a list of the keys of what is deleted, $1.
func (p partOf) belong(d *database.Dialect) string {
	if p.where != nil {
		return p.where(d)
	}
	return p.of.among(d, "x.", 1)
}

// key are the columns of one; a T before its name says that it holds a text.
type key []string

// list writes the columns, each of the row that prefix names.
func (k key) list(prefix string) string {
	var columns []string
	for _, c := range k {
		columns = append(columns, prefix+strings.TrimPrefix(c, "T"))
	}
	return strings.Join(columns, ", ")
}

// among chooses the rows whose keys are in a list, which is the parameter of that
// number.
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

// read reads keys, as what a list is made of.
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

// retiring are in the order in which one makes room for the next.
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

// findSteps is how many steps of deletions one search is for.
const findSteps = 20

// retire deletes what is over of a kind and says how many that were.
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

// retireSome deletes what has these keys, with its parts, as far as it is still over.
func (r retirement) retireSome(ctx context.Context, k kind, keys [][]any, before int64, limit int) (n int, err error) {
	candidates, err := list(keys)
	if err != nil {
		return 0, err
	}
	// step does something to those still over, in a transaction of its own.
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

// deleteAmong deletes the rows with these keys, from what is counted, too.
func (s quotaTx) deleteAmong(table string, k key, counts *countable, these string) error {
	if counts != nil {
		return s.drop(*counts, table, k.among(s.Dialect, "", 1), these)
	}
	_, err := s.exec(`DELETE FROM `+table+` WHERE `+k.among(s.Dialect, "", 1), these)
	return err
}

// retireCompleted deletes report requests that were completed before the time:
// nobody ended them.
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
