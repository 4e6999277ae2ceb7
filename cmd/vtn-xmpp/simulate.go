package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/ven"
	"github.com/vtn-xmpp/vtn-xmpp/ven/fleet"
)

// simulateCommand runs many VENs at once.
type simulateCommand struct {
	Transport string `group:"Transport" enum:"xmpp,http-pull,http-push" default:"xmpp" help:"How the VENs speak with the VTN: xmpp, http-pull (they poll) or http-push (the VTN pushes over HTTP); default: xmpp."`
	Profile   string `group:"Transport" enum:"2.0b,2.0a" default:"2.0b" help:"OpenADR profile that the VENs speak: 2.0b or 2.0a; default: 2.0b."`
	Sign      bool   `group:"Transport" help:"The VENs sign what they send, with --cert or --certificates."`

	JID          string `group:"Accounts" name:"jid" placeholder:"ven%d@DOMAIN" help:"Pattern of the accounts; %d is the number of the VEN."`
	Count        int    `group:"Accounts" default:"10" help:"How many VENs, with --jid or --cert."`
	First        int    `group:"Accounts" default:"1" help:"Number of the first VEN, with --jid or --cert."`
	PasswordFile string `group:"Accounts" placeholder:"FILE" help:"File with the password of all accounts, with --jid."`
	Cert         string `group:"Accounts" name:"cert" placeholder:"FILE" help:"Certificate to log in with, with --jid or over HTTP; %d is the number of the VEN. Over XMPP its common name is the account's."`
	Key          string `group:"Accounts" name:"key" placeholder:"FILE" help:"Key of the certificate, if it is not in the same file; %d as in --cert."`
	Accounts     string `group:"Accounts" placeholder:"FILE" help:"List of accounts, each on a line: a JID, a blank and its password."`

	Certificates string `group:"Accounts" placeholder:"FOLDER" help:"Over HTTP: one VEN for each certificate in the folder, NAME.crt with NAME.key; vtn-….crt are left out. certificates/make-test-ca makes such a folder."`
	VENID        string `group:"Accounts" name:"ven-id" placeholder:"ven-%d" help:"venID that the VENs ask for; %d is the number of the VEN. With --profile 2.0a it is needed, since the VENs do not register; over HTTP the default there is the certificate's NAME."`

	Server string `group:"Servers" placeholder:"HOST:PORT" help:"The XMPP server; default: what DNS says for the accounts' domain."`
	CA     string `group:"Servers" name:"ca" placeholder:"FILE" help:"Certificates (PEM) to trust instead of the system's."`
	VTN    string `group:"Servers" name:"vtn" placeholder:"JID" help:"The VTN; default: service discovery finds it."`

	URL string `group:"Servers" name:"url" placeholder:"URL" help:"The VTN over HTTP: https://HOST:PORT/ and its prefix, if it has one."`

	VTNFingerprint []string `group:"Servers" name:"vtn-fingerprint" sep:"none" placeholder:"FINGERPRINT" help:"Take only this certificate for the VTN's, over HTTP whatever its host name, and with --sign only what it signed. May be repeated."`

	Listen string        `group:"Behaviour" default:"127.0.0.1:0" placeholder:"HOST:PORT" help:"Where VENs take pushes, with http-push; port 0: each VEN takes a free one. The VTN is told this host; default: ${default}."`
	Poll   time.Duration `group:"Behaviour" default:"0s" help:"Time between polls, with http-pull; 0s: what the VTN asks for."`

	Rate   float64       `group:"Behaviour" default:"50" help:"Logins per second."`
	OptOut float64       `group:"Behaviour" default:"0" placeholder:"SHARE" help:"Share of the VENs that opt out, from 0 to 1."`
	Delay  time.Duration `group:"Behaviour" default:"0s" help:"Time from an event's arrival to its answer."`

	OptSchedule float64       `group:"Behaviour" default:"0" placeholder:"SHARE" help:"Share of the VENs that send an opt-out schedule when they have registered, from 0 to 1."`
	ScheduleIn  time.Duration `group:"Behaviour" name:"opt-schedule-in" default:"0s" help:"Time from then to the beginning of the schedule."`
	ScheduleFor time.Duration `group:"Behaviour" name:"opt-schedule-for" default:"1h" help:"How long the schedule lasts; 0s: it is open ended."`
	Errors      float64       `group:"Behaviour" default:"0" placeholder:"SHARE" help:"Share of the VENs that make errors, from 0 to 1."`
	ErrorKind   []string      `group:"Behaviour" placeholder:"KIND" help:"Which errors, given to the VENs in turn: silent, error, refuse and, with --report-every, wrong-id, repeat; default: all that apply. May be repeated."`

	Root     string        `group:"Behaviour" name:"payload-root" placeholder:"ROOT" help:"Root element of the payloads the VENs send: oadrPayload (default), oadrSignedObject or message."`
	Stanza   string        `group:"Behaviour" placeholder:"KIND" help:"Stanza that carries them: iq (default), message (the payload as its child) or body (the payload as text)."`
	Reports  time.Duration `group:"Behaviour" name:"report-every" default:"0s" help:"Offer reports of loads that can be read this often; 0s: no reports. The VENs send them when the VTN requests them."`
	Points   int           `group:"Behaviour" default:"1" help:"Loads per VEN, with --report-every."`
	Seed     uint64        `group:"Behaviour" default:"1" help:"Seed of the values reported: the same seed, the same values."`
	Duration time.Duration `group:"Behaviour" default:"0s" help:"End after this time; 0s: never."`
	Events   int64         `group:"Behaviour" default:"0" help:"End when so many events have arrived and been answered, summed over all VENs; 0: never."`
	Every    time.Duration `group:"Behaviour" default:"1s" help:"How often to print progress."`
}

