package registry

import (
	"cmp"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/registry/database"
)

// optBody is the part of an opt that no query looks for.
type optBody struct {
	MarketContext string   `json:"marketContext,omitempty"`
	Resources     []string `json:"resources,omitempty"`
	DeviceClasses []string `json:"deviceClasses,omitempty"`

	Others oadr.Target `json:"others,omitzero"`
}

// OptsAs is [core.OptReader.OptsAs]. Opts that were stored before there were keys have
// an empty key. There is at most one of these for each optID.
func (t optTx) OptsAs(o *core.Opt) ([]core.Opt, error) {
	key := o.Key()
	opts, err := t.opts(`o.ven_no = $1 AND o.opt_id = $2 AND o.key IN ($3, '') AND o.cancelled_at IS NULL AND (o.replaced_at IS NULL OR o.created_at >= $4)`,
		withPeriods, o.VENNo, o.OptID, key, o.CreatedAt.UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("look for opt %.100q of VEN number %d: %w", o.OptID, o.VENNo, err)
	}
	opts = slices.DeleteFunc(opts, func(had core.Opt) bool { return had.Key() != key })
	slices.SortStableFunc(opts, func(a, b core.Opt) int { return cmp.Compare(b.ReplacedAt.UnixMilli(), a.ReplacedAt.UnixMilli()) })
	return opts, nil
}

// Schedules is [core.OptReader.Schedules].
func (t optTx) Schedules(venNo int64, optType string) ([]core.Opt, error) {
	opts, err := t.opts(`o.ven_no = $1 AND o.opt = $2 AND o.event_no IS NULL AND o.replaced_at IS NULL AND (o.cancelled_at IS NULL OR o.blocks)`,
		withoutPeriods, venNo, optType)
	if err != nil {
		return nil, fmt.Errorf("look for the schedules of VEN number %d: %w", venNo, err)
	}
	return opts, nil
}

// optColumns are the columns of an opt o and one of its periods p.
const optColumns = `o.no, o.ven_no, o.opt_id, o.event_no, o.modification, o.opt, o.reason, o.body, o.created_at, o.received_at, o.cancelled_at, o.replaced_at, o.blocks, p.start_at, p.end_at`

// Joins that read opts with their periods, and without.
const (
	withPeriods    = `LEFT JOIN opt_period p ON p.opt_no = o.no`
	withoutPeriods = `CROSS JOIN (SELECT CAST(NULL AS BIGINT) AS start_at, CAST(NULL AS BIGINT) AS end_at, 0 AS place) AS p`
)

// opts reads opts, oldest first.
func (t optTx) opts(where, periods string, args ...any) (opts []core.Opt, err error) {
	err = t.rows(`SELECT `+optColumns+` FROM opt o `+periods+` WHERE `+where+`
 ORDER BY o.created_at, o.received_at, o.no, p.place`, args, func(scan func(...any) error) error {
		o, err := scanOpt(scan)
		if err != nil {
			return err
		}
		if last := len(opts) - 1; last >= 0 && opts[last].No == o.No {
			opts[last].Periods = append(opts[last].Periods, o.Periods...)
		} else {
			opts = append(opts, o)
		}
		return nil
	})
	return opts, err
}

// scanOpt reads a row of optColumns, and what is selected besides.
func scanOpt(scan func(...any) error, beside ...any) (o core.Opt, err error) {
	var (
		eventNo, start sql.NullInt64
		body           []byte
		b              optBody
		p              core.OptPeriod
	)
	if err := scan(append(beside, &o.No, &o.VENNo, &o.OptID, &eventNo, &o.ModificationNumber, &o.OptType, &o.Reason, &body,
		at(&o.CreatedAt), at(&o.ReceivedAt), at(&o.CancelledAt), at(&o.ReplacedAt), &o.Blocks, &start, at(&p.End))...); err != nil {
		return o, err
	}
	if err := json.Unmarshal(body, &b); err != nil {
		return o, fmt.Errorf("opt %q of VEN number %d: %w", o.OptID, o.VENNo, err)
	}
	o.EventNo = eventNo.Int64
	o.MarketContext, o.Resources, o.DeviceClasses, o.Others = b.MarketContext, b.Resources, b.DeviceClasses, b.Others
	if start.Valid {
		p.Start = time.UnixMilli(start.Int64).UTC()
		o.Periods = []core.OptPeriod{p}
	}
	return o, nil
}

// withdrawn selects events e that the VEN v was withdrawn from.
const withdrawn = `EXISTS (SELECT 1 FROM event_own w WHERE w.event_no = e.no AND w.ven_no = v.no AND w.gone IS NULL AND w.withdrawn IS NOT NULL)`

