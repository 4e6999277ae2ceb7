package main

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
)

type reportList struct {
	connection
	listing
	VEN       string `name:"ven" placeholder:"VENID" help:"Only requests to this VEN."`
	Specifier string `placeholder:"ID" help:"Only requests for this reportSpecifierID."`
	Order     string `placeholder:"ORDERID" help:"Only requests of this order."`
	State     string `placeholder:"STATE" help:"Only requests in this state: pending, active, refused, cancelling, cancelled, ended or completed."`
}

func (*reportList) Help() string {
	return `States: pending: the VEN has not agreed yet; active: it has agreed, or has sent data; refused:
it has refused; cancelling: cancelled, but the VEN has not confirmed that yet; cancelled: it
has; ended: the VEN has registered its reports anew, or is no longer registered; completed: all
requested data has come, or the time for it is over.

Examples:

  vtn-xmpp report list --ven ven-1
  vtn-xmpp report list --state active --limit 1000`
}

func (c *reportList) Run(ctx context.Context, s *settings, o output) error {
	api, err := c.open(s)
	if err != nil {
		return err
	}
	page, err := api.ListReportRequests(ctx, client.ReportFilter{VENID: c.VEN, ReportSpecifierID: c.Specifier, OrderID: c.Order, State: c.State}, c.Cursor, c.Limit)
	if err != nil {
		return err
	}
	return o.print(page, func(w *tabwriter.Writer) {
		requestTable(w, page.Items)
		c.more(w, page.Next)
	})
}

type reportShow struct {
	connection
	ID     string `arg:"" help:"reportRequestID."`
	Latest int    `default:"10" help:"How many of the last values to show, up to 100."`
}

func (*reportShow) Help() string {
	return `Example:

  vtn-xmpp report show rr-abc --latest 3`
}

func (c *reportShow) Run(ctx context.Context, s *settings, o output) error {
	api, err := c.open(s)
	if err != nil {
		return err
	}
	q, err := api.GetReportRequest(ctx, c.ID)
	if err != nil {
		return err
	}
	values, err := api.LatestReportData(ctx, client.DataSource{ReportRequestID: c.ID}, client.DataFilter{}, c.Latest)
	if err != nil {
		return err
	}
	both := struct {
		Request *client.ReportRequest `json:"request"`
		Data    []client.ReportValue  `json:"data"`
	}{q, values}
	return o.print(both, func(w *tabwriter.Writer) {
		requestTable(w, []client.ReportRequest{*q})
		fmt.Fprintln(w)
		row(w, "orderID", "created", "by", "told", "ended", "code")
		row(w, q.OrderID, at(&q.CreatedAt), q.CreatedBy, at(q.ToldAt), at(q.EndedAt), unlessZero(q.ResponseCode))
		fmt.Fprintln(w)
		if len(values) == 0 {
			fmt.Fprintln(w, "no data so far")
			return
		}
		valueHead(w)
		valueRows(w, values)
		fmt.Fprintf(w, "all values: vtn-xmpp report data %s --csv\n", q.ReportRequestID)
	})
}

type reportOrders struct {
	connection
	listing
	ID       string `arg:"" optional:"" help:"orderID of the order to show; by default all are listed."`
	Standing bool   `help:"Only orders by which VENs are still asked."`
}

func (*reportOrders) Help() string {
	return `An order is what an operator asked for. It makes a request for each matching report of a VEN. If you show a
standing order by its ID, you also see which reports it names but cannot ask for, and why.

Examples:

  vtn-xmpp report orders --standing
  vtn-xmpp report orders ord-abc`
}

func (c *reportOrders) Run(ctx context.Context, s *settings, o output) error {
	api, err := c.open(s)
	if err != nil {
		return err
	}
	if c.ID != "" {
		order, err := api.GetReportOrder(ctx, c.ID)
		if err != nil {
			return err
		}
		return printOrder(o, order)
	}
	page, err := api.ListReportOrders(ctx, client.ReportOrderFilter{Standing: c.Standing}, c.Cursor, c.Limit)
	if err != nil {
		return err
	}
	return o.print(page, func(w *tabwriter.Writer) {
		orderTable(w, page.Items)
		c.more(w, page.Next)
	})
}

func printOrder(o output, order *client.ReportOrder) error {
	return o.print(order, func(w *tabwriter.Writer) {
		orderTable(w, []client.ReportOrder{*order})
		fmt.Fprintf(w, "its requests: vtn-xmpp report list --order %s\n", order.OrderID)
		if len(order.NotFitting) == 0 {
			return
		}
		fmt.Fprintln(w, "\nit also names these reports, but cannot ask for them:")
		row(w, "venID", "report", "why")
		for _, m := range order.NotFitting {
			row(w, m.VENID, m.ReportSpecifierID, m.Field+" "+m.Message)
		}
	})
}

func orderTable(w *tabwriter.Writer, orders []client.ReportOrder) {
	row(w, "orderID", "standing", "targets", "report", "rIDs", "name", "type", "measurement", "granularity", "report back", "start", "duration", "created", "by", "ended")
	for _, order := range orders {
		row(w, order.OrderID, order.Standing, targets(order.Targets), order.ReportSpecifierID, few(order.RIDs), order.ReportName, order.ReportType, order.Measurement,
			order.Granularity, order.ReportBackDuration, at(order.Start), orNothing(order.Duration), at(&order.CreatedAt), order.CreatedBy, at(order.EndedAt))
	}
}

type reportCancel struct {
	connection
	ID         string `arg:"" optional:"" help:"reportRequestID."`
	Order      string `placeholder:"ORDERID" help:"End this order instead, and cancel all its requests."`
	LastReport bool   `help:"Ask the VEN for a last report."`
	Piggyback  bool   `help:"Tell the VEN in the answer to its next report for this request, instead of by push. If the VEN ignores that, or sends none until a minute after it was due, the cancellation is pushed."`
}

func (*reportCancel) Help() string {
	return `A cancelled request and its data are kept. Until the VEN confirms the cancellation, what it reports is still stored.

A standing order asks a VEN again when the VEN registers its reports anew, even if the VEN's request was cancelled.
--order ends the order for all its VENs.

Examples:

  vtn-xmpp report cancel rr-abc --last-report
  vtn-xmpp report cancel --order ord-abc`
}

func (c *reportCancel) Run(ctx context.Context, s *settings, o output) error {
	if (c.ID == "") == (c.Order == "") {
		return errors.New("give the ID of a request, or --order")
	}
	api, err := c.open(s)
	if err != nil {
		return err
	}
	how := client.ReportCancellation{ReportToFollow: c.LastReport, Piggyback: c.Piggyback}
	if c.Order != "" {
		order, err := api.CancelReportOrder(ctx, c.Order, how)
		if err != nil {
			return err
		}
		return printOrder(o, order)
	}
	q, err := api.CancelReportRequest(ctx, c.ID, how)
	if err != nil {
		return err
	}
	return o.print(q, func(w *tabwriter.Writer) {
		requestTable(w, []client.ReportRequest{*q})
		if q.State == "cancelling" {
			fmt.Fprintf(w, "see whether the VEN has confirmed it with: vtn-xmpp report show %s\n", q.ReportRequestID)
		}
	})
}
