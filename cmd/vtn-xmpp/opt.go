package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
)

type optCommands struct {
	List optList `cmd:"" help:"List opts, for events and by schedule."`
}

type optList struct {
	connection
	listing
	VEN       string `name:"ven" placeholder:"VENID" help:"Only this VEN's."`
	Event     string `placeholder:"EVENTID" help:"Only those for this event."`
	Active    bool   `help:"Only those in force, now or at the time that --at names."`
	At        string `placeholder:"TIME" help:"With --active: when, such as 2026-11-24T17:00:00Z."`
	Cancelled bool   `help:"Those cancelled, too."`
}

func (*optList) Help() string {
	return `Examples:

  vtn-xmpp opt list --ven ven-7
  vtn-xmpp opt list --active --at 2026-11-24T17:00:00Z`
}

func (c *optList) Run(ctx context.Context, s *settings, o output) error {
	filter := client.OptFilter{VENID: c.VEN, EventID: c.Event, Active: c.Active, Cancelled: c.Cancelled}
	if c.At != "" {
		var err error
		if filter.At, err = time.Parse(time.RFC3339, c.At); err != nil {
			return fmt.Errorf("--at %q is no time with a zone, such as 2026-11-24T17:00:00Z", c.At)
		}
	}
	api, err := c.open(s)
	if err != nil {
		return err
	}
	page, err := api.ListOpts(ctx, filter, c.Cursor, c.Limit)
	if err != nil {
		return err
	}
	return o.print(page, func(w *tabwriter.Writer) {
		row(w, "venID", "optID", "opt", "reason", "marketContext", "for", "resources", "deviceClasses", "created", "cancelled")
		for _, p := range page.Items {
			row(w, p.VENID, p.OptID, p.OptType, p.Reason, p.MarketContext, optFor(p), strings.Join(p.Resources, " "), strings.Join(p.DeviceClasses, " "), at(&p.CreatedAt), at(p.CancelledAt))
		}
		c.more(w, page.Next)
	})
}

// optFor is what an opt is for, in short: an event, or spans of time.
func optFor(o client.Opt) string {
	if o.EventID != "" && o.ModificationNumber != nil {
		return fmt.Sprintf("%s %d", o.EventID, *o.ModificationNumber)
	}
	var spans []string
	for _, p := range o.Periods {
		spans = append(spans, at(&p.Start)+"/"+at(p.End))
	}
	if more := len(spans) - 3; more > 0 {
		spans = append(spans[:3], fmt.Sprintf("and %d more", more))
	}
	return strings.Join(spans, " ")
}

// opts is the opt of a VEN, and of its resources and device classes where they
// differ.
func opts(whole string, parts ...map[string]string) string {
	all := []string{whole}
	for _, kind := range parts {
		for _, name := range slices.Sorted(maps.Keys(kind)) {
			all = append(all, name+":"+kind[name])
		}
	}
	return strings.Join(all, " ")
}

// schedule is what schedules say of an event.
func schedule(s *client.ScheduleOpt) string {
	if s == nil {
		return ""
	}
	parts := map[string]string{}
	for name, p := range s.DeviceClasses {
		parts[name] = p.Opt
	}
	for name, p := range s.Resources {
		if len(p.DeviceClasses) > 0 {
			name += "(" + strings.Join(p.DeviceClasses, " ") + ")"
		}
		parts[name] = p.Opt
	}
	return opts(s.Opt, parts)
}