// spent selects an opt, by the name of its row, that is over and outranks no schedule still
// in force.
func spent(o string) string {
	return `(NOT ` + o + `.blocks OR ` + o + `.replaced_at IS NOT NULL OR NOT EXISTS (SELECT 1 FROM opt older
   WHERE older.ven_no = ` + o + `.ven_no AND older.opt = ` + o + `.opt AND older.event_no IS NULL AND older.replaced_at IS NULL AND older.cancelled_at IS NULL
     AND older.created_at <= ` + o + `.created_at AND older.no <> ` + o + `.no))`
}

// standingNumber is the modificationNumber that the VEN v has of the event e, -1 if
// it was withdrawn.
const standingNumber = `coalesce((SELECT CASE WHEN w.withdrawn IS NULL THEN e.modification + w.added ELSE -1 END
         FROM event_own w WHERE w.event_no = e.no AND w.ven_no = v.no AND w.gone IS NULL), e.modification)`

// listedOpts selects a part of all opts. $6 is the time at which they are in force,
// or NULL. No opt of a deleted VEN is in force.
const listedOpts = `SELECT v.ven_id, coalesce(e.event_id, '') AS event_id, o.*
  FROM ven v JOIN opt o ON o.ven_no = v.no LEFT JOIN event e ON e.no = o.event_no
 WHERE (v.ven_id > $1 OR v.ven_id = $1 AND NOT $9 AND (o.opt_id COLLATE "binary" > $2 OR o.opt_id = $2 AND o.no > $10))
   AND ($3 = '' OR v.ven_id = $3) AND ($4 = '' OR e.event_id = $4) AND ($5 OR o.cancelled_at IS NULL)
   AND (o.replaced_at IS NULL OR CASE WHEN CAST($6 AS BIGINT) IS NULL THEN $11 ELSE o.replaced_at > $6 END)
   AND (v.deleted_at IS NULL OR CAST($6 AS BIGINT) IS NULL AND ($8 OR $3 <> '' OR $4 <> ''))
   AND (CAST($6 AS BIGINT) IS NULL OR o.cancelled_at IS NULL AND CASE WHEN o.event_no IS NULL
        THEN EXISTS (SELECT 1 FROM opt_period p WHERE p.opt_no = o.no AND p.start_at <= $6 AND (p.end_at > $6 OR p.end_at IS NULL))
        ELSE e.cancelled_at IS NULL AND NOT ` + withdrawn + ` AND (e.end_at > $6 OR e.end_at IS NULL) END)
 ORDER BY v.ven_id, o.opt_id COLLATE "binary", o.no LIMIT $7`

// Opts is [core.OptReader.Opts]. It merges the opts of oadrCreateOpt and those of
// oadrCreatedEvent.
func (t optTx) Opts(q core.OptQuery, after core.OptCursor, limit int) (list []core.ListedOpt, next core.OptCursor, err error) {
	opts, more, err := t.listOpts(q, after, limit)
	if err != nil {
		return nil, next, fmt.Errorf("list opts: %w", err)
	}
	var answers []core.ListedOpt
	if q.Answers {
		if answers, err = t.listAnswers(q, after, limit+1); err != nil {
			return nil, next, fmt.Errorf("list answers to events: %w", err)
		}
	}
	list = append(opts, answers...)
	slices.SortFunc(list, func(a, b core.ListedOpt) int { return a.Cursor().Compare(b.Cursor()) })
	end := min(limit, len(list))
	if more { // there may be opts after the last answer
		last := opts[len(opts)-1].Cursor()
		end = min(end, slices.IndexFunc(list, func(l core.ListedOpt) bool { return l.Cursor() == last })+1)
	}
	if end < len(list) || more {
		list = list[:end]
		next = list[end-1].Cursor()
	}
	return list, next, nil
}

func (t optTx) listOpts(q core.OptQuery, after core.OptCursor, limit int) (opts []core.ListedOpt, more bool, err error) {
	p := part{limit: limit}
	err = t.rows(`SELECT o.ven_id, o.event_id, `+optColumns+` FROM (`+listedOpts+`) AS o `+withoutPeriods+`
 ORDER BY o.ven_id, o.opt_id COLLATE "binary", o.no`,
		[]any{after.VENID, after.OptID, q.VENID, q.EventID, q.Cancelled, millis(q.ActiveAt), limit + 1, q.Deleted, after.EventID != "", after.No, q.Replaced}, func(scan func(...any) error) error {
			if p.full() {
				return database.ErrEnough
			}
			var l core.ListedOpt
			var err error
			l.Opt, err = scanOpt(scan, &l.VENID, &l.EventID)
			opts = append(opts, l)
			p.add(optSize(&l.Opt))
			return err
		})
	if err == nil {
		opts, err = t.addPeriods(opts, &p)
	}
	return opts, p.more, err
}

