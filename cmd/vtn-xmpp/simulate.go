package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
	"github.com/vtn-xmpp/vtn-xmpp/ven/fleet"
)

type simulateCommand struct {
	JID          string `group:"Accounts" name:"jid" placeholder:"ven%d@DOMAIN" help:"Accounts by pattern, %d being the number."`
	Count        int    `group:"Accounts" default:"10" help:"How many VENs, with --jid."`
	First        int    `group:"Accounts" default:"1" help:"Number of the first, with --jid."`
	PasswordFile string `group:"Accounts" placeholder:"FILE" help:"File with the password of all of them, with --jid."`
	Cert         string `group:"Accounts" name:"cert" placeholder:"FILE" help:"Certificate to log in by, with --jid; %d in it is the number. Its common name is the account's."`
	Key          string `group:"Accounts" name:"key" placeholder:"FILE" help:"Its key, where that is not in the same file; %d as well."`
	Accounts     string `group:"Accounts" placeholder:"FILE" help:"Accounts by list: a JID and its password a line."`

	Server string `group:"Servers" placeholder:"HOST:PORT" help:"The XMPP server; without it what DNS says of the accounts' domain."`
	CA     string `group:"Servers" name:"ca" placeholder:"FILE" help:"Certificates (PEM) to trust instead of the system's."`
	VTN    string `group:"Servers" name:"vtn" placeholder:"JID" help:"The VTN; without it service discovery finds it."`

	Rate   float64       `group:"Behaviour" default:"50" help:"Logins per second."`
	OptOut float64       `group:"Behaviour" default:"0" placeholder:"SHARE" help:"Share of the VENs that opt out, from 0 to 1."`
	Delay  time.Duration `group:"Behaviour" default:"0s" help:"From an event's arrival to its answer."`

	OptSchedule float64       `group:"Behaviour" default:"0" placeholder:"SHARE" help:"Share of the VENs that opt out by schedule when they have registered, from 0 to 1."`
	ScheduleIn  time.Duration `group:"Behaviour" name:"opt-schedule-in" default:"0s" help:"From then to the schedule's begin."`
	ScheduleFor time.Duration `group:"Behaviour" name:"opt-schedule-for" default:"1h" help:"How long the schedule lasts; 0s: it is open ended."`
	Errors      float64       `group:"Behaviour" default:"0" placeholder:"SHARE" help:"Share of the VENs that make errors, from 0 to 1."`
	ErrorKind   []string      `group:"Behaviour" placeholder:"KIND" help:"Which errors, given out in turn; without it all that fit: silent, error, refuse and, in reports, wrong-id, repeat. May be repeated."`

	Root     string        `group:"Behaviour" name:"payload-root" placeholder:"ROOT" help:"Root of what is sent: oadrPayload, the default, oadrSignedObject or message."`
	Stanza   string        `group:"Behaviour" placeholder:"KIND" help:"Stanza it is sent in: iq, the default, message (the payload in it) or body (as text)."`
	Reports  time.Duration `group:"Behaviour" name:"report-every" default:"0s" help:"Offer reports of loads that can be read this often; 0s: none. They are sent when the VTN asks for them."`
	Points   int           `group:"Behaviour" default:"1" help:"Loads per VEN, with --report-every."`
	Seed     uint64        `group:"Behaviour" default:"1" help:"Of the values reported: the same seed, the same values."`
	Duration time.Duration `group:"Behaviour" default:"0s" help:"End after this time; 0s: never."`
	Events   int64         `group:"Behaviour" default:"0" help:"End when so many events have arrived and been answered, over all VENs; 0: never."`
	Every    time.Duration `group:"Behaviour" default:"1s" help:"How often to print progress."`
}

func (*simulateCommand) Help() string {
	return `What keeps VENs from being connected and registered is printed by kind, with how many it is and what to do. A VEN
that is refused, or whose server's name or certificate is wrong, is given up; others try again.

With -o json each happening is a line of JSON: registered, schedule, event, answer, update, error,
progress, end.

Which VENs --opt-out, --opt-schedule and --errors choose is always the same; of ten with 0.1 they are
the last, the first and the fifth. A VEN answers events as if it had no schedule; "event show" tells
both. A later run replaces the schedule of an earlier one, and until then it stands. Errors are:

  silent     what the VTN sends is not answered
  error      it is answered with a stanza error: try again later
  refuse     events are refused: 460, signal not supported
  wrong-id   reports are of requests that the VTN never made
  repeat     reports are sent twice

Examples:

  vtn-xmpp simulate --jid ven%d@example.org --count 10 --password-file password --opt-out 0.1
  vtn-xmpp simulate --jid ven%d@example.org --count 10 --cert ven%d.crt --key ven%d.key
  vtn-xmpp simulate --jid ven%d@example.org --password-file password --stanza body --payload-root message
  vtn-xmpp simulate --jid ven%d@example.org --password-file password --report-every 1m --points 3
  vtn-xmpp simulate --jid ven%d@example.org --password-file password --opt-schedule 0.3 --opt-schedule-in 30m --opt-schedule-for 2h
  vtn-xmpp simulate --jid ven%d@example.org --password-file password --errors 0.2 --error-kind silent --error-kind refuse
  vtn-xmpp simulate --accounts accounts.txt --server 127.0.0.1:5222 --ca cert.crt --duration 1m`
}

