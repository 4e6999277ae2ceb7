package main

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
)

type eventCommands struct {
	Create  eventCreate  `cmd:"" help:"Create an event from JSON or from flags."`
	List    eventList    `cmd:"" help:"List events, newest first."`
	Show    eventShow    `cmd:"" help:"Show an event and its state with each of its VENs."`
	Watch   eventWatch   `cmd:"" help:"Watch an event reach its VENs."`
	History eventHistory `cmd:"" help:"Show what happened to an event, oldest first."`
	Modify  eventModify  `cmd:"" help:"Change an event."`
	Extend  eventExtend  `cmd:"" help:"Make an event last longer."`
	Cancel  eventCancel  `cmd:"" help:"Cancel an event."`
}

type eventCreate struct {
	connection
	File string `arg:"" optional:"" help:"File with the event's JSON, - for the standard input; otherwise flags describe the event."`

	starting
	dryRun
	ID            string   `group:"The event" placeholder:"ID" help:"eventID; if left out, the VTN makes one."`
	MarketContext string   `group:"The event" placeholder:"URI" help:"Market context of the program."`
	Duration      string   `group:"The event" placeholder:"PT1H" help:"How long it lasts; PT0S is open ended."`
	Simple        *uint8   `group:"The event" placeholder:"LEVEL" help:"Level of the SIMPLE signal, 0 to 3."`
	Priority      uint32   `group:"The event" placeholder:"N" help:"1 is the highest priority, 0 is none."`
	Notification  string   `group:"The event" placeholder:"PT10M" help:"How long before the start VENs should know of the event."`
	Test          bool     `group:"The event" help:"Mark it as a test event."`
	Comment       string   `group:"The event" placeholder:"TEXT" help:"Comment for people."`
	AllowOverlap  bool     `group:"The event" name:"overlap" aliases:"allow-overlap" help:"Allow it to overlap another event of its market context for a VEN. A cancelled event counts until the VEN has acknowledged the cancellation."`
	All           bool     `group:"Its VENs" help:"All VENs."`
	VEN           []string `group:"Its VENs" name:"ven" sep:"none" placeholder:"VENID" help:"One VEN. May be repeated, like the flags below."`
	Group         []string `group:"Its VENs" sep:"none" placeholder:"GROUP" help:"The VENs of a group."`
	Resource      []string `group:"Its VENs" sep:"none" placeholder:"RESOURCE" help:"The VENs with a resource."`
	Party         []string `group:"Its VENs" sep:"none" placeholder:"PARTY" help:"The VENs of a party."`
}

func (*eventCreate) Help() string {
	return `Examples:

  vtn-xmpp event create event.json
  vtn-xmpp event create event.json --start "friday 17:00" --dry-run
  vtn-xmpp event create --market-context http://example.org/dr --start now --duration PT1H --simple 2 --group north
  vtn-xmpp event create --market-context http://example.org/dr --start "tomorrow 17:00" --zone Europe/Berlin --duration PT1H --simple 1 --all`
}

func (c *eventCreate) Run(ctx context.Context, s *settings, o output) error {
	spec, err := c.spec()
	if err != nil {
		return err
	}
	api, err := c.open(s)
	if err != nil {
		return err
	}
	if c.DryRun {
		p, err := api.PreviewEvent(ctx, spec)
		if err != nil {
			return err
		}
		c.show(o, &p.Event)
		return printPreview(o, p)
	}
	e, err := api.CreateEvent(ctx, spec)
	if err != nil {
		return err
	}
	warn(e.Warnings)
	c.show(o, e)
	return printEvent(o, e)
}

// startingSpec is a [client.EventSpec] that may start now.
type startingSpec struct {
	client.EventSpec
	Start string `json:"start"`
}

