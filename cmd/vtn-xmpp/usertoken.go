package main

import (
	"context"
	"fmt"
	"os"
	"text/tabwriter"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
)

type userTokens struct {
	Add    tokenAdd    `cmd:"" help:"Make a token and print it."`
	List   tokenList   `cmd:"" help:"List a user's sessions and tokens."`
	Delete tokenDelete `cmd:"" help:"End a session or token."`
}

type tokenAdd struct {
	connection
	Name         string `arg:"" help:"The user's name."`
	Label        string `required:"" help:"What the token is for."`
	Role         string `placeholder:"ROLE" help:"The most that it may do: viewer, operator or administrator; by default what the user may."`
	Duration     string `placeholder:"DURATION" help:"How long it lasts, such as P90D; by default it does not end."`
	PasswordFile string `placeholder:"FILE" help:"File with the user's password, - for the standard input: signs in with it, in place of a token."`
}

func (*tokenAdd) Help() string {
	return `The token is printed once and cannot be shown again. Users make tokens for themselves, administrators for everybody.
The first one is made with the user's password.

Examples:

  vtn-xmpp user token add ada --label "ada's shell" --password-file ada.password > ada.token
  vtn-xmpp user token add settlement --label "nightly export" --role viewer --duration P90D > settlement.token`
}

func (c *tokenAdd) Run(ctx context.Context, s *settings, o output) error {
	api, err := c.open(s)
	if err != nil {
		return err
	}
	if c.PasswordFile != "" {
		password, err := readPassword(c.PasswordFile)
		if err != nil {
			return err
		}
		if _, err := api.SignIn(ctx, client.Credentials{Name: c.Name, Password: password}); err != nil {
			return err
		}
	}
	t, err := api.AddToken(ctx, c.Name, client.TokenSpec{Label: c.Label, Role: c.Role, Duration: c.Duration})
	if err != nil {
		return err
	}
	if o == "json" {
		return o.print(t, nil)
	}
	_, err = fmt.Fprintln(os.Stdout, t.Token) // nothing else, so that it can go to a file
	return err
}

type tokenList struct {
	connection
	Name string `arg:"" help:"The user's name."`
}

func (*tokenList) Help() string {
	return `Example:

  vtn-xmpp user token list ada`
}

func (c *tokenList) Run(ctx context.Context, s *settings, o output) error {
	api, err := c.open(s)
	if err != nil {
		return err
	}
	page, err := api.ListKeys(ctx, c.Name)
	if err != nil {
		return err
	}
	return o.print(page, func(w *tabwriter.Writer) { keyTable(w, page.Items) })
}

type tokenDelete struct {
	connection
	Name string `arg:"" help:"The user's name."`
	ID   string `arg:"" help:"ID of the session or token, as \"user token list\" shows it."`
}

func (*tokenDelete) Help() string {
	return `Example:

  vtn-xmpp user token delete ada 4vzq7x2k9abc`
}

func (c *tokenDelete) Run(ctx context.Context, s *settings, o output) error {
	api, err := c.open(s)
	if err != nil {
		return err
	}
	return api.DeleteKey(ctx, c.Name, c.ID)
}

func keyTable(w *tabwriter.Writer, keys []client.Key) {
	row(w, "ID", "kind", "label", "role", "created", "used", "ends")
	for _, k := range keys {
		row(w, k.ID, k.Kind, k.Label, k.Role, at(&k.CreatedAt), at(k.UsedAt), at(k.ExpiresAt))
	}
}
