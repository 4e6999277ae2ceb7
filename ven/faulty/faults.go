// Package faulty makes VENs misbehave as those of a certification do, to test a
// VTN with.
package faulty

import (
	"context"
	"reflect"
	"slices"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
)

// Faults are what a VEN does wrong. Each function is called for each message, so
// that a fault can come and go; a nil one changes nothing.
type Faults struct {
	// RequestID returns the requestID of a request from the one the VEN made:
	// real VENs send constants (rule G6).
	RequestID func(made string) string
	// VENID returns the venID of requests and answers from the right one, such as
	// the same in the wrong case (rule G2).
	VENID func(right string) string
	// ReportRequestID returns the reportRequestID of an oadrUpdateReport from the
	// right one (rule R5).
	ReportRequestID func(right string) string
	// Repeat returns how many times an oadrUpdateReport is sent once more (rule G6).
	Repeat func(*oadr.UpdateReport) int
	// OnPush says how the VEN answers a push of events. Where events want an
	// answer, an oadrCreatedEvent follows by itself.
	OnPush func(*oadr.DistributeEvent) Reply
	// OnRequest says how the VEN answers any other request of the VTN. After Empty
	// and OptOnly the answer follows as a separate one.
	OnRequest func(oadr.Message) Reply
}

// Apply makes the VENs of a Config misbehave. Faults that were applied before see
// each request first; where they leave it alone it goes on to these.
func (f Faults) Apply(c *ven.Config) {
	handler, sender := c.WrapHandler, c.WrapSender
	c.WrapHandler = func(v *ven.VEN, next ven.Handler) ven.Handler {
		faulty := f.handler(v, next)
		if handler != nil {
			return handler(v, faulty)
		}
		return faulty
	}
	c.WrapSender = func(next ven.Sender) ven.Sender {
		faulty := f.sender(next)
		if sender != nil {
			return sender(faulty)
		}
		return faulty
	}
}

func (f Faults) sender(next ven.Sender) ven.Sender {
	return func(ctx context.Context, m oadr.Message) (ven.Answer, error) {
		answer, err := next(ctx, f.outgoing(m))
		if u, ok := m.(*oadr.UpdateReport); ok && f.Repeat != nil {
			for range f.Repeat(u) {
				_, _ = next(ctx, f.outgoing(m))
			}
		}
		return answer, err
	}
}

func (f Faults) handler(v *ven.VEN, next ven.Handler) ven.Handler {
	return func(w ven.Responder, r ven.Request) {
		responder{Responder: w, faults: f, ven: v, request: r, reply: f.reply(r.Message)}.handle(next)
	}
}

// reply asks how to answer a request.
func (f Faults) reply(m oadr.Message) Reply {
	push, ok := m.(*oadr.DistributeEvent)
	switch {
	case ok && f.OnPush != nil:
		return f.OnPush(push)
	case !ok && f.OnRequest != nil:
		return f.OnRequest(m)
	}
	return Reply{}
}

// outgoing is a message as a VEN with these faults sends it.
func (f Faults) outgoing(m oadr.Message) oadr.Message {
	if f.RequestID != nil {
		m = changed(m, "RequestID", f.RequestID)
	}
	if f.VENID != nil {
		m = changed(m, "VENID", f.VENID)
	}
	if u, ok := m.(*oadr.UpdateReport); ok && f.ReportRequestID != nil {
		c := *u
		c.Reports = slices.Clone(u.Reports)
		for i := range c.Reports {
			c.Reports[i].ReportRequestID = f.ReportRequestID(c.Reports[i].ReportRequestID)
		}
		m = &c
	}
	return m
}

// changed is a copy of a message with one of its text fields changed; a message
// without that field stays as it is.
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