// answeredNow selects an answer a of VEN v that is in force at $5: the event e is
// neither over nor cancelled for the VEN.
const answeredNow = `e.cancelled_at IS NULL AND (e.end_at > $5 OR e.end_at IS NULL)
   AND a.modification = ` + standingNumber

// listedAnswers selects a part of all answers that opt in or out, as listedOpts
// does.
const listedAnswers = `SELECT v.ven_id, e.event_id, v.no, e.no, a.modification, a.opt, a.opt_at
  FROM ven v JOIN event_answer a ON a.ven_no = v.no JOIN event e ON e.no = a.event_no
 WHERE a.opt <> '' AND (v.ven_id > $1 OR v.ven_id = $1 AND e.event_id COLLATE "binary" > $2)
   AND ($3 = '' OR v.ven_id = $3) AND ($4 = '' OR e.event_id = $4)
   AND (v.deleted_at IS NULL OR CAST($5 AS BIGINT) IS NULL AND ($7 OR $3 <> '' OR $4 <> ''))
   AND (CAST($5 AS BIGINT) IS NULL OR ` + answeredNow + `)
 ORDER BY v.ven_id, e.event_id COLLATE "binary" LIMIT $6`

func (t optTx) listAnswers(q core.OptQuery, after core.OptCursor, limit int) (answers []core.ListedOpt, err error) {
	err = t.rows(listedAnswers, []any{after.VENID, after.EventID, q.VENID, q.EventID, millis(q.ActiveAt), limit, q.Deleted}, func(scan func(...any) error) error {
		l := core.ListedOpt{Answer: true}
		err := scan(&l.VENID, &l.EventID, &l.VENNo, &l.EventNo, &l.ModificationNumber, &l.OptType, at(&l.ReceivedAt))
		l.CreatedAt = l.ReceivedAt
		answers = append(answers, l)
		return err
	})
	return answers, err
}

// optSize is the approximate number of bytes stored of an opt, without its periods.
func optSize(o *core.Opt) int {
	return 100 + len(o.OptID) + len(o.Reason) + len(o.MarketContext) + o.Extent()
}

// addPeriods gives schedules their periods, and ends the part when it is full.
func (t optTx) addPeriods(opts []core.ListedOpt, p *part) ([]core.ListedOpt, error) {
	bytes := 0
	for i := range opts {
		o := &opts[i]
		if bytes += optSize(&o.Opt); o.EventNo != 0 {
			continue
		}
		if i > 0 && bytes >= partBytes {
			p.more = true
			return opts[:i], nil
		}
		err := t.rows(`SELECT start_at, end_at FROM opt_period WHERE opt_no = $1 ORDER BY place`, []any{o.No}, func(scan func(...any) error) error {
			var period core.OptPeriod
			err := scan(at(&period.Start), at(&period.End))
			o.Periods = append(o.Periods, period)
			return err
		})
		if err != nil {
			return nil, err
		}
		bytes += 60 * len(o.Periods)
	}
	return opts, nil
}

// PutOpt is [core.OptWriter.PutOpt].
func (t optTx) PutOpt(o *core.Opt) error {
	if err := t.putOpt(o); err != nil {
		return fmt.Errorf("store opt %.100q of VEN number %d: %w", o.OptID, o.VENNo, err)
	}
	return quotaTx(t).countBy(1, countPeriods, `c.opt_no = $1`, o.No)
}

func (t optTx) putOpt(o *core.Opt) error {
	body, err := json.Marshal(optBody{o.MarketContext, o.Resources, o.DeviceClasses, o.Others})
	if err != nil {
		return err
	}
	var eventNo any
	if o.EventNo != 0 {
		eventNo = o.EventNo
	}
	t.given = append(t.given, &o.No)
	if err := t.row(`INSERT INTO opt (ven_no, opt_id, key, event_no, modification, opt, reason, body, created_at, received_at, replaced_at, blocks)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING no`,
		[]any{o.VENNo, o.OptID, o.Key(), eventNo, o.ModificationNumber, o.OptType, o.Reason, string(body), o.CreatedAt.UnixMilli(), o.ReceivedAt.UnixMilli(), millis(o.ReplacedAt), o.Blocks}, &o.No); err != nil {
		return err
	}
	if err := (quotaTx(t)).countBy(1, countOpts, `c.no = $1`, o.No); err != nil {
		return err
	}
	rows := make([][3]any, len(o.Periods))
	for i, p := range o.Periods {
		rows[i] = [3]any{i, p.Start.UnixMilli(), millis(p.End)}
	}
	periods, err := list(rows)
	if err != nil {
		return err
	}
	_, err = t.exec(`INSERT INTO opt_period (opt_no, ven_no, opt_id, place, start_at, end_at)
  SELECT CAST($1 AS BIGINT), CAST($2 AS BIGINT), CAST($3 AS TEXT), CAST(n.value ->> 0 AS INTEGER), CAST(n.value ->> 1 AS BIGINT), CAST(n.value ->> 2 AS BIGINT)
    FROM `+t.Elements(4)+` AS n`, o.No, o.VENNo, o.OptID, periods)
	return err
}