func (*simulateCommand) Help() string {
	return `If VENs cannot connect or register, the reasons are printed by kind, each with the number of VENs and what
to do. A VEN that is refused, or whose server's name or certificate is wrong, is given up; the others
try again.

With -o json each line is a JSON object that says what happened: registered, schedule, event, answer,
update, error, progress or end.

--opt-out, --opt-schedule and --errors always choose the same VENs; of ten with 0.1 they are the last,
the first and the fifth. A VEN answers events as if it had no schedule; "event show" shows both. A
schedule stays with the VTN after the run, until a later run replaces it. The errors are:

  silent     the VEN answers nothing that the VTN sends
  error      it answers with a stanza error, or over HTTP with 503: try again later; who polls answers nothing
  refuse     it refuses events: 460, signal not supported
  wrong-id   its reports are for requests that the VTN never made
  repeat     it sends reports twice

Over HTTP a VEN is who its certificate says: the VTN's operator enters that with "ven add --certificate".
VENs of 2.0a do not register; the operator enters them too. For VENs that take pushes on this machine,
serve needs VTN_HTTP_PUSH_PRIVATE.

Examples:

  vtn-xmpp simulate --jid ven%d@example.org --count 10 --password-file password --opt-out 0.1
  vtn-xmpp simulate --jid ven%d@example.org --count 10 --cert ven%d.crt --key ven%d.key
  vtn-xmpp simulate --jid ven%d@example.org --password-file password --stanza body --payload-root message
  vtn-xmpp simulate --jid ven%d@example.org --password-file password --report-every 1m --points 3
  vtn-xmpp simulate --jid ven%d@example.org --password-file password --opt-schedule 0.3 --opt-schedule-in 30m --opt-schedule-for 2h
  vtn-xmpp simulate --jid ven%d@example.org --password-file password --errors 0.2 --error-kind silent --error-kind refuse
  vtn-xmpp simulate --transport http-pull --url https://localhost:8443/ --certificates test-ca --ca test-ca/vtn-ca.pem
  vtn-xmpp simulate --transport http-push --url https://localhost:8443/ --certificates test-ca --ca test-ca/vtn-ca.pem --sign
  vtn-xmpp simulate --transport http-pull --url https://localhost:8443/ --cert ven%d.crt --key ven%d.key --count 3 --ca vtn-ca.pem --poll 2s
  vtn-xmpp simulate --transport http-pull --url https://localhost:8443/ --certificates test-ca --ca test-ca/vtn-ca.pem --profile 2.0a
  vtn-xmpp simulate --accounts accounts.txt --server 127.0.0.1:5222 --ca cert.crt --duration 1m`
}

func (c *simulateCommand) Run(ctx context.Context, o output) error {
	options, err := c.options()
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	story := &story{out: os.Stdout, json: o == "json", advice: xmppAdvice}
	if options.HTTP != nil {
		story.advice = httpAdvice
	}
	options.OnRegistered = story.registered
	options.OnEvent = story.event
	options.OnAnswer = story.answer
	options.OnUpdate = story.update
	options.OnSchedule = story.schedule
	options.OnFault = story.fault
	options.OnProgress = story.progress
	end, err := fleet.Run(ctx, options)
	story.end(end)
	return err
}

