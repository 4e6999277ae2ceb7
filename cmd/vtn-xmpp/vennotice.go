package main

import (
	"context"
	"text/tabwriter"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
)

type venCancel struct {
	connection
	ID string `arg:"" help:"venID."`
}

func (*venCancel) Help() string {
	return `The registration ends at once: no more events are pushed to the VEN. VTN_REGISTRATION says whether the VEN may register again;
"ven delete" also removes its entry.

Example:

  vtn-xmpp ven cancel ven-1`
}

func (c *venCancel) Run(ctx context.Context, s *settings, o output) error {
	api, err := c.open(s)
	if err != nil {
		return err
	}
	n, err := api.CancelRegistration(ctx, c.ID)
	if err != nil {
		return err
	}
	return printNotice(o, n)
}

type venReregister struct {
	connection
	ID string `arg:"" help:"venID."`
}

func (*venReregister) Help() string {
	return `The current registration remains until the VEN has registered again. "ven notices" shows the outcome.

Example:

  vtn-xmpp ven reregister ven-1`
}

func (c *venReregister) Run(ctx context.Context, s *settings, o output) error {
	api, err := c.open(s)
	if err != nil {
		return err
	}
	n, err := api.RequestReregistration(ctx, c.ID)
	if err != nil {
		return err
	}
	return printNotice(o, n)
}

type venNotices struct {
	connection
	ID string `arg:"" help:"venID."`
	listing
}

func (*venNotices) Help() string {
	return `Notices are cancellations of its registration by the operator, and requests to register again.

Example:

  vtn-xmpp ven notices ven-1`
}

func (c *venNotices) Run(ctx context.Context, s *settings, o output) error {
	api, err := c.open(s)
	if err != nil {
		return err
	}
	page, err := api.ListNotices(ctx, c.ID, c.Cursor, c.Limit)
	if err != nil {
		return err
	}
	return o.print(page, func(w *tabwriter.Writer) {
		noticeTable(w, page.Items)
		c.more(w, page.Next)
	})
}

func printNotice(o output, n *client.Notice) error {
	return o.print(n, func(w *tabwriter.Writer) { noticeTable(w, []client.Notice{*n}) })
}

func noticeTable(w *tabwriter.Writer, notices []client.Notice) {
	row(w, "kind", "outcome", "created", "by", "told", "ended", "code", "error", "registrationID", "requestID")
	for _, n := range notices {
		code := any("")
		if n.ResponseCode != 0 {
			code = n.ResponseCode
		}
		row(w, n.Kind, n.Outcome, at(&n.CreatedAt), n.CreatedBy, at(n.ToldAt), at(n.EndedAt), code, n.Error, n.RegistrationID, n.RequestID)
	}
}
