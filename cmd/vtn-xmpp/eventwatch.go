package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
)

type eventWatch struct {
	connection
	ID      string        `arg:"" help:"eventID."`
	Timeout time.Duration `placeholder:"DURATION" help:"Give up after this time, such as 10m; by default it watches until the event is over."`
}

func (*eventWatch) Help() string {
	return `It ends when all VENs hold the event as it is now. The exit status is 1 if the time or the event is over before. On a terminal it shows a
bar, otherwise a line for each change; with -o json each line is the counts as JSON.

Example:

  vtn-xmpp event watch evt-7 --timeout 10m`
}

// watchEvery is how often counts are read at most: each time costs the VTN a look at all
// VENs of the event.
const watchEvery = 500 * time.Millisecond

func (c *eventWatch) Run(ctx context.Context, s *settings, o output) error {
	api, err := c.open(s)
	if err != nil {
		return err
	}
	if c.Timeout > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, c.Timeout)
		defer stop()
	}
	changed, ended := follow(ctx, api, c.ID)
	progress := &progress{output: o}
	defer progress.end()
	for {
		var err error
		select {
		case <-changed:
			err = c.look(ctx, api, progress)
		case err = <-ended:
		}
		switch {
		case errors.Is(err, errEnough):
			return nil
		case err != nil && ctx.Err() == context.DeadlineExceeded:
			return fmt.Errorf("after %s %s", c.Timeout, progress.lacking())
		case err != nil:
			return err
		}
		select {
		case <-time.After(watchEvery):
		case <-ctx.Done():
		}
	}
}

// look shows the counts. It returns errEnough if all VENs hold the event.
func (c *eventWatch) look(ctx context.Context, api *client.Client, p *progress) error {
	e, err := api.GetEvent(ctx, c.ID)
	if err != nil {
		return err
	}
	if err := p.show(e.VENs); err != nil {
		return err
	}
	switch {
	case e.VENs.Total == 0:
		return errors.New("the event reaches no VEN; \"vtn-xmpp event show\" has its targets")
	case p.lacks() == 0:
		return errEnough
	case e.Status == "completed":
		return fmt.Errorf("the event is over, and %s", p.lacking())
	}
	return nil
}

// follow says when something of an event changes, and at the start. ended has the error
// that ends it.
func follow(ctx context.Context, api *client.Client, eventID string) (changed <-chan struct{}, ended <-chan error) {
	wake, failed := make(chan struct{}, 1), make(chan error, 1)
	go func() {
		failed <- api.Stream(ctx, client.StreamFilter{EventID: eventID}, func(client.StreamMessage) error {
			select {
			case wake <- struct{}{}:
			default:
			}
			return nil
		})
	}()
	return wake, failed
}

// progress shows the counts of an event's VENs as they change.
type progress struct {
	output output
	counts client.Counts
	line   string // the last one
}

func (p *progress) lacks() int { return p.counts.Total - p.counts.Delivery["acknowledged"] }

// lacking says how many VENs do not hold the event.
func (p *progress) lacking() string {
	return fmt.Sprintf("%d of %d VENs do not hold it; \"vtn-xmpp event show\" says why", p.lacks(), p.counts.Total)
}

func (p *progress) show(counts *client.Counts) error {
	p.counts = *counts
	line := p.text()
	if line == p.line {
		return nil
	}
	p.line = line
	switch {
	case p.output == "json":
		return client.WriteJSON(os.Stdout, counts)
	case isTerminal(os.Stdout):
		fmt.Printf("\r\033[K%s %s", p.bar(), line)
	default:
		fmt.Println(line)
	}
	return nil
}

// text is the counts in words; those that are 0 are left out.
func (p *progress) text() string {
	held := p.counts.Delivery["acknowledged"]
	parts := []string{fmt.Sprintf("%d of %d VENs hold it", held, p.counts.Total)}
	for _, of := range []struct {
		counts map[string]int
		names  []string
	}{{p.counts.Delivery, []string{"sent", "pending", "unreachable", "refused"}}, {p.counts.Opt, []string{"optIn", "optOut"}}} {
		for _, name := range of.names {
			if n := of.counts[name]; n > 0 {
				parts = append(parts, fmt.Sprint(n, " ", name))
			}
		}
	}
	return strings.Join(parts, ", ")
}

// bar is how many of the VENs hold the event, drawn.
func (p *progress) bar() string {
	const width = 30
	done := width * p.counts.Delivery["acknowledged"] / max(p.counts.Total, 1)
	return "[" + strings.Repeat("#", done) + strings.Repeat(".", width-done) + "]"
}

// end leaves the bar's line.
func (p *progress) end() {
	if p.line != "" && p.output != "json" && isTerminal(os.Stdout) {
		fmt.Println()
	}
}