func (c *eventCreate) spec() (any, error) {
	if c.File != "" {
		if only := (eventCreate{connection: c.connection, File: c.File, starting: c.starting, dryRun: c.dryRun}); !reflect.DeepEqual(*c, only) {
			return nil, errors.New("give a FILE or flags, not both; only --dry-run goes with a FILE, and --start and --zone, if it has no start")
		}
		raw, err := readJSON(c.File)
		if err != nil {
			return nil, err
		}
		return c.into(raw, time.Now())
	}
	if c.MarketContext == "" || c.Duration == "" || c.Simple == nil {
		return nil, errors.New("give a FILE, or at least --market-context, --start, --duration and --simple")
	}
	start, err := c.read(time.Now())
	if err != nil {
		return nil, err
	}
	overlap := "refuse"
	if c.AllowOverlap {
		overlap = "allow"
	}
	return startingSpec{client.EventSpec{
		EventID:       c.ID,
		Overlap:       overlap,
		MarketContext: c.MarketContext,
		Priority:      c.Priority,
		Duration:      c.Duration,
		Notification:  c.Notification,
		TestEvent:     c.Test,
		Comment:       c.Comment,
		Signals: []client.Signal{{Name: "SIMPLE", Type: "level", Intervals: []client.Interval{
			{Duration: c.Duration, Value: float64(*c.Simple)},
		}}},
		Targets: client.Targets{All: c.All, VENIDs: c.VEN, Groups: c.Group, Resources: c.Resource, Parties: c.Party},
	}, start}, nil
}

// listing says which page of a list to print.
type listing struct {
	Limit  int    `placeholder:"100" help:"The most items to print, up to 1000."`
	Cursor string `placeholder:"CURSOR" help:"Continue where an earlier list ended."`
}

func (l *listing) more(w *tabwriter.Writer, next string) {
	if next != "" {
		between := " "
		if strings.HasPrefix(next, "-") { // which would be a flag
			between = "="
		}
		fmt.Fprintf(w, "… more with --cursor%s%s\n", between, quoted(next))
	}
}

type eventList struct {
	connection
	listing
}

func (*eventList) Help() string {
	return `Examples:

  vtn-xmpp event list
  vtn-xmpp event list --limit 1000 -o json`
}

func (c *eventList) Run(ctx context.Context, s *settings, o output) error {
	api, err := c.open(s)
	if err != nil {
		return err
	}
	page, err := api.ListEvents(ctx, c.Cursor, c.Limit)
	if err != nil {
		return err
	}
	return o.print(page, func(w *tabwriter.Writer) {
		eventHead(w)
		for i := range page.Items {
			eventRow(w, &page.Items[i])
		}
		c.more(w, page.Next)
	})
}

type eventShow struct {
	connection
	ID                 string `arg:"" help:"eventID."`
	OptedOutBySchedule bool   `help:"Only VENs whose schedules opt out of the event as a whole."`
}

func (*eventShow) Help() string {
	return `Examples:

  vtn-xmpp event show ev-1
  vtn-xmpp event show ev-1 --opted-out-by-schedule`
}

func (c *eventShow) Run(ctx context.Context, s *settings, o output) error {
	api, err := c.open(s)
	if err != nil {
		return err
	}
	e, err := api.GetEvent(ctx, c.ID)
	if err != nil {
		return err
	}
	list := api.EventVENs
	if c.OptedOutBySchedule {
		list = api.EventVENsOptedOutBySchedule
	}
	vens, err := list(ctx, c.ID)
	if err != nil {
		return err
	}
	if vens == nil {
		vens = []client.EventVEN{}
	}
	both := struct {
		Event *client.Event     `json:"event"`
		VENs  []client.EventVEN `json:"vens"`
	}{e, vens}
	return o.print(both, func(w *tabwriter.Writer) {
		eventHead(w)
		eventRow(w, e)
		fmt.Fprintln(w)
		row(w, "venID", "delivery", "modification", "sent", "acknowledged", "opt", "schedule", "attempts", "code", "why not")
		for _, v := range vens {
			held := ""
			if v.ModificationNumber != nil {
				held = fmt.Sprint(*v.ModificationNumber)
				if *v.ModificationNumber != v.Current {
					held = fmt.Sprintf("%d of %d", *v.ModificationNumber, v.Current)
				}
			}
			row(w, v.VENID, v.Delivery, held, at(v.SentAt), at(v.AcknowledgedAt), opts(v.Opt, v.ResourceOpts, v.DeviceClassOpts, v.PartOpts), schedule(v.ScheduleOpt), v.Attempts, unlessZero(v.ResponseCode), v.Reason)
		}
	})
}

