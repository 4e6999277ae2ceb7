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

type reportData struct {
	connection
	ID        string   `arg:"" optional:"" help:"reportRequestID; or give --ven and --specifier."`
	VEN       string   `name:"ven" placeholder:"VENID" help:"Data of this VEN, whichever requests it was sent for; with --specifier."`
	Specifier string   `placeholder:"ID" help:"reportSpecifierID of the VEN's report."`
	Start     string   `placeholder:"TIME" help:"Intervals that begin at this time or later, such as 2026-11-24T17:00:00Z."`
	End       string   `placeholder:"TIME" help:"Intervals that begin before this time."`
	RID       []string `name:"rid" sep:"none" placeholder:"RID" help:"Only this data point. May be repeated."`
	CSV       bool     `name:"csv" help:"All values, as CSV."`
	All       bool     `help:"All values, instead of a page."`
	listing
}

func (*reportData) Help() string {
	return `Values are listed oldest first. In CSV, a text that begins like a formula has a ' before
it, so that no program takes a VEN's text for one. Numbers stand as they are.

Examples:

  vtn-xmpp report data rr-abc --start 2026-11-24T00:00:00Z --rid power
  vtn-xmpp report data rr-abc --csv > november.csv
  vtn-xmpp report data --ven ven-1 --specifier telemetry --all -o json`
}

func (c *reportData) Run(ctx context.Context, s *settings, o output) error {
	of := client.DataSource{ReportRequestID: c.ID, VENID: c.VEN, ReportSpecifierID: c.Specifier}
	filter, err := c.filter()
	if err != nil {
		return err
	}
	if c.CSV && o == "json" {
		return errors.New("give --csv or -o json, not both")
	}
	if (c.CSV || c.All) && (c.Cursor != "" || c.Limit != 0) {
		return errors.New("--limit and --cursor are for a page; --csv and --all print all values: leave out the former, and limit the time by --start and --end")
	}
	api, err := c.open(s)
	switch {
	case err != nil:
		return err
	case c.CSV:
		return api.DownloadReportData(ctx, of, filter, client.FormatCSV, os.Stdout)
	case c.All && o == "json":
		return api.DownloadReportData(ctx, of, filter, client.FormatJSON, os.Stdout)
	case c.All:
		return c.all(ctx, api, of, filter)
	}
	page, err := api.ReportData(ctx, of, filter, c.Cursor, c.Limit)
	if err != nil {
		return err
	}
	return o.print(page, func(w *tabwriter.Writer) {
		valueHead(w)
		valueRows(w, page.Items)
		c.more(w, page.Next)
	})
}

func (c *reportData) filter() (f client.DataFilter, err error) {
	if (c.ID == "") == (c.VEN == "") || (c.VEN == "") != (c.Specifier == "") {
		return f, errors.New("give the ID of a request, or --ven and --specifier")
	}
	f.RIDs = c.RID
	if f.Start, err = instant("--start", c.Start); err != nil {
		return f, err
	}
	f.End, err = instant("--end", c.End)
	return f, err
}

// all prints page by page, because all values may not fit memory.
func (c *reportData) all(ctx context.Context, api *client.Client, of client.DataSource, f client.DataFilter) error {
	w := newTable()
	valueHead(w)
	for cursor := ""; ; {
		page, err := api.ReportData(ctx, of, f, cursor, 1000)
		if err != nil {
			return err
		}
		valueRows(w, page.Items)
		if err := w.Flush(); err != nil {
			return err
		}
		if cursor = page.Next; cursor == "" {
			return nil
		}
	}
}

func valueHead(w *tabwriter.Writer) {
	row(w, "start", "duration", "rID", "value", "quality", "confidence", "accuracy", "received")
}

func valueRows(w *tabwriter.Writer, values []client.ReportValue) {
	for i := range values {
		v := &values[i]
		row(w, at(&v.Start), v.Duration, v.RID, valueText(v), v.Quality, optional(v.Confidence), optional(v.Accuracy), at(&v.ReceivedAt))
	}
}

// valueText is a value in one cell of a table.
func valueText(v *client.ReportValue) string {
	switch {
	case v.Value != nil:
		return fmt.Sprint(*v.Value)
	case v.Status != nil:
		return statusText(v.Status)
	case len(v.GreenButton) == 0:
		return "none"
	}
	return fmt.Sprintf("Green Button, %d bytes", len(strings.Join(v.GreenButton, "")))
}

func statusText(s *client.ResourceStatus) string {
	text := "offline"
	if s.Online {
		text = "online"
	}
	if s.ManualOverride {
		text += " override"
	}
	if l := s.LoadControlState; l != nil {
		for _, c := range []struct {
			name string
			of   *client.LoadControl
		}{{"capacity", l.Capacity}, {"level", l.LevelOffset}, {"percent", l.PercentOffset}, {"setpoint", l.SetPoint}} {
			if c.of != nil {
				text += fmt.Sprintf(" %s:%v", c.name, c.of.Current)
			}
		}
	}
	return text
}

// optional writes a value; nil is empty.
func optional[T any](v *T) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(*v)
}
