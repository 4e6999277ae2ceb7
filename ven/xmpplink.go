package ven

import (
	"context"
	"fmt"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// xmppLink is a session as a [link].
type xmppLink struct {
	*session
	over *overXMPP
}

func (l *xmppLink) done() <-chan struct{} { return l.ended }
func (l *xmppLink) why() error            { return l.cause }

func (l *xmppLink) request(ctx context.Context, service string, payload []byte) (reply, error) {
	to, err := l.over.addressOf(service)
	if err != nil {
		return reply{}, err
	}
	answer, err := l.session.request(ctx, l.over.cfg.Stanza, to, payload)
	if err != nil {
		return reply{}, err
	}
	inside, _ := answer.payload()
	if inside != nil {
		l.over.tellOf(answer)
	}
	return reply{inside, answer.received}, nil
}

// tell sends an oadrResponse in a message, which gets no answer. In an IQ it is a request
// as any other.
func (l *xmppLink) tell(ctx context.Context, service string, payload []byte) (sent bool, err error) {
	if l.over.cfg.Stanza == IQ {
		return false, nil
	}
	to, err := l.over.addressOf(service)
	if err != nil {
		return false, err
	}
	return true, l.send(ctx, message(l.over.cfg.Stanza, to, newID(), payload))
}

// addressOf is the JID of one of the VTN's services.
func (x *overXMPP) addressOf(service string) (string, error) {
	to := x.Services().of(service).String()
	if to == "" {
		return "", fmt.Errorf("the VTN has no %s service", service)
	}
	return to, nil
}

// tellOf tells the VEN's program of a stanza with a payload.
func (x *overXMPP) tellOf(s *stanza) {
	if x.cfg.OnStanza != nil {
		x.cfg.OnStanza(s.raw)
	}
}

// stanzaBack answers in the kind of stanza that the request came in.
type stanzaBack struct {
	over    *overXMPP
	session *session
	stanza  *stanza
}

func (b stanzaBack) result(m oadr.Message, request oadr.Form) {
	switch {
	case b.over.simple(): // a VEN of 2.0a never sends a result (rule A5)
	case m == nil:
		b.session.reply(b.stanza.result(nil))
	default:
		b.session.reply(b.stanza.result(b.over.encodeAnswer(m, request)))
	}
}

func (b stanzaBack) fail(errorType, condition string) {
	b.session.reply(b.stanza.fail(errorType, condition))
}
