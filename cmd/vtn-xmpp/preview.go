package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
)

// dryRun is the flag of commands that can say whom they would reach.
type dryRun struct {
	DryRun bool `help:"Only say whom it would reach; nothing is stored, and nobody is told."`
}

// previewChange prints whom an event would reach after a change; an empty patch changes
// nothing.
func previewChange(ctx context.Context, api *client.Client, o output, eventID string, patch any) error {
	p, err := api.PreviewChange(ctx, eventID, patch)
	if err != nil {
		return err
	}
	return printPreview(o, p)
}

func printPreview(o output, p *client.EventPreview) error {
	warn(p.Event.Warnings)
	return o.print(p, func(w *tabwriter.Writer) {
		eventHead(w)
		eventRow(w, &p.Event)
		fmt.Fprintln(w)
		r := p.Reach
		row(w, "it is for", fmt.Sprint(r.VENs, " VENs"))
		row(w, "registered", counts(r.Transports))
		row(w, "presence", counts(r.Presences))
		row(w, "unreachable", r.Unreachable)
		row(w, "not registered", r.NotRegistered)
		row(w, "cannot be told", fmt.Sprint(r.Unsaid, " (2.0a)"))
		row(w, "opted out", strings.TrimSpace(fmt.Sprint(r.OptedOut, " by schedule ", strings.Join(r.FirstOptedOut, " "))))
		row(w, "payload", fmt.Sprintf("%d of %d bytes at most", r.Bytes, r.MaxBytes))
	})
}

// counts writes counts by name, without those that are 0.
func counts(of map[string]int) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(of)) {
		if of[name] > 0 {
			parts = append(parts, fmt.Sprint(of[name], " ", name))
		}
	}
	if parts == nil {
		return "0"
	}
	return strings.Join(parts, ", ")
}
