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
	List optList `cmd:"" help:"List opts for events and by schedule, and answers to events."`
}

type optList struct {
	connection
	listing
	VEN       string `name:"ven" placeholder:"VENID" help:"Only opts of this VEN."`
	Event     string `placeholder:"EVENTID" help:"Only opts for this event."`
	Active    bool   `help:"Only opts in force now, or at the time of --at."`
	At        string `placeholder:"TIME" help:"With --active: opts in force at this time, such as 2026-11-24T17:00:00Z."`
	Cancelled bool   `help:"Cancelled opts, too."`
	Replaced  bool   `help:"Schedules that newer ones have replaced, too."`
	Deleted   bool   `help:"Opts of deleted VENs, too; --ven and --event always list them."`
}

func (*optList) Help() string {
	return `Examples:

  vtn-xmpp opt list --ven ven-7
  vtn-xmpp opt list --active --at 2026-11-24T17:00:00Z`
}

func (c *optList) Run(ctx context.Context, s *settings, o output) error {
	filter := client.OptFilter{VENID: c.VEN, EventID: c.Event, Active: c.Active, Cancelled: c.Cancelled, Replaced: c.Replaced, Answers: true, Deleted: c.Deleted}
	if c.At != "" {
		var err error
		if filter.At, err = time.Parse(time.RFC3339, c.At); err != nil {
			return fmt.Errorf("--at %q is not a time with a zone, such as 2026-11-24T17:00:00Z", c.At)
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
		row(w, "venID", "optID", "opt", "reason", "marketContext", "for", "resources", "others", "deviceClasses", "created", "cancelled", "replaced", "said in")
		for _, p := range page.Items {
			row(w, p.VENID, p.OptID, p.OptType, p.Reason, p.MarketContext, optFor(p), strings.Join(p.Resources, " "), others(p.Target), strings.Join(p.DeviceClasses, " "), at(&p.CreatedAt), at(p.CancelledAt), at(p.ReplacedAt), p.Message)
		}
		c.more(w, page.Next)
	})
}

// optFor is the event that an opt is for, or at most three of its periods.
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

// others lists what an opt is for besides resources.
func others(target *client.EITarget) string {
	if target == nil {
		return ""
	}
	rest := *target
	rest.Resources = nil
	return strings.Join(kindsAndNames(&rest), " ")
}

// opts is the opt of a whole VEN, followed by those of its resources, device classes
// and other parts that differ.
func opts(whole string, resources, deviceClasses map[string]string, parts []client.PartOpt) string {
	all := []string{whole}
	for _, kind := range []map[string]string{resources, deviceClasses} {
		for _, name := range slices.Sorted(maps.Keys(kind)) {
			all = append(all, name+":"+kind[name])
		}
	}
	for _, p := range parts {
		name := p.Name
		switch p.Kind {
		case "serviceArea", "serviceLocation":
			name = "(GML)"
		}
		if p.Kind != "resource" {
			name = p.Kind + ":" + name
		}
		if p.DeviceClass != "" {
			name += "(" + p.DeviceClass + ")"
		}
		all = append(all, name+":"+p.Opt)
	}
	return strings.Join(all, " ")
}

// schedule is what a VEN's schedules say about an event.
func schedule(s *client.ScheduleOpt) string {
	if s == nil {
		return ""
	}
	resources, deviceClasses := map[string]string{}, map[string]string{}
	for name, p := range s.Resources {
		if len(p.DeviceClasses) > 0 {
			name += "(" + strings.Join(p.DeviceClasses, " ") + ")"
		}
		resources[name] = p.Opt
	}
	for name, p := range s.DeviceClasses {
		deviceClasses[name] = p.Opt
	}
	return opts(s.Opt, resources, deviceClasses, s.Parts)
}
