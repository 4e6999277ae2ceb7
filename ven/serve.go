package ven

import (
	"errors"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// maxJobs is how many requests of the VTN may wait for their turn.
const maxJobs = 64

// server serves the requests of the VTN, on whatever way they come.
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

// enqueue queues a request of the VTN, unless too many wait already.
func (srv *server) enqueue(job func()) bool {
	select {
	case srv.jobs <- job:
		return true
	default:
		return false
	}
}

// requested decodes and answers one OpenADR request of the VTN.
func (srv *server) requested(in inbound) {
	p, err := srv.decode(in.payload)
	if err != nil {
		srv.cfg.Log.Warn("the VTN sent a payload that cannot be read", srv.who, "error", err)
		if !in.loose {
			in.back.fail(unreadable(err))
		}
		return
	}
	srv.serveMessage(p, in)
}

// serveMessage answers a request that is decoded.
func (srv *server) serveMessage(p *oadr.Payload, in inbound) {
	w := responder{srv.events, in.back, p.Form}
	log := srv.cfg.Log.With("venID", srv.VENID(), "requestID", p.Message.Request())
	log.Debug("request from the VTN", "kind", p.Message.Kind())
	if p.Invalid != nil {
		log.Warn("the VTN sent an invalid message", "error", p.Invalid)
		srv.respond(w, p.Message, p.Invalid.Code, p.Invalid.Error())
		return
	}
	if in.loose && !isRequest(p.Message) {
		return // an answer for which nobody waits any more
	}
	srv.handler(w, Request{p.Message, in.received})
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
	case errors.Is(err, errNotSigned):
		return "auth", "not-authorized"
	case errors.Is(err, oadr.ErrTooLarge), errors.Is(err, oadr.ErrTooDeep):
		return "modify", "policy-violation"
	case errors.Is(err, oadr.ErrNotOpenADR):
		return "cancel", "service-unavailable"
	}
	return "modify", "bad-request"
}
