package oadr

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
)

// Decode reads one payload from an XML document. The error wraps [ErrTooLarge],
// [ErrTooDeep], [ErrMalformed] or [ErrNotOpenADR]. A message with values that are
// missing, of the wrong type or impossible is no error; [Payload.Invalid] says what
// is wrong.
//
// The order of elements, unknown elements, schema versions and prefixes do not
// matter (rule G5). If an element occurs twice where the schema allows one, the
// first counts; of targets all count (rule P5). IDs and texts are kept exactly as
// sent. An empty optional one counts as absent.
//
// Some things that the schema allows have no place in a [Message]. Decode ignores
// ds:Signature and the Id of oadrSignedObject. It takes infinities and NaN as no
// value in reports and refuses them elsewhere. It refuses what no rule has a use
// for: numbers beyond xs:float, times before the year 1, durations over 292 years.
// It refuses payloads other than one payloadFloat in an interval, which rule E8
// excludes.
func Decode(raw []byte, limits Limits) (*Payload, error) {
	if limits.TooLarge(raw) {
		return nil, fmt.Errorf("%w: %d bytes, over %d", ErrTooLarge, Written(raw), limits.Size)
	}
	d := newDecoder(bytes.TrimPrefix(raw, []byte("\uFEFF")), limits.Depth)
	defer d.release()
	p := d.payload()
	d.end()
	if d.err != nil {
		return nil, d.err
	}
	p.Invalid = d.invalid
	return p, nil
}

// decoder reads the elements that several messages have.
type decoder struct {
	reader
	whole *decoding
}

// decoding is a decoder with the space that most payloads need. It is used again, since
// making one costs as much as reading a small payload.
type decoding struct {
	decoder
	open  [16]tag
	scope [16]binding
	seen  [24]string
}

var decodings = sync.Pool{New: func() any { return new(decoding) }}

func newDecoder(raw []byte, depth int) *decoder {
	d := decodings.Get().(*decoding)
	d.cursor = cursor{scanner: scanner{raw: raw, limit: depth, open: d.open[:0], scope: d.scope[:0]}, seen: d.seen[:0]}
	d.whole = d
	return &d.decoder
}

// release gives the decoder back, with nothing in it. It must not be used any more.
func (d *decoder) release() {
	w := d.whole
	*w = decoding{}
	decodings.Put(w)
}

// payload reads the document's element, which shows how the message is wrapped.
func (d *decoder) payload() *Payload {
	d.name = d.root()
	p := new(Payload)
	if d.in == ProfileA { // bare, whatever it is called (rule A1)
		p.Form = Form{Root: RootMessage, Profile: ProfileA}
		p.Message = d.messageOf(localName(d.name))
		return p
	}
	switch d.name {
	case "oadr:oadrPayload":
		p.Form.Root = RootPayload
		p.Message = d.wrapped()
	case "oadr:oadrSignedObject":
		p.Form.Root = RootSignedObject
		p.Message = d.signedObject()
	default:
		p.Form.Root = RootMessage
		p.Message = d.messageOf(localName(d.name))
	}
	return p
}

// wrapped reads an oadrPayload.
func (d *decoder) wrapped() Message {
	var m Message
	objects := 0
	for name := range d.enter().each() {
		if name == "oadr:oadrSignedObject" {
			objects++
			m = d.signedObject()
		}
	}
	if objects != 1 {
		d.fail("%d oadrSignedObject in oadrPayload, one is needed", objects)
	}
	return m
}

// signedObject reads an oadrSignedObject, which holds exactly one message.
func (d *decoder) signedObject() Message {
	var m Message
	messages := 0
	for name := range d.enter().each() {
		if strings.HasPrefix(name, "oadr:") {
			messages++
			m = d.messageOf(localName(name))
		}
	}
	if messages != 1 {
		d.fail("%d messages in oadrSignedObject, one is needed", messages)
	}
	return m
}

// messageOf reads a message.
func (d *decoder) messageOf(name string) Message {
	d.message = d.depth()
	m := newMessage(name, d.in)
	m.decode(d)
	return m
}

// decodable is a message that can read its own element.
type decodable interface {
	Message
	decode(*decoder)
}

// newMessage returns an empty message for an element's name.
func newMessage(name string, p Profile) decodable {
	if p == ProfileA && !p.Has(Kind(name)) {
		return &Unknown{Name: name}
	}
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

func (m *Response) decode(d *decoder) {
	e := d.enter()
	for name := range e.children() {
		switch name {
		case "ei:eiResponse":
			m.Response.decode(d)
		case "ei:venID":
			m.VENID = d.text()
		}
	}
	e.require("ei:eiResponse")
}

func (m *Poll) decode(d *decoder) {
	e := d.enter()
	for name := range e.children() {
		if name == "ei:venID" {
			m.VENID = d.id()
		}
	}
	e.require("ei:venID")
}

func (r *EIResponse) decode(d *decoder) {
	e := d.enter()
	for name := range e.children() {
		switch name {
		case "ei:responseCode":
			r.Code = d.code()
		case "ei:responseDescription":
			r.Description = d.text()
		case "pyld:requestID": // empty if the request had none (rule G1)
			r.RequestID = d.text()
		}
	}
	e.require("ei:responseCode")
}

// decode looks for the IDs that an answer needs in the places where messages have
// them: in the message, or in its one child, as in oadrRequestEvent.
func (u *Unknown) decode(d *decoder) { u.search(d, 2) }

func (u *Unknown) search(d *decoder, levels int) {
	for name := range d.enter().each() {
		switch {
		case name == "pyld:requestID" && u.RequestID == "":
			u.RequestID = d.text()
		case name == "ei:venID" && u.VENID == "":
			u.VENID = d.text()
		case levels > 1:
			u.search(d, levels-1)
		}
	}
}
