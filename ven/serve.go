package ven

import (
	"bytes"
	"encoding/xml"
	"errors"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// feature is what an OpenADR entity announces (X3).
const feature = "http://openadr.org/openadr2"

// maxJobs is how many requests of the VTN may wait for their turn.
const maxJobs = 64

// server serves the requests that reach the VEN.
type server struct {
	*node
	registration *registrationClient
	events       *eventClient
	reports      *reportClient
	handler      Handler     // of the VTN's requests
	jobs         chan func() // those requests, in the order they came
}

// run handles the VTN's requests one after another, until the VEN is closed.
func (srv *server) run() {
	for {
		select {
		case job := <-srv.jobs:
			job()
		case <-srv.life.Done():
			return
		}
	}
}

// serve takes each stanza that is no answer. The session's reader calls it, so it must
// not wait: what takes time becomes a job. Every get and set gets an answer (X6).
func (srv *server) serve(s *session, r *stanza) {
	switch {
	case r.name.Local == "message":
		srv.message(s, r)
	case !r.isRequest(): // presence is not for a VEN
	case len(r.children) != 1:
		s.reply(r.fail("modify", "bad-request"))
	case r.kind == "get":
		s.reply(about(r))
	case !isOpenADR(r.children[0].name):
		s.reply(r.fail("cancel", "service-unavailable"))
	case !srv.trusts(r.from):
		srv.cfg.Log.Warn("refused an OpenADR request that is not from the VTN", "from", r.from)
		s.reply(r.fail("auth", "forbidden"))
	default:
		srv.enqueue(s, r, func() { srv.requested(s, r) })
	}
}

// message takes a message that answers none of the VEN's requests. It ignores those
// without a payload of the VTN.
func (srv *server) message(s *session, r *stanza) {
	payload, _ := r.payload()
	switch {
	case payload == nil || r.kind == "error":
	case !srv.trusts(r.from):
		srv.cfg.Log.Warn("ignored a message that is not from the VTN", "from", r.from)
	default:
		srv.enqueue(s, r, func() { srv.requested(s, r) })
	}
}

func isOpenADR(n xml.Name) bool { return n.Space == oadr.NS }

// about answers what anybody may ask: who the VEN is (XEP-0030, XEP-0092) and whether
// it is there (XEP-0199).
func about(r *stanza) []byte {
	var q struct {
		Node string `xml:"node,attr"`
	}
	c := r.children[0]
	if err := xml.Unmarshal(c.raw, &q); err != nil {
		return r.fail("modify", "bad-request")
	}
	switch c.name {
	case xml.Name{Space: nsPing, Local: "ping"}:
		return r.result(nil)
	case xml.Name{Space: nsVersion, Local: "query"}:
		return r.result([]byte(`<query xmlns='` + nsVersion + `'><name>vtn-xmpp reference VEN</name><version>1</version></query>`))
	case xml.Name{Space: nsInfo, Local: "query"}, xml.Name{Space: nsItems, Local: "query"}:
		if q.Node != "" {
			return r.fail("cancel", "item-not-found")
		}
		return r.result(disco(c.name.Space))
	}
	return r.fail("cancel", "service-unavailable")
}

// disco is the content of the answer to a query in one of XEP-0030's namespaces.
func disco(space string) []byte {
	var b bytes.Buffer
	b.WriteString(`<query xmlns='` + space + `'>`)
	if space == nsInfo {
		b.WriteString(`<identity category='client' type='bot' name='OpenADR VEN'/>`)
		for _, f := range []string{feature, nsInfo, nsItems, nsPing, nsVersion} {
			b.WriteString(`<feature var='` + f + `'/>`)
		}
	}
	b.WriteString(`</query>`)
	return b.Bytes()
}

// trusts reports whether a sender is the VTN: one of its service JIDs, or another
// address of their domain, since a component owns its whole domain. If that is the
// domain of the VEN's own server only the service JIDs count, since it has other
// accounts.
func (srv *server) trusts(from string) bool {
	sender, err := asSent(from)
	if err != nil {
		return false
	}
	for _, service := range srv.Services().all() {
		if sender.Bare().Equal(service.Bare()) {
			return true
		}
		if sender.Domain().Equal(service.Domain()) && !sender.Domain().Equal(srv.names.domain) {
			return true
		}
	}
	return false
}

// enqueue queues a request of the VTN. If too many wait already, the VEN asks the VTN
// to try again later.
func (srv *server) enqueue(s *session, r *stanza, job func()) {
	select {
	case srv.jobs <- job:
	default:
		s.reply(r.fail("wait", "resource-constraint"))
	}
}

// requested decodes and answers one OpenADR request of the VTN.
func (srv *server) requested(s *session, r *stanza) {
	raw, kind := r.payload()
	srv.tellOf(r, raw)
	p, err := oadr.Decode(raw, oadr.DefaultLimits)
	if err != nil {
		srv.cfg.Log.Warn("the VTN sent a payload that cannot be read", "error", err)
		if kind == IQ { // a message need not be a request
			s.reply(r.fail(unreadable(err)))
		}
		return
	}
	w := responder{srv.node, srv.events, s, r}
	log := srv.cfg.Log.With("venID", srv.VENID(), "requestID", p.Message.Request())
	log.Debug("request from the VTN", "kind", p.Message.Kind())
	if p.Invalid != nil {
		log.Warn("the VTN sent an invalid message", "error", p.Invalid)
		srv.respond(w, p.Message, p.Invalid.Code, p.Invalid.Error())
		return
	}
	if kind != IQ && !isRequest(p.Message) {
		return // an answer for which nobody waits any more
	}
	srv.handler(w, Request{p.Message, r.received})
}

// isRequest reports whether a VTN sends the message as a request to a VEN.
func isRequest(m oadr.Message) bool {
	switch m.(type) {
	case *oadr.DistributeEvent, *oadr.CancelPartyRegistration, *oadr.RequestReregistration,
		*oadr.RegisterReport, *oadr.CreateReport, *oadr.CancelReport, *oadr.UpdateReport:
		return true
	}
	return false
}

// handle is the VEN's own [Handler].
func (srv *server) handle(w Responder, r Request) {
	switch m := r.Message.(type) {
	case *oadr.DistributeEvent:
		srv.events.pushed(w, r, m)
	case *oadr.CancelPartyRegistration:
		srv.registration.canceled(w, m)
	case *oadr.RequestReregistration:
		srv.respond(w, m, oadr.CodeOK, "OK")
		srv.registration.reregister()
	case *oadr.RegisterReport:
		srv.reports.registerReport(w, m)
	case *oadr.CreateReport:
		srv.reports.createReport(w, r, m)
	case *oadr.CancelReport:
		srv.reports.cancelReport(w, m)
	case *oadr.UpdateReport:
		srv.respond(w, m, oadr.CodeInvalidID, "no such reportRequestID")
	default:
		srv.respond(w, m, oadr.CodeNotRecognized, "not a request for a VEN")
	}
}

// unreadable is the stanza error for a payload that holds no message (G5).
func unreadable(err error) (kind, condition string) {
	switch {
	case errors.Is(err, oadr.ErrTooLarge), errors.Is(err, oadr.ErrTooDeep):
		return "modify", "policy-violation"
	case errors.Is(err, oadr.ErrNotOpenADR):
		return "cancel", "service-unavailable"
	}
	return "modify", "bad-request"
}