func (c *simulateCommand) options() (fleet.Options, error) {
	o := fleet.Options{
		Server:      c.Server,
		VTN:         c.VTN,
		PingAfter:   time.Minute,
		ConnectRate: c.Rate,
		OptOut:      c.OptOut,
		Delay:       c.Delay,
		OptSchedule: c.OptSchedule,
		ScheduleIn:  c.ScheduleIn,
		ScheduleFor: c.ScheduleFor,
		Errors:      c.Errors,
		ReportEvery: c.Reports,
		Points:      c.Points,
		Seed:        c.Seed,
		Duration:    c.Duration,
		Events:      c.Events,
		Every:       c.Every,
	}
	var err error
	if err := c.setTransport(&o); err != nil {
		return o, err
	}
	if o.Accounts, err = c.accounts(); err != nil {
		return o, err
	}
	if c.VENID != "" {
		if err := fleet.VENIDs(o.Accounts, c.First, c.VENID); err != nil {
			return o, fmt.Errorf("--ven-id: %w", err)
		}
	}
	if o.Form, err = c.form(); err != nil {
		return o, err
	}
	if o.Stanza, err = ven.ParseStanza(c.Stanza); err != nil {
		return o, fmt.Errorf("--stanza: %w", err)
	}
	if err := c.setErrors(&o); err != nil {
		return o, err
	}
	if c.OptSchedule == 0 && (c.ScheduleIn != 0 || c.ScheduleFor != time.Hour) {
		return o, errors.New("--opt-schedule-in and --opt-schedule-for need --opt-schedule, the share of the VENs that opt out by schedule")
	}
	o.TLS, err = c.trust()
	return o, err
}

func (c *simulateCommand) setErrors(o *fleet.Options) error {
	for _, kind := range c.ErrorKind {
		fault, err := fleet.ParseFault(kind)
		if err != nil {
			return fmt.Errorf("--error-kind: %w", err)
		}
		o.Faults = append(o.Faults, fault)
	}
	if len(c.ErrorKind) > 0 && c.Errors == 0 {
		return errors.New("--error-kind needs --errors, the share of the VENs that make errors")
	}
	return nil
}

// trust is the TLS that --ca asks for; nil: the system's.
func (c *simulateCommand) trust() (*tls.Config, error) {
	if c.CA == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(c.CA)
	if err != nil {
		return nil, fmt.Errorf("--ca: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("--ca: %s holds no certificate in PEM", c.CA)
	}
	return &tls.Config{RootCAs: roots}, nil
}

func (c *simulateCommand) accounts() ([]fleet.Account, error) {
	if c.overHTTP() {
		return c.httpAccounts()
	}
	switch {
	case c.Certificates != "":
		return nil, errors.New("--certificates needs --transport http-pull or http-push; over XMPP give --jid and --cert")
	case c.Accounts != "" && c.JID != "":
		return nil, errors.New("give --accounts or --jid, not both")
	case c.Accounts != "":
		list, err := readText(c.Accounts)
		if err != nil {
			return nil, fmt.Errorf("--accounts: %w", err)
		}
		return fleet.ReadAccounts(bytes.NewReader(list))
	case c.JID == "" || c.PasswordFile == "" && c.Cert == "":
		return nil, errors.New("give --jid and --password-file or --cert, or --accounts")
	case c.Key != "" && c.Cert == "":
		return nil, errors.New("--key needs --cert, the certificate that it belongs to")
	case c.Count < 1:
		return nil, fmt.Errorf("--count %d is not at least 1", c.Count)
	}
	password, err := c.password()
	if err != nil {
		return nil, err
	}
	accounts, err := fleet.Pattern(c.JID, c.First, c.Count, password)
	if err == nil && c.Cert != "" {
		err = fleet.Certificates(accounts, c.First, c.Cert, c.Key)
	}
	return accounts, err
}

func (c *simulateCommand) password() (string, error) {
	if c.PasswordFile == "" {
		return "", nil
	}
	password, err := readText(c.PasswordFile)
	if err != nil {
		return "", fmt.Errorf("--password-file: %w", err)
	}
	return strings.TrimRight(string(password), "\r\n"), nil
}
