package main

import (
	"context"
	"strings"
	"text/tabwriter"
)

type eventHistory struct {
	connection
	listing
	ID  string `arg:"" help:"eventID."`
	VEN string `name:"ven" placeholder:"VENID" help:"Only what concerns this VEN, and the event itself."`
}

func (*eventHistory) Help() string {
	return `Examples:

  vtn-xmpp event history ev-1
  vtn-xmpp event history ev-1 --ven ven-7 -o json`
}

func (c *eventHistory) Run(ctx context.Context, s *settings, o output) error {
	api, err := c.open(s)
	if err != nil {
		return err
	}
	page, err := api.EventHistory(ctx, c.ID, c.VEN, c.Cursor, c.Limit)
	if err != nil {
		return err
	}
	return o.print(page, func(w *tabwriter.Writer) {
		row(w, "at", "what", "venID", "modification", "by", "opt", "optID", "resources", "others", "deviceClasses", "attempts", "code", "error")
		for _, h := range page.Items {
			row(w, at(&h.At), h.What, h.VENID, h.ModificationNumber, h.By, h.Opt, h.OptID, strings.Join(h.Resources, " "), others(h.Target), strings.Join(h.DeviceClasses, " "), unlessZero(h.Attempts), unlessZero(h.Code), h.Error)
		}
		c.more(w, page.Next)
	})
}
