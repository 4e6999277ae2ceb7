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
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/transport/simplehttp"
)

type venCommands struct {
	Add     venAdd     `cmd:"" help:"Enter a VEN from JSON or from flags."`
	List    venList    `cmd:"" help:"List VENs by venID."`
	Show    venShow    `cmd:"" help:"Show a VEN."`
	Modify  venModify  `cmd:"" help:"Change a VEN."`
	Reports venReports `cmd:"" help:"List the reports that a VEN offers."`
	Delete  venDelete  `cmd:"" help:"Delete a VEN; its history is kept."`

	Cancel     venCancel     `cmd:"" help:"End a VEN's registration; this is pushed to the VEN until it answers."`
	Reregister venReregister `cmd:"" help:"Ask a VEN to register again."`
	Notices    venNotices    `cmd:"" help:"List notices to a VEN about its registration, newest first."`
}

type venAdd struct {
	connection
	File string `arg:"" optional:"" help:"File with the VEN's JSON, - for the standard input; otherwise flags describe the VEN."`

	ID   string   `group:"The VEN" placeholder:"VENID" help:"venID; if left out, the VTN makes one."`
	Name string   `group:"The VEN" placeholder:"NAME" help:"venName."`
	JID  []string `group:"The VEN" name:"jid" sep:"none" placeholder:"JID" help:"XMPP account that it may use. May be repeated, like the flags below."`
	fingerprintFlags
	Group         []string `group:"The VEN" sep:"none" placeholder:"GROUP" help:"Group that it belongs to."`
	Resource      []string `group:"The VEN" sep:"none" placeholder:"RESOURCE" help:"Resource that it has."`
	Party         []string `group:"The VEN" sep:"none" placeholder:"PARTY" help:"Party that it belongs to."`
	MarketContext []string `group:"The VEN" sep:"none" placeholder:"URI" help:"Market context that it takes part in."`
	Profile       string   `group:"The VEN" placeholder:"PROFILE" help:"2.0b, which is the default, or 2.0a; one of 2.0a does not register."`
	PushURL       string   `group:"The VEN" name:"push-url" placeholder:"URL" help:"Where a VEN of 2.0a is pushed to over simpleHttp; without it, the VEN polls. If the path is empty or ends in a slash, OpenADR2/Simple/EiEvent is appended."`
	PayloadRoot   string   `group:"The VEN" placeholder:"ROOT" help:"Root element of pushes: oadrPayload, oadrSignedObject or message; by default that of its last request."`
	Stanza        string   `group:"The VEN" placeholder:"KIND" help:"Stanza of pushes: iq, message (with the payload as an element) or body (as text); by default that of its last request."`
	Signatures    string   `group:"The VEN" placeholder:"MODE" help:"What its XML signatures count for: off, asked or required; by default VTN_SIGNATURES."`
}

func (*venAdd) Help() string {
	return `Examples:

  vtn-xmpp ven add --id ven-1 --jid ven1@example.org --group north
  vtn-xmpp ven add --id ven-2 --certificate ven2.crt
  vtn-xmpp ven add --id ven-3 --fingerprint 3B:2F:A0:11:5C:09:77:D4:E8:90
  vtn-xmpp ven add --id ven-4 --profile 2.0a --certificate ven4.crt --push-url https://ven4.example.org:8443/
  vtn-xmpp ven add ven.json`
}

func (c *venAdd) spec() (any, error) {
	spec := client.VENSpec{
		VENID: c.ID, VENName: c.Name, Profile: c.Profile, PushURL: c.PushURL, PayloadRoot: c.PayloadRoot, Stanza: c.Stanza, Signatures: c.Signatures,
		Groups: c.Group, Resources: c.Resource, Parties: c.Party, MarketContexts: c.MarketContext,
	}
	for _, jid := range c.JID {
		spec.Identities = append(spec.Identities, client.Identity{Transport: "xmpp", Identity: jid})
	}
	fingerprints, err := c.fingerprints()
	if err != nil {
		return nil, err
	}
	for _, f := range fingerprints {
		spec.Identities = append(spec.Identities, client.Identity{Transport: simplehttp.Name, Identity: f})
	}
	switch flags := !reflect.DeepEqual(spec, client.VENSpec{}); {
	case c.File != "" && flags:
		return nil, errors.New("give a FILE or flags, not both")
	case c.File != "":
		return readJSON(c.File)
	case !flags:
		return nil, errors.New("give a FILE, or flags such as --id, --jid and --certificate")
	}
	return spec, nil
}

func (c *venAdd) Run(ctx context.Context, s *settings, o output) error {
	spec, err := c.spec()
	if err != nil {
		return err
	}
	api, err := c.open(s)
	if err != nil {
		return err
	}
	v, err := api.AddVEN(ctx, spec)
	if err != nil {
		return err
	}
	return printVENs(o, v, *v)
}

type venList struct {
	connection
	listing
	Deleted bool `help:"Deleted VENs, too."`
}

func (*venList) Help() string {
	return `Examples:

  vtn-xmpp ven list
  vtn-xmpp ven list --limit 1000 -o json
  vtn-xmpp ven list --deleted`
}

func (c *venList) Run(ctx context.Context, s *settings, o output) error {
	api, err := c.open(s)
	if err != nil {
		return err
	}
	page, err := api.ListVENs(ctx, client.VENFilter{Deleted: c.Deleted}, c.Cursor, c.Limit)
	if err != nil {
		return err
	}
	return o.print(page, func(w *tabwriter.Writer) {
		venTable(w, page.Items)
		c.more(w, page.Next)
	})
}

