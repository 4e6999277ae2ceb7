package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
)

type webhookCommands struct {
	Add    webhookAdd    `cmd:"" help:"Have a system of yours sent what happens."`
	List   webhookList   `cmd:"" help:"List webhooks."`
	Show   webhookShow   `cmd:"" help:"Show a webhook, and what became of what it was sent."`
	Modify webhookModify `cmd:"" help:"Change a webhook."`
	Delete webhookDelete `cmd:"" help:"Delete a webhook."`
	Test   webhookTest   `cmd:"" help:"Send a webhook a request without entries."`
	Resume webhookResume `cmd:"" help:"Have a webhook go on where it stopped."`
}

const webhookKinds = "event,ven,registration,delivery,opt,report,error,alarm"

type webhookAdd struct {
	connection
	URL         string   `arg:"" help:"https, or http to this machine."`
	ID          string   `placeholder:"WEBHOOKID" help:"If left out, the VTN makes one."`
	Kinds       []string `placeholder:"KIND" enum:"event,ven,registration,delivery,opt,report,error,alarm" help:"Only these kinds of entries: ${enum}."`
	Description string   `placeholder:"TEXT" help:"What it is for."`
	SecretFile  string   `placeholder:"FILE" help:"File with the secret that signs the requests; without it, the VTN makes one and prints it once."`
}

func (*webhookAdd) Help() string {
	return `Examples:

  vtn-xmpp webhook add https://dr.example.org/journal --kinds delivery,opt,alarm
  vtn-xmpp webhook add https://dr.example.org/journal --id settlement --secret-file hook-secret`
}

func (c *webhookAdd) Run(ctx context.Context, s *settings, o output) error {
	api, err := c.open(s)
	if err != nil {
		return err
	}
	spec := client.WebhookSpec{WebhookID: c.ID, URL: c.URL, Kinds: c.Kinds, Description: c.Description}
	if spec.Secret, err = secretFrom(c.SecretFile); err != nil {
		return err
	}
	w, err := api.CreateWebhook(ctx, spec)
	if err != nil {
		return err
	}
	if spec.Secret != "" {
		w.Secret = ""
	}
	return o.print(w, func(t *tabwriter.Writer) {
		row(t, "webhookID", w.WebhookID)
		if w.Secret != "" {
			row(t, "secret", w.Secret)
			fmt.Fprintln(t, "The secret is not shown again.")
		}
	})
}

// secretFrom reads a secret from a file; none if there is no file.
func secretFrom(file string) (string, error) {
	if file == "" {
		return "", nil
	}
	raw, err := readText(file)
	if err != nil {
		return "", fmt.Errorf("--secret-file: %w", err)
	}
	secret := strings.TrimRight(string(raw), "\r\n")
	if secret == "" {
		return "", fmt.Errorf("--secret-file: %s is empty", file)
	}
	return secret, nil
}

type webhookList struct {
	connection
	listing
}

func (*webhookList) Help() string {
	return `Example:

  vtn-xmpp webhook list`
}

func (c *webhookList) Run(ctx context.Context, s *settings, o output) error {
	api, err := c.open(s)
	if err != nil {
		return err
	}
	page, err := api.ListWebhooks(ctx, c.Cursor, c.Limit)
	if err != nil {
		return err
	}
	return o.print(page, func(t *tabwriter.Writer) {
		row(t, "webhookID", "state", "kinds", "sent", "failures", "error", "URL")
		for _, w := range page.Items {
			row(t, w.WebhookID, w.State, strings.Join(w.Kinds, ","), at(w.SentAt), unlessZero(w.Failures), w.Error, w.URL)
		}
		c.more(t, page.Next)
	})
}

type webhookShow struct {
	connection
	ID string `arg:"" help:"webhookID."`
}

func (*webhookShow) Help() string {
	return `Example:

  vtn-xmpp webhook show settlement`
}

func (c *webhookShow) Run(ctx context.Context, s *settings, o output) error {
	api, err := c.open(s)
	if err != nil {
		return err
	}
	w, err := api.Webhook(ctx, c.ID)
	if err != nil {
		return err
	}
	return o.webhook(w)
}

