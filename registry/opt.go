package registry

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// optBody is what of an opt nothing looks for.
type optBody struct {
	MarketContext string   `json:"marketContext,omitempty"`
	Resources     []string `json:"resources,omitempty"`
	DeviceClasses []string `json:"deviceClasses,omitempty"`
}

func (t *tx) Opt(venNo int64, optID string) (*core.Opt, error) {
	opts, err := t.opts(`WHERE o.ven_no = $1 AND o.opt_id = $2 AND o.cancelled_at IS NULL`, venNo, optID)
	if err == nil && len(opts) == 0 {
		err = sql.ErrNoRows
	}
	if err != nil {
		return nil, notFound(err, "opt %.100q of VEN number %d", optID, venNo)
	}
	return &opts[0], nil
}

func (t *tx) StandingOpts(venNo int64) (n int, err error) {
	if err := t.row(`SELECT count(*) FROM opt WHERE ven_no = $1 AND cancelled_at IS NULL`, []any{venNo}, &n); err != nil {
		return 0, fmt.Errorf("count the opts of VEN number %d: %w", venNo, err)
	}
	return n, nil
}

// opts reads opts with their periods, oldest first.
func (t *tx) opts(where string, args ...any) (opts []core.Opt, err error) {
	err = t.rows(`SELECT o.ven_no, o.opt_id, o.event_no, o.modification, o.opt, o.reason, o.body, o.created_at, p.start_at, p.end_at
  FROM opt o LEFT JOIN opt_period p ON p.ven_no = o.ven_no AND p.opt_id = o.opt_id
`+where+` ORDER BY o.created_at, o.ven_no, o.opt_id, p.place`, args, func(scan func(...any) error) error {
		var (
			o       core.Opt
			eventNo sql.NullInt64
			body    []byte
			b       optBody
			start   sql.NullInt64
			p       core.OptPeriod
		)
		if err := scan(&o.VENNo, &o.OptID, &eventNo, &o.ModificationNumber, &o.OptType, &o.Reason, &body, at(&o.CreatedAt), &start, at(&p.End)); err != nil {
			return err
		}
		if err := json.Unmarshal(body, &b); err != nil {
			return fmt.Errorf("opt %q of VEN number %d: %w", o.OptID, o.VENNo, err)
		}
		o.EventNo = eventNo.Int64
		o.MarketContext, o.Resources, o.DeviceClasses = b.MarketContext, b.Resources, b.DeviceClasses
		if last := len(opts) - 1; last < 0 || opts[last].VENNo != o.VENNo || opts[last].OptID != o.OptID {
			opts = append(opts, o)
		}
		if start.Valid {
			p.Start = time.UnixMilli(start.Int64).UTC()
			o := &opts[len(opts)-1]
			o.Periods = append(o.Periods, p)
		}
		return nil
	})
	return opts, err
}

func (t *tx) PutOpt(o core.Opt) error {
	if err := t.putOpt(o); err != nil {
		return fmt.Errorf("store opt %.100q of VEN number %d: %w", o.OptID, o.VENNo, err)
	}
	return nil
}

func (t *tx) putOpt(o core.Opt) error {
	body, err := json.Marshal(optBody{o.MarketContext, o.Resources, o.DeviceClasses})
	if err != nil {
		return err
	}
	var eventNo any
	if o.EventNo != 0 {
		eventNo = o.EventNo
	}
	if _, err := t.exec(`INSERT INTO opt (ven_no, opt_id, event_no, modification, opt, reason, body, created_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
  ON CONFLICT (ven_no, opt_id) DO UPDATE SET event_no = excluded.event_no, modification = excluded.modification, opt = excluded.opt,
       reason = excluded.reason, body = excluded.body, created_at = excluded.created_at, cancelled_at = NULL`,
		o.VENNo, o.OptID, eventNo, o.ModificationNumber, o.OptType, o.Reason, string(body), o.CreatedAt.UnixMilli()); err != nil {
		return err
	}
	if _, err := t.exec(`DELETE FROM opt_period WHERE ven_no = $1 AND opt_id = $2`, o.VENNo, o.OptID); err != nil {
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
	_, err = t.exec(`INSERT INTO opt_period (ven_no, opt_id, place, start_at, end_at)
  SELECT CAST($1 AS BIGINT), CAST($2 AS TEXT), CAST(n.value ->> 0 AS INTEGER), CAST(n.value ->> 1 AS BIGINT), CAST(n.value ->> 2 AS BIGINT)
    FROM jsonb_array_elements($3) AS n`, o.VENNo, o.OptID, periods)
	return err
}

// CancelOpt fails with [core.ErrNotFound] when the VEN has no such opt (rule P3).
func (t *tx) CancelOpt(venNo int64, optID string, at time.Time) error {
	n, err := t.exec(`UPDATE opt SET cancelled_at = $3 WHERE ven_no = $1 AND opt_id = $2 AND cancelled_at IS NULL`, venNo, optID, at.UnixMilli())
	return touched(n, err, "opt %.100q of VEN number %d", optID, venNo)
}
