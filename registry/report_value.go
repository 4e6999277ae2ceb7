package registry

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/registry/database"
)

// valueBody is the body of a value that is not a number.
type valueBody struct {
	NoValue     bool                 `json:"noValue,omitempty"`
	Status      *oadr.ResourceStatus `json:"status,omitempty"`
	GreenButton []oadr.XML           `json:"greenButton,omitempty"`
}

// PutValues is [core.ReportWriter.PutValues], the cost of every report update. Statements
// store several values each, in a few sizes, so that each is prepared once.
func (t valueTx) PutValues(values []core.Value) error {
	if len(values) == 0 {
		return nil
	}
	if err := t.putAndCount(values); err != nil {
		return fmt.Errorf("store %d values: %w", len(values), err)
	}
	return nil
}

// putAndCount subtracts from the counters what is replaced. Nearly all values are
// later than what is stored of their request: they replace nothing, and nothing is
// looked up for them.
func (t valueTx) putAndCount(values []core.Value) error {
	requests, err := t.latestOf(values)
	if err != nil {
		return err
	}
	var replaced [][3]int64
	for i := range values {
		if v := &values[i]; v.Start.UnixMilli() <= requests[v.RequestNo].latest {
			replaced = append(replaced, [3]int64{v.RequestNo, v.Start.UnixMilli(), v.PointNo})
		}
	}
	if len(replaced) > 0 {
		keys, err := list(replaced)
		if err != nil {
			return err
		}
		if err := (quotaTx(t)).countBy(-1, countReplaced(t.Dialect), `TRUE`, keys); err != nil {
			return err
		}
	}
	rest := values
	for n := t.RowsAtOnce(); n > 0; n /= 8 {
		for ; len(rest) >= n; rest = rest[n:] {
			if err := t.putValues(rest[:n], requests); err != nil {
				return err
			}
		}
	}
	return nil
}

// countReplaced counts the values of a list of keys.
func countReplaced(d *database.Dialect) countable {
	return countable{core.QuotaValues, `(SELECT x.quality, x.body, q.ven_no FROM ` + d.Elements(1) + ` AS n CROSS JOIN report_request q CROSS JOIN report_value x
 WHERE q.no = CAST(n.value ->> 0 AS BIGINT) AND x.request_no = q.no AND x.start_at = CAST(n.value ->> 1 AS BIGINT) AND x.point_no = CAST(n.value ->> 2 AS BIGINT)) AS c`, countValues.size}
}

// valuesOf is the VEN of a request, and the start of its latest value.
type valuesOf struct{ venNo, latest int64 }

func (t valueTx) latestOf(values []core.Value) (map[int64]valuesOf, error) {
	requests := map[int64]valuesOf{}
	var nos []int64
	for i := range values {
		if no := values[i].RequestNo; !slices.Contains(nos[max(0, len(nos)-1):], no) {
			nos = append(nos, no)
		}
	}
	err := t.rows(`SELECT q.no, q.ven_no, coalesce((SELECT x.start_at FROM report_value x WHERE x.request_no = q.no ORDER BY x.start_at DESC LIMIT 1), -1)
  FROM `+t.Elements(1)+` AS n CROSS JOIN report_request q WHERE q.no = CAST(n.value AS BIGINT)`, []any{numbers(nos)}, func(scan func(...any) error) error {
		var no, venNo, latest integer
		err := scan(&no, &venNo, &latest)
		requests[int64(no)] = valuesOf{int64(venNo), int64(latest)}
		return err
	})
	return requests, err
}

// valueColumns are the columns of a value.
const valueColumns = `request_no, start_at, point_no, duration_ms, value, quality, confidence, accuracy, body, received_at`

func (t valueTx) putValues(values []core.Value, requests map[int64]valuesOf) error {
	args := make([]any, 0, 10*len(values))
	for i := range values {
		v := &values[i]
		var quality, confidence, accuracy, body any
		size := 64 // as countValues
		if v.Quality != "" {
			kept := plain(v.Quality)
			quality = kept
			size += len(kept)
		}
		if v.Confidence != nil {
			confidence = int64(*v.Confidence)
		}
		if v.Accuracy != nil {
			accuracy = *v.Accuracy
		}
		if v.NoValue || v.Status != nil || v.GreenButton != nil {
			b, err := json.Marshal(valueBody{v.NoValue, v.Status, v.GreenButton})
			if err != nil {
				return err
			}
			body = string(b)
			size += len(b)
		}
		quotaTx(t).grow(requests[v.RequestNo].venNo, core.QuotaValues, 1, int64(size))
		args = append(args, v.RequestNo, v.Start.UnixMilli(), v.PointNo, v.Duration.Milliseconds(), v.Value, quality, confidence, accuracy, body, v.ReceivedAt.UnixMilli())
	}
	_, err := t.exec(insertValues[t.Dialect][len(values)], args...)
	return err
}

// insertValues has the statements for each number of values.
var insertValues = map[*database.Dialect]map[int]string{
	database.SQLite: insertsOfValues(database.SQLite), database.Postgres: insertsOfValues(database.Postgres),
}

func insertsOfValues(d *database.Dialect) map[int]string {
	statements := map[int]string{}
	for n := d.RowsAtOnce(); n > 0; n /= 8 {
		statements[n] = `INSERT INTO report_value (` + valueColumns + `) VALUES ` + d.Rows(n, 10) + `
  ON CONFLICT (request_no, start_at, point_no) DO UPDATE SET duration_ms = excluded.duration_ms, value = excluded.value, quality = excluded.quality,
       confidence = excluded.confidence, accuracy = excluded.accuracy, body = excluded.body, received_at = excluded.received_at`
	}
	return statements
}

// retireValues deletes values of intervals that began before the time, about limit
// of them at most, and returns how many: 0 when there are none left. It goes from
// request to request, since the old values of a request are next to each other in
// the key.
func (r retirement) retireValues(ctx context.Context, before time.Time, limit int) (n int, err error) {
	var nos []int64
	err = r.view(ctx, "retire", func(s *session) error {
		nos = nil
		return s.rows(`SELECT q.no FROM report_request q
 WHERE EXISTS (SELECT 1 FROM report_value x WHERE x.request_no = q.no AND x.start_at < $1) LIMIT 1000`, []any{before.UnixMilli()}, func(scan func(...any) error) error {
			var no int64
			err := scan(&no)
			nos = append(nos, no)
			return err
		})
	})
	for _, no := range nos {
		if err != nil || n >= limit {
			break
		}
		var deleted int64
		err = r.lightly(ctx, "retire", func(s *session) (err error) {
			const oldest = `request_no = $1 AND start_at < $2
   AND start_at <= (SELECT max(start_at) FROM (SELECT start_at FROM report_value WHERE request_no = $1 AND start_at < $2 ORDER BY start_at LIMIT $3) AS oldest)`
			if err := (quotaTx{s}).countBy(-1, countValues, oldest, no, before.UnixMilli(), limit-n); err != nil {
				return err
			}
			deleted, err = s.exec(`DELETE FROM report_value WHERE `+oldest, no, before.UnixMilli(), limit-n)
			return err
		})
		n += int(deleted)
	}
	if err != nil {
		return n, fmt.Errorf("retire values: %w", err)
	}
	return n, nil
}
