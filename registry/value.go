package registry

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// valueBody is what a value is where it is no number.
type valueBody struct {
	Status      *oadr.ResourceStatus `json:"status,omitempty"`
	GreenButton []oadr.XML           `json:"greenButton,omitempty"`
}

// PutValues is what every update of a VEN costs. It stores some values in each
// statement, in few sizes, so that each is prepared once.
func (t *tx) PutValues(values []core.Value) error {
	rest := values
	for n := t.rowsAtOnce(); n > 0; n /= 8 {
		for ; len(rest) >= n; rest = rest[n:] {
			if err := t.putValues(rest[:n]); err != nil {
				return fmt.Errorf("store %d values: %w", len(values), err)
			}
		}
	}
	return nil
}

// valueColumns are the columns of a value.
const valueColumns = `request_no, start_at, point_no, duration_ms, value, quality, confidence, accuracy, body, received_at`

func (t *tx) putValues(values []core.Value) error {
	args := make([]any, 0, 10*len(values))
	for i := range values {
		v := &values[i]
		var quality, confidence, accuracy, body any
		if v.Quality != "" {
			quality = plain(v.Quality)
		}
		if v.Confidence != nil {
			confidence = int64(*v.Confidence)
		}
		if v.Accuracy != nil {
			accuracy = *v.Accuracy
		}
		if v.Status != nil || v.GreenButton != nil {
			b, err := json.Marshal(valueBody{v.Status, v.GreenButton})
			if err != nil {
				return err
			}
			body = string(b)
		}
		args = append(args, v.RequestNo, v.Start.UnixMilli(), v.PointNo, v.Duration.Milliseconds(), v.Value, quality, confidence, accuracy, body, v.ReceivedAt.UnixMilli())
	}
	_, err := t.exec(insertValues[len(values)], args...)
	return err
}

// insertValues stores so many values.
var insertValues = func() map[int]string {
	statements := map[int]string{}
	for n := 1; n <= mostRowsAtOnce; n *= 8 {
		statements[n] = `INSERT INTO report_value (` + valueColumns + `) VALUES ` + places(n, 10) + `
  ON CONFLICT (request_no, start_at, point_no) DO UPDATE SET duration_ms = excluded.duration_ms, value = excluded.value, quality = excluded.quality,
       confidence = excluded.confidence, accuracy = excluded.accuracy, body = excluded.body, received_at = excluded.received_at`
	}
	return statements
}()

// Values asks each request by itself, up to the limit, and merges: so a part of
// a long series costs what it holds.
func (t *tx) Values(q core.ValueQuery) (values []core.Value, err error) {
	for _, no := range q.RequestNos {
		some, err := t.valuesOf(no, q)
		if err != nil {
			return nil, fmt.Errorf("read the values of report request number %d: %w", no, err)
		}
		values = append(values, some...)
		if len(q.RequestNos) > 1 || q.Newest {
			slices.SortFunc(values, byKey)
		}
		switch over := len(values) - q.Limit; {
		case over > 0 && q.Newest:
			values = values[over:]
		case over > 0:
			values = values[:q.Limit]
		}
	}
	return values, nil
}

func byKey(a, b core.Value) int {
	return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.RequestNo, b.RequestNo), cmp.Compare(a.PointNo, b.PointNo))
}

func (t *tx) valuesOf(requestNo int64, q core.ValueQuery) (values []core.Value, err error) {
	where, args := `WHERE x.request_no = $1`, []any{requestNo, q.Limit}
	add := func(condition string, with ...any) {
		var places []any
		for _, value := range with {
			args = append(args, value)
			places = append(places, len(args))
		}
		where += fmt.Sprintf(condition, places...)
	}
	if after := q.After; !after.Start.IsZero() {
		point := after.PointNo
		switch {
		case requestNo < after.RequestNo: // its values of that time have been
			point = 1<<63 - 1
		case requestNo > after.RequestNo:
			point = -1
		}
		add(` AND (x.start_at, x.point_no) > ($%d, $%d)`, after.Start.UnixMilli(), point)
	}
	if !q.From.IsZero() {
		add(` AND x.start_at >= $%d`, q.From.UnixMilli())
	}
	if !q.To.IsZero() {
		add(` AND x.start_at < $%d`, q.To.UnixMilli())
	}
	if len(q.RIDs) > 0 {
		add(` AND p.r_id IN (SELECT value FROM jsonb_array_elements_text($%d))`, texts(q.RIDs))
	}
	order := `x.start_at, x.point_no`
	if q.Newest {
		order = `x.start_at DESC, x.point_no DESC`
	}
	err = t.rows(`SELECT x.start_at, x.point_no, p.r_id, x.duration_ms, x.value, x.quality, x.confidence, x.accuracy, x.body, x.received_at
  FROM report_value x LEFT JOIN report_point p ON p.no = x.point_no `+where+`
 ORDER BY `+order+` LIMIT $2`, args, func(scan func(...any) error) error {
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
			v.Status, v.GreenButton = b.Status, b.GreenButton
		}
		values = append(values, v)
		return nil
	})
	return values, err
}

// RetireValues is [core.Registry.RetireValues]. It goes from request to request,
// where a part of the key's tree is what is old.
func (r *Registry) RetireValues(ctx context.Context, before time.Time, limit int) (n int, err error) {
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
			deleted, err = s.exec(`DELETE FROM report_value WHERE request_no = $1 AND start_at < $2
   AND start_at <= (SELECT max(start_at) FROM (SELECT start_at FROM report_value WHERE request_no = $1 AND start_at < $2 ORDER BY start_at LIMIT $3) AS oldest)`,
				no, before.UnixMilli(), limit-n)
			return err
		})
		n += int(deleted)
	}
	if err != nil {
		return n, fmt.Errorf("retire values: %w", err)
	}
	return n, nil
}