// webhook prints one webhook.
func (o output) webhook(w *client.Webhook) error {
	return o.print(w, func(t *tabwriter.Writer) {
		row(t, "webhookID", w.WebhookID)
		row(t, "URL", w.URL)
		row(t, "kinds", strings.Join(w.Kinds, ","))
		row(t, "description", w.Description)
		row(t, "state", w.State)
		row(t, "position", w.Position)
		row(t, "created", at(&w.CreatedAt)+" by "+w.CreatedBy)
		row(t, "last taken", at(w.SentAt))
		row(t, "failures", unlessZero(w.Failures))
		row(t, "failing since", at(w.FailingSince))
		row(t, "next attempt", at(w.NextAttempt))
		row(t, "error", w.Error)
	})
}

type webhookModify struct {
	connection
	ID          string    `arg:"" help:"webhookID."`
	URL         *string   `name:"url" placeholder:"URL" help:"Another URL."`
	Kinds       *[]string `placeholder:"KIND,…" help:"Only these kinds of entries; empty: all."`
	Description *string   `placeholder:"TEXT" help:"What it is for."`
	SecretFile  string    `placeholder:"FILE" help:"File with another secret."`
}

func (*webhookModify) Help() string {
	return `Kinds are ` + webhookKinds + `.

Example:

  vtn-xmpp webhook modify settlement --url https://dr.example.org/v2/journal --kinds delivery,opt`
}

func (c *webhookModify) Run(ctx context.Context, s *settings, o output) error {
	api, err := c.open(s)
	if err != nil {
		return err
	}
	patch := map[string]any{}
	if c.URL != nil {
		patch["url"] = *c.URL
	}
	if c.Kinds != nil {
		patch["kinds"] = *c.Kinds
	}
	if c.Description != nil {
		patch["description"] = *c.Description
	}
	secret, err := secretFrom(c.SecretFile)
	if err != nil {
		return err
	}
	if secret != "" {
		patch["secret"] = secret
	}
	if len(patch) == 0 {
		return errors.New("nothing is to be changed; give --url, --kinds, --description or --secret-file")
	}
	raw, err := json.Marshal(patch)
	if err != nil {
		return err
	}
	w, err := api.ModifyWebhook(ctx, c.ID, json.RawMessage(raw))
	if err != nil {
		return err
	}
	return o.webhook(w)
}

type webhookDelete struct {
	connection
	ID string `arg:"" help:"webhookID."`
}

func (*webhookDelete) Help() string {
	return `Example:

  vtn-xmpp webhook delete settlement`
}

func (c *webhookDelete) Run(ctx context.Context, s *settings, o output) error {
	api, err := c.open(s)
	if err != nil {
		return err
	}
	if err := api.DeleteWebhook(ctx, c.ID); err != nil {
		return err
	}
	return o.print(map[string]string{"webhookID": c.ID}, func(t *tabwriter.Writer) { fmt.Fprintf(t, "%s was deleted\n", c.ID) })
}

type webhookTest struct {
	connection
	ID string `arg:"" help:"webhookID."`
}

func (*webhookTest) Help() string {
	return `It says what went wrong, and its exit status is 1 then.

Example:

  vtn-xmpp webhook test settlement`
}

func (c *webhookTest) Run(ctx context.Context, s *settings, o output) error {
	api, err := c.open(s)
	if err != nil {
		return err
	}
	result, err := api.TestWebhook(ctx, c.ID)
	if err != nil {
		return err
	}
	if err := o.print(result, func(t *tabwriter.Writer) {
		if result.OK {
			fmt.Fprintf(t, "%s took it\n", c.ID)
		}
	}); err != nil {
		return err
	}
	if !result.OK {
		return fmt.Errorf("%s did not take it: %s", c.ID, result.Error)
	}
	return nil
}

type webhookResume struct {
	connection
	ID string `arg:"" help:"webhookID."`
}

func (*webhookResume) Help() string {
	return `It is sent everything that has happened since it stopped, as far as that is kept.

Example:

  vtn-xmpp webhook resume settlement`
}

func (c *webhookResume) Run(ctx context.Context, s *settings, o output) error {
	api, err := c.open(s)
	if err != nil {
		return err
	}
	w, err := api.ResumeWebhook(ctx, c.ID)
	if err != nil {
		return err
	}
	return o.webhook(w)
}
