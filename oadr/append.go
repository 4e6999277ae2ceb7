package oadr

import "fmt"

// Append appends m in the given form: compact, without an XML declaration, as one
// element that can stand inside a stanza. The result is valid against the schema if
// the values are: units that [Unit.Check] accepts, finite numbers, market contexts
// that [CheckURI] accepts, and at least one element in each list that the schema
// requires (Profiles and their Transports, Signals, Intervals, ReportRequestIDs of
// a CancelReport, Requests of a CreateReport and their Payloads).
//
// For an [Unknown], which can only be received, Append appends nothing, nor for a
// message that the profile does not have (see [Profile.Has]). In 2.0a it writes what
// that can say of an event, and leaves out an event that 2.0a cannot say at all (see
// [Event.Simple]).
//
// With form.Signed no element has a prefix (rule S13); oadr/signature signs it.
func Append(dst []byte, form Form, m Message) []byte {
	if form.Profile == ProfileA {
		return appendA(dst, m)
	}
	content, ok := m.(appender)
	if !ok {
		return dst
	}
	var open [16]string
	w := &writer{markup: markup{b: dst, open: open[:0]}, signed: form.Signed}
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

// schemaVersion is written on every message (Conformance Rule 509). Attributes have
// no default namespace, so this is the one prefix that must be declared.
const schemaVersion = ` xmlns:ei="` + NSei + `" ei:schemaVersion="2.0b"`

// message writes the start tag of a message.
func (w *writer) message(kind Kind) {
	name := "oadr:" + string(kind)
	w.tag(name)
	w.b = append(w.b, schemaVersion+">"...)
	w.open = append(w.open, name)
}

// appender is a message that can write the content of its element.
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
