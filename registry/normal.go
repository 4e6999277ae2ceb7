package registry

import (
	"context"
	"fmt"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/registry/database"
)

// toNormal replaces a market context $1 by its normal form $2 in all tables that
// compare it.
func toNormal(d *database.Dialect) []string {
	return []string{
		`INSERT INTO label (kind, value, ven_no, rev, spelling)
  SELECT kind, CAST($2 AS TEXT), ven_no, rev, coalesce(spelling, value) FROM label WHERE kind = 'marketContext' AND value = $1
  ON CONFLICT (kind, value, ven_no) DO UPDATE SET rev = ` + d.Least("label.rev", "excluded.rev"),
		`INSERT INTO event_target (event_no, kind, value)
  SELECT event_no, kind, CAST($2 AS TEXT) FROM event_target WHERE kind = 'marketContext' AND value = $1 ON CONFLICT (event_no, kind, value) DO NOTHING`,
		`INSERT INTO event_target_span (event_no, kind, value, rev, gone)
  SELECT event_no, kind, CAST($2 AS TEXT), rev, gone FROM event_target_span WHERE kind = 'marketContext' AND value = $1
  ON CONFLICT (event_no, kind, value, rev) DO UPDATE SET gone = CASE WHEN event_target_span.gone IS NOT NULL THEN excluded.gone END`,
		`INSERT INTO report_order_target (kind, value, order_no)
  SELECT kind, CAST($2 AS TEXT), order_no FROM report_order_target WHERE kind = 'marketContext' AND value = $1 ON CONFLICT (kind, value, order_no) DO NOTHING`,
		`UPDATE event SET market_context = $2 WHERE market_context = $1`,
	}
}

// written are the tables in which toNormal adds rows instead of changing them.
var written = []string{"label", "event_target", "event_target_span", "report_order_target"}

// normalise brings market contexts into the normal form in which they are compared
// (rule 512 of the profile). Earlier versions stored them as they were written. It
// marks the VENs whose market context now matches others.
func (r *transactions) normalise(ctx context.Context) error {
	var odd []string
	err := r.view(ctx, "view", func(s *session) (err error) {
		odd, _, err = normalTx{s}.oddContexts()
		return err
	})
	if err == nil && len(odd) > 0 {
		err = r.change(ctx, "normalise", func(s *session, rev int64) error { return normalTx{s}.normalise(rev) })
	}
	if err != nil {
		return fmt.Errorf("bring market contexts into their normal form: %w", err)
	}
	return nil
}

func (t normalTx) normalise(rev int64) error {
	odd, met, err := t.oddContexts()
	if err != nil {
		return err
	}
	for _, context := range odd {
		for _, statement := range toNormal(t.Dialect) {
			if _, err := t.exec(statement, context, oadr.NormalURI(context)); err != nil {
				return err
			}
		}
		for _, table := range written {
			if _, err := t.exec(`DELETE FROM `+table+` WHERE kind = 'marketContext' AND value = $1`, context); err != nil {
				return err
			}
		}
	}
	_, err = t.exec(mark(t.Dialect)+`box IN (SELECT ven_no`+eventsOutbox+` FROM label
 WHERE kind = 'marketContext' AND `+t.InTexts("value", 5)+`)`,
		rev, core.UrgencyNormal, time.Now().UnixMilli(), core.Lease.Milliseconds(), texts(met))
	return err
}

// oddContexts returns the stored market contexts that are not in normal form, and
// the normal forms of those that labels and targets spell in more than one way.
func (t normalTx) oddContexts() (odd, met []string, err error) {
	spelled := map[string]int{}
	err = t.rows(`SELECT value, max(labelled) FROM (
  SELECT DISTINCT value, 1 AS labelled FROM label WHERE kind = 'marketContext'
  UNION ALL SELECT DISTINCT value, 1 FROM event_target WHERE kind = 'marketContext'
  UNION ALL SELECT DISTINCT value, 0 FROM event_target_span WHERE kind = 'marketContext'
  UNION ALL SELECT DISTINCT value, 0 FROM report_order_target WHERE kind = 'marketContext'
  UNION ALL SELECT DISTINCT market_context, 0 FROM event) AS x GROUP BY value`, nil, func(scan func(...any) error) error {
		var context string
		var labelled int
		if err := scan(&context, &labelled); err != nil {
			return err
		}
		normal := oadr.NormalURI(context)
		if normal != context {
			odd = append(odd, context)
		}
		if spelled[normal] += labelled; spelled[normal] == 2 {
			met = append(met, normal)
		}
		return nil
	})
	return odd, met, err
}
