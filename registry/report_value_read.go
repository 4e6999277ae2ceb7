package registry

import (
	"cmp"
	"database/sql"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/registry/database"
)

// Values is [core.ReportReader.Values]. It reads the requests of a report one by one, in
// the order in which their values begin, and merges them. When the limit is reached,
// what it has bounds what it needs of the others: so it reads little that it leaves
// out, and stops where the next request begins later.
func (t valueTx) Values(q core.ValueQuery) (values []core.Value, more bool, err error) {
	if q.RequestNo != 0 {
		return t.valuesOf(q.RequestNo, q)
	}
	sources, err := t.sources(q)
	if err != nil {
		return nil, false, fmt.Errorf("find the requests with values of report %.100q: %w", q.SpecifierID, err)
	}
	for _, one := range sources {
		if one.outside(q) {
			break
		}
		some, cut, err := t.valuesOf(one.requestNo, q)
		if err != nil {
			return nil, false, err
		}
		values = append(values, some...)
		slices.SortFunc(values, byKey)
		if cut { // what is beyond its end may be incomplete
			values = until(values, q.Newest, some)
		}
		n := holds(values, q)
		if more = more || cut || n < len(values); !more {
			continue
		}
		if q.Newest {
			values = values[len(values)-n:]
			q.From = values[0].Start
		} else {
			values = values[:n]
			q.To = values[n-1].Start.Add(time.Millisecond)
		}
	}
	return values, more, nil
}

// until leaves out what follows the last value of the part, or, for the newest
// values, what precedes the first.
func until(values []core.Value, newest bool, some []core.Value) []core.Value {
	return slices.DeleteFunc(values, func(v core.Value) bool {
		if newest {
			return byKey(v, some[0]) < 0
		}
		return byKey(v, some[len(some)-1]) > 0
	})
}

// holds is how many of the values a part holds, counted from the end for the newest
// values.
func holds(values []core.Value, q core.ValueQuery) (n int) {
	p := part{limit: q.Limit}
	for n < len(values) && !p.full() {
		at := n
		if q.Newest {
			at = len(values) - 1 - n
		}
		p.add(valueSize(&values[at]))
		n++
	}
	return n
}

// valueSize is the approximate number of bytes stored of a value.
func valueSize(v *core.Value) int {
	size := 100 + len(v.RID)
	if v.Status != nil {
		size += 500
	}
	for _, feed := range v.GreenButton {
		size += len(feed)
	}
	return size
}

func byKey(a, b core.Value) int {
	return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.RequestNo, b.RequestNo), cmp.Compare(a.PointNo, b.PointNo))
}

// source is a request that has values in the times of a query.
type source struct {
	requestNo int64
	startAt   time.Time // of the first value, or of the last if the newest are wanted
}

// outside reports whether a source has no value in the times of a query that was
// shortened.
func (s source) outside(q core.ValueQuery) bool {
	return s.startAt.Before(q.From) || !q.To.IsZero() && !s.startAt.Before(q.To)
}

// sources finds the requests of a report that have values, by the first value of
// each, or by the last if the newest are wanted. Each has at least one value, so the
// limit bounds them, unless data points are chosen.
func (t valueTx) sources(q core.ValueQuery) (sources []source, err error) {
	most := q.Limit + 1
	if len(q.RIDs) > 0 {
		most = math.MaxInt32
	}
	c := condition{`x.request_no = q.no`, []any{q.VENNo, q.SpecifierID, most}}
	c.times(q, `q.no`)
	order := `start_at NULLS LAST, q.no`
	if q.Newest {
		order = `start_at DESC NULLS LAST, q.no DESC`
	}
	err = t.rows(`SELECT q.no, (SELECT x.start_at FROM report_value x WHERE `+c.text+` ORDER BY `+keyOrder(q)+` LIMIT 1) AS start_at
  FROM report_request q WHERE q.ven_no = $1 AND q.specifier_id = $2
 ORDER BY `+order+` LIMIT $3`, c.args, func(scan func(...any) error) error {
		var s source
		err := scan(&s.requestNo, at(&s.startAt))
		if !s.startAt.IsZero() {
			sources = append(sources, s)
		}
		return err
	})
	return sources, err
}