func (c *simulateCommand) Run(ctx context.Context, o output) error {
	options, err := c.options()
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	story := &story{out: os.Stdout, json: o == "json"}
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
	if o.Accounts, err = c.accounts(); err != nil {
		return o, err
	}
	if o.Form, err = oadr.ParseForm(c.Root); err != nil {
		return o, fmt.Errorf("--payload-root: %w", err)
	}
	if o.Stanza, err = ven.ParseStanza(c.Stanza); err != nil {
		return o, fmt.Errorf("--stanza: %w", err)
	}
	for _, kind := range c.ErrorKind {
		fault, err := fleet.ParseFault(kind)
		if err != nil {
			return o, fmt.Errorf("--error-kind: %w", err)
		}
		o.Faults = append(o.Faults, fault)
	}
	if len(c.ErrorKind) > 0 && c.Errors == 0 {
		return o, errors.New("--error-kind says which errors; give --errors, the share of the VENs that make them")
	}
	if c.OptSchedule == 0 && (c.ScheduleIn != 0 || c.ScheduleFor != time.Hour) {
		return o, errors.New("--opt-schedule-in and --opt-schedule-for say when VENs opt out; give --opt-schedule, the share of those that do")
	}
	if c.CA == "" {
		return o, nil
	}
	pem, err := os.ReadFile(c.CA)
	if err != nil {
		return o, fmt.Errorf("--ca: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return o, fmt.Errorf("--ca: %s holds no certificate in PEM", c.CA)
	}
	o.TLS = &tls.Config{RootCAs: roots}
	return o, nil
}

func (c *simulateCommand) accounts() ([]fleet.Account, error) {
	switch {
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
		return nil, errors.New("--key is the key of a certificate: give --cert, too")
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

// story tells what happens in a fleet, one line each.
type story struct {
	mu   sync.Mutex
	out  io.Writer
	json bool
	// What was printed last.
	last, troubles string
}

// happening is one line of JSON.
type happening struct {
	Time               time.Time   `json:"time"`
	What               string      `json:"what"` // see simulateCommand.Help
	JID                string      `json:"jid,omitempty"`
	VENID              string      `json:"venID,omitempty"`
	EventID            string      `json:"eventID,omitempty"`
	ModificationNumber *uint32     `json:"modificationNumber,omitempty"`
	Status             string      `json:"status,omitempty"`
	Opt                string      `json:"opt,omitempty"`
	OptID              string      `json:"optID,omitempty"`
	ReportRequestIDs   []string    `json:"reportRequestIDs,omitempty"`
	Error              string      `json:"error,omitempty"` // its kind
	Progress           *progressed `json:"progress,omitempty"`
}

type progressed struct {
	Seconds    float64   `json:"seconds"`
	VENs       int       `json:"vens"`
	Connected  int       `json:"connected"`
	Registered int       `json:"registered"`
	Failed     int       `json:"failed"`
	Events     int64     `json:"events"`
	Opts       int64     `json:"opts"`
	OptOuts    int64     `json:"optOuts"`
	Updates    int64     `json:"updates"`
	Values     int64     `json:"values"`
	Schedules  int64     `json:"schedules"`
	Errors     int64     `json:"errors"`
	Troubles   []trouble `json:"troubles,omitempty"`
}

// trouble is why VENs are not connected and registered.
type trouble struct {
	Kind   fleet.TroubleKind `json:"kind"`
	VENs   int               `json:"vens"`
	Error  string            `json:"error"` // of one of them
	Advice string            `json:"advice"`
}

// advice says what to do when a VEN fails at something.
var advice = map[fleet.TroubleKind]string{
	fleet.TroubleDNS:          "check the domain of the JIDs, or name the server: --server HOST:PORT",
	fleet.TroubleNetwork:      "check that the XMPP server runs and its port for clients, 5222, is open; --server HOST:PORT names another",
	fleet.TroubleCertificate:  "the server needs a certificate for the domain of the JIDs; one that is self-signed or of an authority of your own is trusted with --ca FILE",
	fleet.TroubleLogin:        "check the JID and the password; ejabberd/add-ven makes accounts. A certificate needs an account of its common name, and its authority in the server's c2s_cafile",
	fleet.TroubleShutOut:      "the server has had too many wrong passwords from this address; wait, or there: ejabberdctl unban_ip",
	fleet.TroubleDiscovery:    "check that vtn-xmpp serve runs and is connected (/readyz), and README's settings for mod_delegation; --vtn JID does without",
	fleet.TroubleVTN:          "check that vtn-xmpp serve runs and is connected (/readyz), and its VTN_XMPP_DOMAIN",
	fleet.TroubleRegistration: "see VTN_REGISTRATION and VTN_XMPP_ALLOW_DOMAINS; with known, vtn-xmpp ven add makes its entry",
	fleet.TroubleOther:        "the server's log may tell more",
}

func troublesOf(p fleet.Progress) []trouble {
	var all []trouble
	for _, t := range p.Troubles {
		all = append(all, trouble{t.Kind, t.VENs, t.Err.Error(), advice[t.Kind]})
	}
	return all
}

func (s *story) tell(h happening) {
	if !s.json {
		return
	}
	h.Time = time.Now().UTC()
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = json.NewEncoder(s.out).Encode(h) // nobody reads: nobody to tell
}

func (s *story) registered(a fleet.Account, r ven.Registration) {
	s.tell(happening{What: "registered", JID: a.JID, VENID: r.VENID})
}

func (s *story) event(a fleet.Account, e ven.Event) { s.tell(happeningOf("event", a, e)) }

func (s *story) answer(a fleet.Account, e ven.Event) { s.tell(happeningOf("answer", a, e)) }

func (s *story) update(a fleet.Account, m *oadr.UpdateReport) {
	h := happening{What: "update", JID: a.JID, VENID: m.VENID}
	for _, r := range m.Reports {
		h.ReportRequestIDs = append(h.ReportRequestIDs, r.ReportRequestID)
	}
	s.tell(h)
}

func (s *story) schedule(a fleet.Account, o ven.Schedule) {
	s.tell(happening{What: "schedule", JID: a.JID, OptID: o.OptID})
}

func (s *story) fault(a fleet.Account, f fleet.Fault) {
	s.tell(happening{What: "error", JID: a.JID, Error: string(f)})
}

func happeningOf(what string, a fleet.Account, e ven.Event) happening {
	d := e.Descriptor
	return happening{What: what, JID: a.JID, EventID: d.EventID, ModificationNumber: &d.ModificationNumber, Status: d.Status, Opt: e.OptType}
}

func (s *story) progress(p fleet.Progress) { s.sum("progress", "", p) }

func (s *story) end(p fleet.Progress) { s.sum("end", "the end: ", p) }

// sum prints how far the fleet is and what keeps it; for people only what has changed.
func (s *story) sum(what, prefix string, p fleet.Progress) {
	s.tell(happening{What: what, Progress: &progressed{
		p.Elapsed.Seconds(), p.VENs, p.Connected, p.Registered, p.Failed, p.Events, p.Opts, p.OptOuts, p.Updates, p.Values, p.Schedules, p.Faults,
		troublesOf(p),
	}})
	if s.json {
		return
	}
	line := fmt.Sprintf("%s%d of %d VENs connected, %d registered, %d given up; %d events, %d answers (%d optOut)",
		prefix, p.Connected, p.VENs, p.Registered, p.Failed, p.Events, p.Opts, p.OptOuts)
	if p.Updates > 0 {
		line += fmt.Sprintf("; %d reports of %d values", p.Updates, p.Values)
	}
	if p.Schedules > 0 {
		line += fmt.Sprintf("; %d opt schedules", p.Schedules)
	}
	if p.Faults > 0 {
		line += fmt.Sprintf("; %d errors made", p.Faults)
	}
	troubles := ""
	for _, t := range troublesOf(p) {
		troubles += fmt.Sprintf("         %d of them fail at %s: %s\n         %s\n", t.VENs, t.Kind, strings.ReplaceAll(t.Error, "\n", ": "), t.Advice)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if line != s.last {
		fmt.Fprintf(s.out, "%6.1fs  %s\n", p.Elapsed.Seconds(), line)
		s.last = line
	}
	if troubles != s.troubles {
		fmt.Fprint(s.out, troubles)
		s.troubles = troubles
	}
}
