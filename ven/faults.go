package ven

import (
	"context"
	"reflect"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// Faults make a VEN misbehave as the VENs of a certification do. They are there
// to test a VTN with, and nothing else. Each is asked for each message, so that
// it can come and go; one that is nil changes nothing.
type Faults struct {
	// RequestID gives the requestID of a request from the VEN's own: real VENs
	// send constants (rule G6).
	RequestID func(own string) string
	// VENID gives the venID of requests and answers from the VEN's own, such as
	// one in the wrong case (rule G2).
	VENID func(own string) string
	// ReportRequestID gives the reportRequestID of an oadrUpdateReport from the
	// one it answers (rule R5).
	ReportRequestID func(asked string) string
	// Repeat is how many times an oadrUpdateReport is sent once more (rule G6).
	Repeat func(*oadr.UpdateReport) int
	// Answer is how a request of the VTN is answered. What is answered by Empty
	// or OptOnly is answered by a request of the VEN's own afterwards. Pushes of
	// events have [Config.Reply] instead.
	Answer func(request oadr.Message) Reply
}

// outgoing is a message as a VEN with faults sends it.
func (f *Faults) outgoing(m oadr.Message) oadr.Message {
	if f.RequestID != nil {
		m = changed(m, "RequestID", f.RequestID)
	}
	if f.VENID != nil {
		m = changed(m, "VENID", f.VENID)
	}
	if u, ok := m.(*oadr.UpdateReport); ok && f.ReportRequestID != nil {
		c := *u
		c.Reports = append([]oadr.Report(nil), u.Reports...)
		for i := range c.Reports {
			c.Reports[i].ReportRequestID = f.ReportRequestID(c.Reports[i].ReportRequestID)
		}
		m = &c
	}
	return m
}

// changed is a message with another text in one of its own fields; one that has
// no such field stays as it is.
func changed(m oadr.Message, field string, change func(string) string) oadr.Message {
	old := reflect.ValueOf(m).Elem()
	if text := old.FieldByName(field); !text.IsValid() || text.Kind() != reflect.String {
		return m
	}
	c := reflect.New(old.Type())
	c.Elem().Set(old)
	text := c.Elem().FieldByName(field)
	text.SetString(change(text.String()))
	return c.Interface().(oadr.Message)
}

// repeat sends an update again, as often as it is to be.
func (v *VEN) repeat(ctx context.Context, m *oadr.UpdateReport) {
	if v.cfg.Faults.Repeat == nil {
		return
	}
	for range v.cfg.Faults.Repeat(m) {
		_, _, _ = v.send(ctx, m)
	}
}

// misbehaves answers a request of the VTN as one that is not taken, if it is
// to. The answer to one that is taken may still be odd; see [VEN.answerWith].
func (v *VEN) misbehaves(s *session, r *stanza, m oadr.Message) bool {
	if v.cfg.Faults.Answer == nil || m.Kind() == oadr.KindDistributeEvent {
		return false
	}
	r.reply = v.cfg.Faults.Answer(m)
	if r.reply.takes() {
		return false
	}
	code := r.reply.Code
	if code == 0 {
		code = oadr.CodeOK
	}
	v.respond(s, r, m, code, "not taken")
	return true
}

// answerOddly answers as r.reply says.
func (v *VEN) answerOddly(s *session, r *stanza, m oadr.Message) {
	answer := r.result(v.encode(m))
	switch r.reply.How {
	case Ignore, OptOnly:
		answer = nil
	case Empty:
		answer = r.result(nil)
	case Fail:
		answer = r.fail(r.reply.Type, r.reply.Condition)
	}
	switch {
	case answer == nil:
	case r.reply.After > 0:
		time.AfterFunc(r.reply.After, func() { s.reply(answer) })
	default:
		s.reply(answer)
	}
	if r.reply.How == Empty || r.reply.How == OptOnly {
		v.alive.Go(func() { _, _ = v.Send(v.life, m) })
	}
}
