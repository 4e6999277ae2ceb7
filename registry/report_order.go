package registry

import (
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/registry/database"
)

// orderBody is the part of an order that no query looks for and nothing changes.
type orderBody struct {
	core.ReportSpec
	ByRule bool // the profile allows it; not set in orders of earlier versions
}

const selectOrder = `SELECT o.no, o.order_id, o.body, o.created_at, o.created_by, o.ended_at FROM report_order o `

func (t orderTx) ReportOrder(orderID string) (*core.ReportOrder, error) {
	orders, err := t.orders(nil, selectOrder+`WHERE o.order_id = $1`, orderID)
	if err == nil && len(orders) == 0 {
		err = sql.ErrNoRows
	}
	if err != nil {
		return nil, notFound(err, "report order %.100q", orderID)
	}
	return orders[0], nil
}

func (t orderTx) ReportOrders(f core.ReportOrderFilter, before int64, limit int) (orders []*core.ReportOrder, next int64, err error) {
	where := `WHERE (o.no < $1 OR $1 = 0)`
	if f.Standing {
		where += ` AND o.standing AND o.ended_at IS NULL`
	}
	p := part{limit: limit}
	orders, err = t.orders(&p, selectOrder+where+` ORDER BY o.no DESC LIMIT $2`, before, limit+1)
	if err != nil {
		return nil, 0, fmt.Errorf("list report orders: %w", err)
	}
	if p.more {
		next = orders[len(orders)-1].No
	}
	return orders, next, nil
}

// StandingOrders is [core.ReportReader.StandingOrders]. It looks orders up by the labels
// of the VEN.
func (t orderTx) StandingOrders(venNo int64) ([]*core.ReportOrder, error) {
	orders, err := t.orders(nil, selectOrder+`WHERE o.no IN (SELECT t.order_no FROM label l JOIN report_order_target t ON t.kind = l.kind AND t.value = l.value WHERE l.ven_no = $1)
 ORDER BY o.no`, venNo)
	if err != nil {
		return nil, fmt.Errorf("list the standing report orders for VEN number %d: %w", venNo, err)
	}
	return orders, nil
}

func (t orderTx) orders(p *part, query string, args ...any) (orders []*core.ReportOrder, err error) {
	err = t.rows(query, args, func(scan func(...any) error) error {
		if p.full() {
			return database.ErrEnough
		}
		var o core.ReportOrder
		var body []byte
		var b orderBody
		if err := scan(&o.No, &o.OrderID, &body, at(&o.CreatedAt), &o.CreatedBy, at(&o.EndedAt)); err != nil {
			return err
		}
		orders = append(orders, &o)
		p.add(len(body))
		if err := json.Unmarshal(body, &b); err != nil {
			return fmt.Errorf("report order %q: %w", o.OrderID, err)
		}
		o.ReportSpec, o.Early = b.ReportSpec, !b.ByRule
		return nil
	})
	return orders, err
}

func (t orderTx) PutReportOrder(o *core.ReportOrder) error {
	if err := t.putReportOrder(o); err != nil {
		return fmt.Errorf("store report order %q: %w", o.OrderID, err)
	}
	return nil
}

func (t orderTx) putReportOrder(o *core.ReportOrder) error {
	if o.No != 0 {
		n, err := t.exec(`UPDATE report_order SET ended_at = $2 WHERE no = $1`, o.No, millis(o.EndedAt))
		if err := touched(n, err, "report order number %d", o.No); err != nil || o.EndedAt.IsZero() {
			return err
		}
		_, err = t.exec(`DELETE FROM report_order_target WHERE order_no = $1`, o.No)
		return err
	}
	body, err := json.Marshal(orderBody{o.ReportSpec, !o.Early})
	if err != nil {
		return err
	}
	if err := t.number(&o.No); err != nil {
		return err
	}
	if _, err = t.exec(`INSERT INTO report_order (no, order_id, standing, body, created_at, created_by, ended_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		o.No, o.OrderID, o.Standing, string(body), o.CreatedAt.UnixMilli(), o.CreatedBy, millis(o.EndedAt)); err != nil || !o.Standing {
		return err
	}
	those, err := list(compared(o.Targets))
	if err != nil {
		return err
	}
	_, err = t.exec(`INSERT INTO report_order_target (kind, value, order_no)
  SELECT DISTINCT n.value ->> 0, n.value ->> 1, CAST($1 AS BIGINT) FROM `+t.Elements(2)+` AS n`, o.No, those)
	return err
}