type venShow struct {
	connection
	ID string `arg:"" help:"venID."`
}

func (*venShow) Help() string {
	return `Example:

  vtn-xmpp ven show ven-1`
}

func (c *venShow) Run(ctx context.Context, s *settings, o output) error {
	api, err := c.open(s)
	if err != nil {
		return err
	}
	v, err := api.GetVEN(ctx, c.ID)
	if err != nil {
		return err
	}
	return o.print(v, func(w *tabwriter.Writer) {
		venTable(w, []client.VEN{*v})
		if v.LastNotice != nil {
			row(w)
			noticeTable(w, []client.Notice{*v.LastNotice})
		}
		if len(v.EventsLeftOut) > 0 {
			row(w)
			row(w, "not sent, because its events are too many for one message:", strings.Join(v.EventsLeftOut, " "))
		}
	})
}

type venModify struct {
	connection
	ID string `arg:"" help:"venID."`
	changes
	certificateChanges
}

func (*venModify) Help() string {
	return `Examples:

  vtn-xmpp ven modify ven-1 --set 'groups=["north","hall"]'
  vtn-xmpp ven modify ven-1 --set stanza=body --set payloadRoot=message
  vtn-xmpp ven modify ven-1 --set 'identities=[{"identity":"new@example.org"}]'
  vtn-xmpp ven modify ven-2 --add-certificate ven2-next.crt
  vtn-xmpp ven modify ven-2 --remove-fingerprint 3B:2F:A0:11:5C:09:77:D4:E8:90
  vtn-xmpp ven modify ven-1 patch.json`
}

func (c *venModify) Run(ctx context.Context, s *settings, o output) error {
	api, err := c.open(s)
	if err != nil {
		return err
	}
	patch, err := c.merged(ctx, api)
	if err != nil {
		return err
	}
	v, err := api.PatchVEN(ctx, c.ID, patch)
	if err != nil {
		return err
	}
	warn(v.Warnings)
	return printVENs(o, v, *v)
}

type venDelete struct {
	connection
	ID string `arg:"" help:"venID."`
}

func (*venDelete) Help() string {
	return `If the VEN is registered, its registration is cancelled, and that is pushed to it until it answers. With
VTN_REGISTRATION=known it can no longer register by itself. Its accounts and its venID can be entered again.

Its history is kept: its events and what it answered to them, its opts and its report data, each for VTN_RETENTION
after its own end. "ven list --deleted" lists the VEN until then. If its venID is entered again, the deleted VEN is
called "VENID (deleted NUMBER)". "ven cancel" only ends its registration.

Example:

  vtn-xmpp ven delete ven-1`
}

func (c *venDelete) Run(ctx context.Context, s *settings, o output) error {
	api, err := c.open(s)
	if err != nil {
		return err
	}
	d, err := api.DeleteVEN(ctx, c.ID)
	if err != nil {
		return err
	}
	return o.print(d, func(w *tabwriter.Writer) {
		fmt.Fprintf(w, "%s was deleted at %s\n", d.VENID, at(&d.DeletedAt))
		switch n := d.Notice; {
		case n == nil:
			fmt.Fprintln(w, "It was not registered, so nothing is pushed to it.")
		case n.EndedAt == nil:
			fmt.Fprintf(w, "The end of its registration is pushed to it; \"ven notices %s\" shows whether it has answered.\n", d.VENID)
		default:
			fmt.Fprintf(w, "Its registration had ended: %s at %s.\n", n.Outcome, at(n.EndedAt))
		}
		fmt.Fprintf(w, "Kept, each until %s after its own end: %d events with their history, %d opts, %d report requests with their data.\n",
			lasting(d.KeptFor), d.Kept.Events, d.Kept.Opts, d.Kept.ReportRequests)
	})
}

// lasting writes a duration from the API, whole days as such.
func lasting(duration string) string {
	d, err := oadr.ParseDuration(duration)
	if days := d / (24 * time.Hour); err == nil && days > 1 && d%(24*time.Hour) == 0 {
		return fmt.Sprintf("%d days", days)
	}
	return duration
}

func printVENs(o output, v any, vens ...client.VEN) error {
	return o.print(v, func(w *tabwriter.Writer) { venTable(w, vens) })
}

func venTable(w *tabwriter.Writer, vens []client.VEN) {
	row(w, "venID", "name", "profile", "identities", "registered", "presence", "last seen", "notice", "deleted", "groups", "resources", "parties", "marketContexts")
	for _, v := range vens {
		var identities []string
		for _, id := range v.Identities {
			identities = append(identities, id.Transport+":"+id.Identity)
		}
		registered := ""
		if v.Registration != nil {
			registered = at(&v.Registration.RegisteredAt)
		}
		notice := ""
		if n := v.LastNotice; n != nil {
			notice = n.Kind + ":" + n.Outcome
		}
		row(w, v.VENID, v.VENName, v.Profile, strings.Join(identities, " "), registered, v.Presence, at(v.LastSeen), notice, at(v.DeletedAt),
			strings.Join(v.Groups, " "), strings.Join(v.Resources, " "), strings.Join(v.Parties, " "), strings.Join(v.MarketContexts, " "))
	}
}