func keyOrder(q core.ValueQuery) string {
	if q.Newest {
		return `x.start_at DESC, x.point_no DESC`
	}
	return `x.start_at, x.point_no`
}

// condition is a WHERE clause with its parameters.
type condition struct {
	text string
	args []any
}

// and adds a condition. Each %d is the number of a placeholder.
func (c *condition) and(format string, values ...any) {
	var placeholders []any
	for _, value := range values {
		c.args = append(c.args, value)
		placeholders = append(placeholders, len(c.args))
	}
	c.text += fmt.Sprintf(` AND `+format, placeholders...)
}

// times adds the condition that a value x is in the times of a query, after its
// cursor. request is an expression for the number of its request. There is only one
// lower bound, since the databases use only one.
func (c *condition) times(q core.ValueQuery, request string) {
	switch after := q.After; {
	case !after.Start.IsZero() && !after.Start.Before(q.From): // values of other requests at that time come before or after all of this one
		c.and(`(x.start_at, x.point_no) > ($%d, CASE WHEN `+request+` < $%d THEN 9223372036854775807 WHEN `+request+` > $%[2]d THEN -1 ELSE $%[3]d END)`,
			after.Start.UnixMilli(), after.RequestNo, after.PointNo)
	case !q.From.IsZero():
		c.and(`x.start_at >= $%d`, q.From.UnixMilli())
	}
	if !q.To.IsZero() {
		c.and(`x.start_at < $%d`, q.To.UnixMilli())
	}
}

// valuesOf reads the values of one request.
func (t valueTx) valuesOf(requestNo int64, q core.ValueQuery) (values []core.Value, more bool, err error) {
	p := part{limit: q.Limit}
	c := condition{`x.request_no = $1`, []any{requestNo, q.Limit + 1}}
	c.times(q, `$1`)
	if len(q.RIDs) > 0 {
		c.args = append(c.args, texts(q.RIDs))
		c.text += ` AND ` + t.InTexts("p.r_id", len(c.args))
	}
	err = t.rows(`SELECT x.start_at, x.point_no, p.r_id, x.duration_ms, x.value, x.quality, x.confidence, x.accuracy, x.body, x.received_at
  FROM report_value x LEFT JOIN report_point p ON p.no = x.point_no WHERE `+c.text+`
 ORDER BY `+keyOrder(q)+` LIMIT $2`, c.args, func(scan func(...any) error) error {
		if p.full() {
			return database.ErrEnough
		}
		v := core.Value{RequestNo: requestNo}
		var (
			lasts        int64
			rID, quality sql.NullString
			confidence   sql.NullInt64
			accuracy     sql.NullFloat64
			body         []byte
		)
		if err := scan(at(&v.Start), &v.PointNo, &rID, &lasts, &v.Value, &quality, &confidence, &accuracy, &body, at(&v.ReceivedAt)); err != nil {
			return err
		}
		v.RID, v.Duration, v.Quality = rID.String, time.Duration(lasts)*time.Millisecond, quality.String
		if confidence.Valid {
			c := uint32(confidence.Int64)
			v.Confidence = &c
		}
		if accuracy.Valid {
			v.Accuracy = &accuracy.Float64
		}
		if body != nil {
			var b valueBody
			if err := json.Unmarshal(body, &b); err != nil {
				return err
			}
			v.NoValue, v.Status, v.GreenButton = b.NoValue, b.Status, b.GreenButton
		}
		values = append(values, v)
		p.add(valueSize(&v))
		return nil
	})
	if q.Newest {
		slices.Reverse(values)
	}
	if err != nil {
		return nil, false, fmt.Errorf("read the values of report request number %d: %w", requestNo, err)
	}
	return values, p.more, nil
}
