package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
	"github.com/vtn-xmpp/vtn-xmpp/ven/fleet"
)

// story prints what happens in a fleet, one line each.
type story struct {
	mu   sync.Mutex
	out  io.Writer
	json bool
	// What was printed last, so that only changes are printed.
	last, troubles string
	// advice is what to do about each kind of trouble.
	advice map[fleet.TroubleKind]string
}

// happening is one line of JSON.
type happening struct {
	Time               time.Time   `json:"time"`
	What               string      `json:"what"` // see simulateCommand.Help
	JID                string      `json:"jid,omitempty"`
	VEN                string      `json:"ven,omitempty"` // its name, over HTTP
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

// trouble is why some VENs are not connected and registered.
type trouble struct {
	Kind   fleet.TroubleKind `json:"kind"`
	VENs   int               `json:"vens"`
	Error  string            `json:"error"` // of one of them
	Advice string            `json:"advice"`
}

// xmppAdvice is what to do about each kind of trouble over XMPP.
var xmppAdvice = map[fleet.TroubleKind]string{
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

// httpAdvice is the same over HTTP.
var httpAdvice = map[fleet.TroubleKind]string{
	fleet.TroubleDNS:          "check the host in --url",
	fleet.TroubleNetwork:      "check that vtn-xmpp serve runs with VTN_HTTP_LISTEN, and that --url names its host and port",
	fleet.TroubleCertificate:  "the VTN needs a certificate of an authority that --ca FILE trusts, for the host in --url; --vtn-fingerprint does without the host",
	fleet.TroubleLogin:        "check that the VENs' certificates are of an authority in VTN_HTTP_CLIENT_CA_FILE and have not expired, and what VTN_HTTP_TLS allows; to 403, vtn-xmpp ven add --certificate FILE enters the certificate, or --sign",
	fleet.TroubleVTN:          "check that --url is the VTN's, and its log",
	fleet.TroubleRegistration: "see VTN_REGISTRATION; with known, vtn-xmpp ven add --certificate FILE makes the VEN's entry",
	fleet.TroubleOther:        "the VTN's log may tell more",
}

func (s *story) troublesOf(p fleet.Progress) []trouble {
	var all []trouble
	for _, t := range p.Troubles {
		all = append(all, trouble{t.Kind, t.VENs, t.Err.Error(), s.advice[t.Kind]})
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
	_ = json.NewEncoder(s.out).Encode(h) // the reader has gone
}

func (s *story) registered(a fleet.Account, r ven.Registration) {
	s.tell(happening{What: "registered", JID: a.JID, VEN: nameOf(a), VENID: r.VENID})
}

func (s *story) event(a fleet.Account, e ven.Event) { s.tell(happeningOf("event", a, e)) }

func (s *story) answer(a fleet.Account, e ven.Event) { s.tell(happeningOf("answer", a, e)) }

func (s *story) update(a fleet.Account, m *oadr.UpdateReport) {
	h := happening{What: "update", JID: a.JID, VEN: nameOf(a), VENID: m.VENID}
	for _, r := range m.Reports {
		h.ReportRequestIDs = append(h.ReportRequestIDs, r.ReportRequestID)
	}
	s.tell(h)
}

func (s *story) schedule(a fleet.Account, o ven.Schedule) {
	s.tell(happening{What: "schedule", JID: a.JID, VEN: nameOf(a), OptID: o.OptID})
}

func (s *story) fault(a fleet.Account, f fleet.Fault) {
	s.tell(happening{What: "error", JID: a.JID, VEN: nameOf(a), Error: string(f)})
}

// nameOf is the name of a VEN over HTTP.
func nameOf(a fleet.Account) string {
	if a.JID != "" {
		return ""
	}
	return a.Name
}

func happeningOf(what string, a fleet.Account, e ven.Event) happening {
	d := e.Descriptor
	return happening{What: what, JID: a.JID, VEN: nameOf(a), EventID: d.EventID, ModificationNumber: &d.ModificationNumber, Status: d.Status, Opt: e.OptType}
}

func (s *story) progress(p fleet.Progress) { s.sum("progress", "", p) }

func (s *story) end(p fleet.Progress) { s.sum("end", "the end: ", p) }

// sum prints how far the fleet is and what its trouble is. For people it prints only what
// has changed.
func (s *story) sum(what, prefix string, p fleet.Progress) {
	s.tell(happening{What: what, Progress: &progressed{
		p.Elapsed.Seconds(), p.VENs, p.Connected, p.Registered, p.Failed, p.Events, p.Opts, p.OptOuts, p.Updates, p.Values, p.Schedules, p.Faults,
		s.troublesOf(p),
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
	for _, t := range s.troublesOf(p) {
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