// CancelOpts is [core.OptWriter.CancelOpts].
func (t optTx) CancelOpts(venNo int64, optID string, at time.Time) ([]core.Opt, error) {
	opts, err := t.opts(`o.ven_no = $1 AND o.opt_id = $2 AND o.cancelled_at IS NULL`, withoutPeriods, venNo, optID)
	if err == nil {
		_, err = t.exec(`UPDATE opt SET cancelled_at = $3 WHERE ven_no = $1 AND opt_id = $2 AND cancelled_at IS NULL`, venNo, optID, at.UnixMilli())
	}
	if err != nil {
		return nil, fmt.Errorf("cancel opt %.100q of VEN number %d: %w", optID, venNo, err)
	}
	return opts, nil
}

// EndOpts is [core.OptWriter.EndOpts].
func (t optTx) EndOpts(venNo int64, at time.Time) ([]core.Opt, error) {
	const notOver = ` IN (SELECT e.no FROM event e WHERE e.cancelled_at IS NULL AND (e.end_at > $2 OR e.end_at IS NULL))`
	opts, err := t.opts(`o.ven_no = $1 AND o.cancelled_at IS NULL AND o.event_no`+notOver, withoutPeriods, venNo, at.UnixMilli())
	if err == nil {
		err = t.rows(`SELECT a.event_no, a.modification, a.opt FROM event_answer a WHERE a.ven_no = $1 AND a.opt <> '' AND a.event_no`+notOver+` ORDER BY a.event_no`,
			[]any{venNo, at.UnixMilli()}, func(scan func(...any) error) error {
				o := core.Opt{VENNo: venNo}
				err := scan(&o.EventNo, &o.ModificationNumber, &o.OptType)
				opts = append(opts, o)
				return err
			})
	}
	for _, end := range []string{
		`UPDATE opt SET cancelled_at = $2 WHERE ven_no = $1 AND cancelled_at IS NULL`,
		`UPDATE event_answer SET opt = '', opt_at = NULL WHERE ven_no = $1 AND opt <> '' AND event_no` + notOver,
	} {
		if err == nil {
			_, err = t.exec(end, venNo, at.UnixMilli())
		}
	}
	if err != nil {
		return nil, fmt.Errorf("end the opts of VEN number %d: %w", venNo, err)
	}
	return opts, nil
}

// CancelOpt is [core.OptWriter.CancelOpt].
func (t optTx) CancelOpt(no int64, at time.Time) error {
	return t.setOpts(`cancelled_at = $2`, []int64{no}, at.UnixMilli())
}

// ReplaceOpts is [core.OptWriter.ReplaceOpts].
func (t optTx) ReplaceOpts(nos []int64, at time.Time) error {
	return t.setOpts(`replaced_at = $2`, nos, at.UnixMilli())
}

// BlockOpts is [core.OptWriter.BlockOpts].
func (t optTx) BlockOpts(nos []int64) error { return t.setOpts(`blocks = $2`, nos, true) }

func (t optTx) setOpts(set string, nos []int64, to any) error {
	if len(nos) == 0 {
		return nil
	}
	if _, err := t.exec(`UPDATE opt SET `+set+` WHERE `+t.InList("no", 1), numbers(nos), to); err != nil {
		return fmt.Errorf("change %d opts: %w", len(nos), err)
	}
	return nil
}

// DropOpt is [core.OptWriter.DropOpt].
func (t optTx) DropOpt(no int64) error {
	if err := (quotaTx(t)).dropOpts(`no = $1`, no); err != nil {
		return fmt.Errorf("delete opt number %d: %w", no, err)
	}
	return nil
}

// DropPeriods is [core.OptWriter.DropPeriods].
func (t optTx) DropPeriods(no int64, from time.Time) (left bool, err error) {
	if err := (quotaTx(t)).drop(countPeriods, `opt_period`, `opt_no = $1 AND start_at >= $2`, no, from.UnixMilli()); err != nil {
		return false, fmt.Errorf("delete periods of opt number %d: %w", no, err)
	}
	err = t.row(`SELECT EXISTS (SELECT 1 FROM opt_period WHERE opt_no = $1)`, []any{no}, &left)
	return left, err
}
