package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
)

type streamCommand struct {
	connection
	Kinds []string `placeholder:"KIND" enum:"event,ven,registration,delivery,opt,report,error,alarm" help:"Only these kinds: ${enum}."`
	Event string   `placeholder:"EVENTID" help:"Only what concerns this event."`
	VEN   string   `name:"ven" placeholder:"VENID" help:"Only what concerns this VEN."`
	After *int64   `placeholder:"NO" help:"Begin after this entry; 0: with the oldest that is kept. By default it begins with what happens from now on."`
	Count int      `placeholder:"N" help:"End after so many entries."`
}

func (*streamCommand) Help() string {
	return `When the connection is lost it connects again and goes on where it was. With -o json each entry is a line of JSON.

Examples:

  vtn-xmpp stream --kinds delivery,opt --event evt-7
  vtn-xmpp -o json stream --after 0`
}

func (c *streamCommand) Run(ctx context.Context, s *settings, o output) error {
	api, err := c.open(s)
	if err != nil {
		return err
	}
	left := c.Count
	err = api.Stream(ctx, client.StreamFilter{Kinds: c.Kinds, EventID: c.Event, VENID: c.VEN, After: c.After}, func(m client.StreamMessage) error {
		switch {
		case m.Missed:
			fmt.Fprintf(os.Stderr, "vtn-xmpp: warning: entries up to %d are no longer kept; it goes on after them\n", m.Position)
			return nil
		case m.Entry == nil:
			return nil
		}
		if err := o.entry(m.Entry); err != nil {
			return err
		}
		if left--; left == 0 {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

// errEnough ends a stream.
var errEnough = errors.New("enough entries")

// entry prints an entry in one line.
func (o output) entry(e *client.JournalEntry) error {
	if o == "json" {
		return client.WriteJSON(os.Stdout, e)
	}
	w := tabwriter.NewWriter(os.Stdout, 12, 0, 2, ' ', 0)
	row(w, e.No, at(&e.At), string(e.Kind), e.What, e.VENID, e.EventID, entryDetails(e.Body))
	return w.Flush()
}

// entryDetails is what else is known of an entry.
func entryDetails(b client.JournalBody) string {
	var parts []string
	add := func(name string, value any) {
		if text := fmt.Sprint(value); text != "" && text != "0" {
			parts = append(parts, name+"="+text)
		}
	}
	if b.ModificationNumber != nil {
		parts = append(parts, fmt.Sprint("modificationNumber=", *b.ModificationNumber))
	}
	for _, other := range b.Events {
		add("also", other.EventID)
	}
	add("by", b.By)
	add("transport", b.Transport)
	add("profile", b.Profile)
	add("identity", b.Identity)
	add("message", b.Message)
	add("opt", b.Opt)
	add("optID", b.OptID)
	add("reportRequestID", b.ReportRequestID)
	add("values", b.Values)
	add("code", b.Code)
	add("error", b.Error)
	add("state", b.State)
	add("vens", b.Count)
	add("since", b.Since)
	return strings.Join(parts, " ")
}
