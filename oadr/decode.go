package oadr

import (
	"bytes"
	"fmt"
	"strings"
)

// Decode reads one payload from an XML document. The error wraps
// [ErrTooLarge], [ErrTooDeep], [ErrMalformed] or [ErrNotOpenADR]; a message
// whose values are missing, of the wrong type or impossible is no error but
// [Payload.Invalid].
//
// Element order, unknown elements, schema versions and prefixes do not matter
// (rule G5); of several elements where one may stand the first counts, but of
// targets all do (rule P5). IDs and texts are kept exactly as sent, an empty
// optional one counts as absent.
//
// What the schema allows and a [Message] does not hold: ds:Signature and the Id
// of oadrSignedObject, which are passed over; infinities and NaN, which are no
// value in a report and refused elsewhere; numbers beyond xs:float, times before
// the year 1 and durations over 292 years, which are no use in any rule and
// refused; and what signals never have by rule E8, payloads other than one
// payloadFloat in an interval.
func Decode(raw []byte, limits Limits) (*Payload, error) {
	if limits.TooLarge(raw) {
		return nil, fmt.Errorf("%w: %d bytes, over %d", ErrTooLarge, Written(raw), limits.Size)
	}
	c := newCursor(bytes.TrimPrefix(raw, []byte("\uFEFF")), limits.Depth)
	p := c.payload()
	c.end()
	if c.err != nil {
		return nil, c.err
	}
	p.Invalid = c.invalid
	return p, nil
}

// payload reads the document's element, which says how the message is wrapped.
func (c *cursor) payload() *Payload {
	c.name = c.root()
	p := new(Payload)
	switch c.name {
	case "oadr:oadrPayload":
		p.Form.Root = RootPayload
		p.Message = c.wrapped()
	case "oadr:oadrSignedObject":
		p.Form.Root = RootSignedObject
		p.Message = c.signedObject()
	default:
		p.Form.Root = RootMessage
		p.Message = c.messageOf(localName(c.name))
	}
	return p
}

// wrapped reads an oadrPayload.
func (c *cursor) wrapped() Message {
	var m Message
	objects := 0
	for name := range c.enter().each() {
		if name == "oadr:oadrSignedObject" {
			objects++
			m = c.signedObject()
		}
	}
	if objects != 1 {
		c.fail("%d oadrSignedObject in oadrPayload, one is needed", objects)
	}
	return m
}

// signedObject reads an oadrSignedObject, which holds exactly one message.
func (c *cursor) signedObject() Message {
	var m Message
	messages := 0
	for name := range c.enter().each() {
		if strings.HasPrefix(name, "oadr:") {
			messages++
			m = c.messageOf(localName(name))
		}
	}
	if messages != 1 {
		c.fail("%d messages in oadrSignedObject, one is needed", messages)
	}
	return m
}

// messageOf reads a message.
func (c *cursor) messageOf(name string) Message {
	c.message = c.depth()
	m := newMessage(name)
	m.decode(c)
	return m
}

// decoder is a message that reads itself. It starts on its own element.
type decoder interface {
	Message
	decode(*cursor)
}

// newMessage is an empty message for an element's name.
func newMessage(name string) decoder {
	switch Kind(name) {
	case KindResponse:
		return new(Response)
	case KindQueryRegistration:
		return new(QueryRegistration)
	case KindCreatePartyRegistration:
		return new(CreatePartyRegistration)
	case KindCreatedPartyRegistration:
		return new(CreatedPartyRegistration)
	case KindCancelPartyRegistration:
		return new(CancelPartyRegistration)
	case KindCanceledPartyRegistration:
		return new(CanceledPartyRegistration)
	case KindRequestReregistration:
		return new(RequestReregistration)
	case KindDistributeEvent:
		return new(DistributeEvent)
	case KindRequestEvent:
		return new(RequestEvent)
	case KindCreatedEvent:
		return new(CreatedEvent)
	case KindPoll:
		return new(Poll)
	case KindCreateOpt:
		return new(CreateOpt)
	case KindCreatedOpt:
		return new(CreatedOpt)
	case KindCancelOpt:
		return new(CancelOpt)
	case KindCanceledOpt:
		return new(CanceledOpt)
	case KindRegisterReport:
		return new(RegisterReport)
	case KindRegisteredReport:
		return new(RegisteredReport)
	case KindCreateReport:
		return new(CreateReport)
	case KindCreatedReport:
		return new(CreatedReport)
	case KindUpdateReport:
		return new(UpdateReport)
	case KindUpdatedReport:
		return new(UpdatedReport)
	case KindCancelReport:
		return new(CancelReport)
	case KindCanceledReport:
		return new(CanceledReport)
	}
	return &Unknown{Name: name}
}

func (m *Response) decode(c *cursor) {
	e := c.enter()
	for name := range e.children() {
		switch name {
		case "ei:eiResponse":
			m.Response.decode(c)
		case "ei:venID":
			m.VENID = c.text()
		}
	}
	e.require("ei:eiResponse")
}

func (m *Poll) decode(c *cursor) {
	e := c.enter()
	for name := range e.children() {
		if name == "ei:venID" {
			m.VENID = c.id()
		}
	}
	e.require("ei:venID")
}

func (r *EIResponse) decode(c *cursor) {
	e := c.enter()
	for name := range e.children() {
		switch name {
		case "ei:responseCode":
			r.Code = c.code()
		case "ei:responseDescription":
			r.Description = c.text()
		case "pyld:requestID": // empty where the request had none (rule G1)
			r.RequestID = c.text()
		}
	}
	e.require("ei:responseCode")
}

// decode looks for the IDs an answer needs where messages have them: in the
// message, or in its one child, as in oadrRequestEvent.
func (u *Unknown) decode(c *cursor) { u.search(c, 2) }

func (u *Unknown) search(c *cursor, levels int) {
	for name := range c.enter().each() {
		switch {
		case name == "pyld:requestID" && u.RequestID == "":
			u.RequestID = c.text()
		case name == "ei:venID" && u.VENID == "":
			u.VENID = c.text()
		case levels > 1:
			u.search(c, levels-1)
		}
	}
}