type eventModify struct {
	connection
	dryRun
	ID string `arg:"" help:"eventID."`
	changes
}

func (*eventModify) Help() string {
	return `What has begun or passed cannot be changed: the start of an active event, which signals it has, intervals that have passed and the value of the
running interval. The end, from now on, future intervals, targets, priority and comment can be changed. A completed or cancelled event cannot be
changed at all.

Examples:

  vtn-xmpp event modify ev-1 --set comment="starts later" --set start="$(date -ud '2 hours' +%FT%TZ)"
  vtn-xmpp event modify ev-1 --set start=now
  vtn-xmpp event modify ev-1 patch.json`
}

func (c *eventModify) Run(ctx context.Context, s *settings, o output) error {
	patch, err := c.patch()
	if err != nil {
		return err
	}
	api, err := c.open(s)
	if err != nil {
		return err
	}
	if c.DryRun {
		return previewChange(ctx, api, o, c.ID, patch)
	}
	e, err := api.PatchEvent(ctx, c.ID, patch)
	if err != nil {
		return err
	}
	warn(e.Warnings)
	return printEvent(o, e)
}

type eventExtend struct {
	connection
	ID string `arg:"" help:"eventID."`
	By string `required:"" placeholder:"PT30M" help:"How much longer it will last."`
}

func (*eventExtend) Help() string {
	return `The last interval of each signal becomes longer, even if it is running. A completed, cancelled or open-ended event cannot be extended.

Example:

  vtn-xmpp event extend ev-1 --by PT30M`
}

func (c *eventExtend) Run(ctx context.Context, s *settings, o output) error {
	api, err := c.open(s)
	if err != nil {
		return err
	}
	e, err := api.ExtendEvent(ctx, c.ID, c.By)
	if err != nil {
		return err
	}
	warn(e.Warnings)
	return printEvent(o, e)
}

type eventCancel struct {
	connection
	dryRun
	ID string `arg:"" help:"eventID."`
}

func (*eventCancel) Help() string {
	return `VENs get the event again with the status cancelled. A completed event cannot be cancelled.

Example:

  vtn-xmpp event cancel ev-1`
}

func (c *eventCancel) Run(ctx context.Context, s *settings, o output) error {
	api, err := c.open(s)
	if err != nil {
		return err
	}
	if c.DryRun {
		return previewChange(ctx, api, o, c.ID, struct{}{})
	}
	e, err := api.CancelEvent(ctx, c.ID)
	if err != nil {
		return err
	}
	return printEvent(o, e)
}

func printEvent(o output, e *client.Event) error {
	return o.print(e, func(w *tabwriter.Writer) {
		eventHead(w)
		eventRow(w, e)
	})
}

func eventHead(w *tabwriter.Writer) {
	row(w, "eventID", "status", "modification", "start", "duration", "marketContext", "signals", "targets")
}

func eventRow(w *tabwriter.Writer, e *client.Event) {
	var signals []string
	for _, s := range e.Signals {
		signals = append(signals, s.Name)
	}
	row(w, e.EventID, e.Status, e.ModificationNumber, at(&e.Start), e.Duration, e.MarketContext, strings.Join(signals, " "), targets(e.Targets))
}

// targets lists whom an event is for, at most five targets.
func targets(t client.Targets) string {
	var parts []string
	if t.All {
		parts = append(parts, "all")
	}
	for _, of := range []struct {
		name   string
		values []string
	}{{"ven", t.VENIDs}, {"group", t.Groups}, {"resource", t.Resources}, {"party", t.Parties}, {"marketContext", t.MarketContexts}} {
		for _, v := range of.values {
			parts = append(parts, of.name+":"+v)
		}
	}
	if more := len(parts) - 5; more > 0 {
		parts = append(parts[:5], fmt.Sprintf("and %d more", more))
	}
	return strings.Join(parts, " ")
}
