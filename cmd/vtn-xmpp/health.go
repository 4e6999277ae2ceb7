package main

import (
	"context"
	"errors"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
)

type healthCommand struct {
	connection
	Timeout time.Duration `default:"5s" help:"How long to wait for the answer."`
}

func (*healthCommand) Help() string {
	return `The VTN is ready if its process runs, it has a connection to the XMPP server, and it can write to its store.

Examples:

  vtn-xmpp health
  vtn-xmpp health --api-url http://127.0.0.1:8080 --timeout 1s`
}

func (c *healthCommand) Run(ctx context.Context, s *settings, o output) error {
	api, err := c.open(s)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	health, err := api.Ready(ctx)
	if err != nil {
		return err
	}
	err = o.print(health, func(w *tabwriter.Writer) {
		for _, p := range health.Parts {
			row(w, p.Name, p.Ready, strings.TrimSpace(p.Reason+" "+p.Note))
		}
	})
	if err != nil || health.Ready {
		return err
	}
	return errors.New("not ready: " + strings.Join(broken(health), "; "))
}

// broken lists the reasons why a VTN is not ready.
func broken(h *client.Readiness) (reasons []string) {
	for _, p := range h.Parts {
		if !p.Ready {
			reasons = append(reasons, p.Name+" "+p.Reason)
		}
	}
	return reasons
}
