package registry

import (
	"context"
	"encoding/json"
	"fmt"
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
