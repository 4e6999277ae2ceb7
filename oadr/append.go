package oadr

import "fmt"

// Append appends m in the form a VEN understands, compact and without an XML
// declaration, as one element that can stand inside a stanza. What it writes
// validates against the schema as long as the values do: units as [Unit.Check]
// has them, finite numbers, market contexts as [CheckURI] has them, and the lists filled
// that the schema wants filled (Profiles and their Transports, Signals,
// Intervals, ReportRequestIDs of a CancelReport, Requests of a CreateReport and their Payloads).
//
// An [Unknown] can only be received: for it nothing is appended.
func Append(dst []byte, form Form, m Message) []byte {
	content, ok := m.(appender)
	if !ok {
		return dst
	}
	var open [16]string
	w := &writer{markup{b: dst, open: open[:0]}}
	switch form.Root {
	case RootPayload:
		w.start("oadr:oadrPayload")
		w.start("oadr:oadrSignedObject")
	case RootSignedObject:
		w.start("oadr:oadrSignedObject")
	}
	w.message(m.Kind())
	content.append(w)
	for len(w.open) > 0 {
		w.end()
	}
	return w.b
}

// schemaVersion stands on every message (Conformance Rule 509). An attribute is in
// no default namespace: this is the one prefix that must be declared.
const schemaVersion = ` xmlns:ei="` + NSei + `" ei:schemaVersion="2.0b"`

// message starts the element of a message.
func (w *writer) message(kind Kind) {
	name := "oadr:" + string(kind)
	w.tag(name)
	w.b = append(w.b, schemaVersion+">"...)
	w.open = append(w.open, name)
}

// appender is a message that writes the content of its element.
type appender interface {
	Message
	append(*writer)
}

func (m *Response) append(w *writer) {
	m.Response.append(w)
	w.optional("ei:venID", m.VENID)
}

func (m *Poll) append(w *writer) {
	w.text("ei:venID", m.VENID)
}

func (r *EIResponse) append(w *writer) {
	w.start("ei:eiResponse")
	w.code(r.Code)
	w.optional("ei:responseDescription", r.Description)
	w.text("pyld:requestID", r.RequestID)
	w.end()
}

func (w *writer) code(c Code) { w.text("ei:responseCode", fmt.Sprintf("%03d", int(c))) }
