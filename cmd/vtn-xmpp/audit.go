package main

import (
	"context"
	"text/tabwriter"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
)

type auditCommands struct {
	List auditList `cmd:"" help:"List who changed what, the newest first."`
}

type auditList struct {
	connection
	Actor     string    `placeholder:"NAME" help:"Only what this user did."`
	Operation string    `placeholder:"ID" help:"Only this operation of the API, such as createEvent."`
	From      time.Time `placeholder:"TIME" help:"Only from this time on, such as 2026-11-24T17:00:00Z."`
	Until     time.Time `placeholder:"TIME" help:"Only before this time."`
	listing
}

func (*auditList) Help() string {
	return `It has every request that would change something, also those that were refused, and sign-ins. Only administrators may read it.

Example:

  vtn-xmpp audit list --actor ada --from 2026-11-24T00:00:00Z`
}

func (c *auditList) Run(ctx context.Context, s *settings, o output) error {
	api, err := c.open(s)
	if err != nil {
		return err
	}
	page, err := api.ListAudit(ctx, client.AuditFilter{Actor: c.Actor, Operation: c.Operation, From: c.From, Until: c.Until}, c.Cursor, c.Limit)
	if err != nil {
		return err
	}
	return o.print(page, func(w *tabwriter.Writer) {
		row(w, "time", "actor", "via", "address", "operation", "status", "path", "requestID")
		for _, r := range page.Items {
			row(w, at(&r.At), r.Actor, r.Via, r.Address, r.Operation, unlessZero(r.Status), r.Path, r.RequestID)
		}
		c.more(w, page.Next)
	})
}
