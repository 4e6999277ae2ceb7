package registry

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/people"
)

// AddRecord is [people.Records.AddRecord].
func (r persons) AddRecord(ctx context.Context, x people.Record) (no int64, err error) {
	err = r.durably(ctx, "audit", func(s *session) error {
		return s.row(`INSERT INTO audit (at, actor, via, address, operation, path, request_id, status) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING no`,
			[]any{x.At.UnixMilli(), plain(x.Actor), x.Via, plain(x.Address), x.Operation, plain(x.Path), x.RequestID, x.Status}, &no)
	})
	if err != nil {
		return 0, fmt.Errorf("store a record of the audit log: %w", err)
	}
	return no, nil
}

// EndRecord is [people.Records.EndRecord].
func (r persons) EndRecord(ctx context.Context, no int64, status int) error {
	return r.durably(ctx, "audit", func(s *session) error {
		_, err := s.exec(`UPDATE audit SET status = $2 WHERE no = $1`, no, status)
		return err
	})
}

// Records is [people.Records.Records].
func (r persons) Records(ctx context.Context, f people.RecordFilter, before int64, limit int) (records []people.Record, more bool, err error) {
	if !storable(f.Actor) || !storable(f.Operation) {
		return nil, false, nil
	}
	until := int64(math.MaxInt64)
	if !f.Until.IsZero() {
		until = f.Until.UnixMilli()
	}
	if before == 0 {
		before = math.MaxInt64
	}
	err = r.view(ctx, "audit", func(s *session) error {
		return s.rows(`SELECT no, at, actor, via, address, operation, path, request_id, status FROM audit
 WHERE no < $1 AND ($2 = '' OR actor = $2) AND ($3 = '' OR operation = $3) AND at >= $4 AND at < $5 ORDER BY no DESC LIMIT $6`,
			[]any{before, f.Actor, f.Operation, max(f.From.UnixMilli(), 0), until, limit + 1}, func(scan func(...any) error) error {
				var x people.Record
				err := scan(&x.No, at(&x.At), &x.Actor, &x.Via, &x.Address, &x.Operation, &x.Path, &x.RequestID, &x.Status)
				records = append(records, x)
				return err
			})
	})
	if len(records) > limit {
		return records[:limit], true, err
	}
	return records, false, err
}

// RetireRecords is [people.Records.RetireRecords].
func (r persons) RetireRecords(ctx context.Context, before time.Time, keep int) error {
	return r.lightly(ctx, "audit", func(s *session) error {
		_, err := s.exec(`DELETE FROM audit WHERE at < $1 OR no <= (SELECT max(no) FROM audit) - $2`, before.UnixMilli(), keep)
		return err
	})
}
