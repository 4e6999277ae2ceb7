package registry

import (
	"context"
	"fmt"
	"time"
)

// Unpark is [core.Registry.Unpark]. Whoever there is news of does not count as
// silent any more. It may be lost with the power.
func (r *Registry) Unpark(ctx context.Context, now time.Time, venNos []int64) (int, error) {
	var n int64
	err := r.write(ctx, r.light, func(s *session) (err error) {
		n, err = s.exec(`UPDATE outbox SET state = 'idle', attempts = 0, next_at = $1
 WHERE state = 'parked' AND ven_no IN (SELECT CAST(value AS BIGINT) FROM jsonb_array_elements($2))`, now.UnixMilli(), numbers(venNos))
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("unpark: %w", err)
	}
	return int(n), nil
}

// Parked is [core.Registry.Parked], longest parked first.
func (r *Registry) Parked(ctx context.Context, transport string, limit int) ([]string, error) {
	rows, err := r.read.QueryContext(ctx, `SELECT i.identity FROM outbox o JOIN identity i ON i.ven_no = o.ven_no
 WHERE o.state = 'parked' AND i.transport = $1 GROUP BY i.identity ORDER BY min(o.next_at), i.identity LIMIT $2`, transport, limit)
	if err != nil {
		return nil, fmt.Errorf("list who is parked: %w", err)
	}
	defer rows.Close()
	var parked []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, fmt.Errorf("list who is parked: %w", err)
		}
		parked = append(parked, name)
	}
	return parked, rows.Err()
}
