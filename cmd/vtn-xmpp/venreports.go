package main

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
)

type venReports struct {
	connection
	ID string `arg:"" help:"venID."`
}

func (*venReports) Help() string {
	return `One line for each data point that the VEN has registered.

Example:

  vtn-xmpp ven reports ven-1`
}

func (c *venReports) Run(ctx context.Context, s *settings, o output) error {
	api, err := c.open(s)
	if err != nil {
		return err
	}
	reports, err := api.VENReports(ctx, c.ID)
	if err != nil {
		return err
	}
	var none string
	if len(reports) == 0 && o != "json" {
		if none, err = c.none(ctx, api); err != nil {
			return err
		}
	}
	return o.print(client.Page[client.VENReport]{Items: reports}, func(w *tabwriter.Writer) {
		if len(reports) == 0 {
			fmt.Fprintln(w, none)
			return
		}
		row(w, "report", "name", "kept", "rID", "type", "reading", "unit", "read every", "of", "marketContext")
		for _, r := range reports {
			for _, p := range r.DataPoints {
				row(w, r.ReportSpecifierID, r.ReportName, orNothing(r.Duration), p.RID, p.ReportType, p.ReadingType, unitText(p.Unit), rateText(p.SamplingRate), ofText(p), p.MarketContext)
			}
		}
		fmt.Fprintf(w, "ask for one with: vtn-xmpp report request --ven %s --specifier REPORT\n", c.ID)
	})
}

// none says why there are no reports, and what to do.
func (c *venReports) none(ctx context.Context, api *client.Client) (string, error) {
	v, err := api.GetVEN(ctx, c.ID)
	switch {
	case err != nil:
		return "", err
	case v.Registration == nil:
		return c.ID + " is not registered; it registers its reports after it has registered itself: see \"registered\" in vtn-xmpp ven show " + c.ID, nil
	}
	return fmt.Sprintf("%s has registered no reports; ask it to: vtn-xmpp report request --ven %[1]s --specifier METADATA", c.ID), nil
}

func unitText(u *client.Unit) string {
	if u == nil {
		return ""
	}
	text := u.Type
	if u.Scale != "" && u.Scale != "none" {
		text += " " + u.Scale
	}
	return strings.TrimSpace(text + " " + u.Currency + u.Units)
}

func rateText(r *client.SamplingRate) string {
	if r == nil {
		return ""
	}
	text := r.MinPeriod + " to " + r.MaxPeriod
	if r.OnChange {
		text += ", on change"
	}
	return text
}

// ofText lists a few of the things that a data point is about.
func ofText(p client.DataPoint) string {
	var parts []string
	for _, t := range []*client.EITarget{p.DataSource, p.Subject} {
		parts = append(parts, namesOnly(t)...)
	}
	return few(parts)
}
