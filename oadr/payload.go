package oadr

import "fmt"

// Namespaces of the OpenADR 2.0b schema.
const (
	NS       = "http://openadr.org/oadr-2.0b/2012/07"
	NSei     = "http://docs.oasis-open.org/ns/energyinterop/201110"
	NSpyld   = "http://docs.oasis-open.org/ns/energyinterop/201110/payloads"
	NSemix   = "http://docs.oasis-open.org/ns/emix/2011/06"
	NSpower  = "http://docs.oasis-open.org/ns/emix/2011/06/power"
	NSscale  = "http://docs.oasis-open.org/ns/emix/2011/06/siscale"
	NSxcal   = "urn:ietf:params:xml:ns:icalendar-2.0"
	NSstream = "urn:ietf:params:xml:ns:icalendar-2.0:stream"
	NSds     = "http://www.w3.org/2000/09/xmldsig#"
)

// Root says how a message is wrapped on the wire (rule X1).
type Root uint8

// The three wrappings VENs use. The zero value is the one of the specification.
const (
	RootPayload      Root = iota // oadrPayload > oadrSignedObject > message
	RootSignedObject             // oadrSignedObject > message
	RootMessage                  // the bare message
)

// Form is how a payload is written: what a VEN speaks, and so what it is
// answered and pushed to in (rule X1).
type Form struct {
	Root Root
}

// String is the name of the outermost element the form writes: oadrPayload,
// oadrSignedObject or message. [ParseForm] reads it back.
func (f Form) String() string {
	switch f.Root {
	case RootSignedObject:
		return "oadrSignedObject"
	case RootMessage:
		return "message"
	default:
		return "oadrPayload"
	}
}

// ParseForm reads what [Form.String] wrote; the empty string is the zero Form.
func ParseForm(s string) (Form, error) {
	switch s {
	case "", "oadrPayload":
		return Form{RootPayload}, nil
	case "oadrSignedObject":
		return Form{RootSignedObject}, nil
	case "message":
		return Form{RootMessage}, nil
	}
	return Form{}, fmt.Errorf("form %q is none of oadrPayload, oadrSignedObject, message", s)
}

// Payload is one decoded payload.
type Payload struct {
	Form    Form
	Message Message
	// Invalid is what is wrong with the message's values, nil when nothing is.
	// Message then holds all that could be read, so that the answer of its kind
	// can say what (rule G5).
	Invalid *InvalidError
}

// Limits bound what [Decode] accepts (rule G5).
type Limits struct {
	Size  int // bytes as the sender wrote them, see [Written]
	Depth int // nested elements
}

// DefaultLimits are the ones of rule G5: 256 KiB and 64 levels.
var DefaultLimits = Limits{Size: 256 << 10, Depth: 64}

// InvalidError is what is wrong with a message (Conformance Rule 33).
type InvalidError struct {
	// Code is [CodeCompliance] for a mandatory element that is missing, or empty
	// where it must not be, and for a value that is not of its XSD type: no such
	// number, time, duration or name of an enumeration. It is [CodeInvalidData]
	// for a value of its type that cannot be.
	Code Code
	// Element is the element's path from the message on, by local names, such as
	// "oadrCreateOpt/qualifiedEventID/eventID"; of those that may repeat with
	// which it is, from 1 on: "oadrUpdateReport/oadrReport[2]/reportSpecifierID".
	Element string
	// Reason says for people what was found and what is expected: "is missing",
	// "\"often\" is none of always, never". Of what was found it has 40
	// characters at the most, escaped as in Go.
	Reason string
}

func (e *InvalidError) Error() string { return e.Element + " " + e.Reason }

// beyond is the reason why a value that is of its type cannot be.
type beyond string

func (e beyond) Error() string { return string(e) }

// Why a payload could not be taken at all; there is no message to answer then.
var (
	// ErrNotOpenADR: the root element is not an OpenADR payload or message.
	ErrNotOpenADR = fmt.Errorf("not an OpenADR payload")
	// ErrMalformed: not well-formed XML, no message inside the wrapping, or several.
	ErrMalformed = fmt.Errorf("malformed OpenADR payload")
	// ErrTooLarge and ErrTooDeep: over one of the [Limits].
	ErrTooLarge = fmt.Errorf("payload is too large")
	ErrTooDeep  = fmt.Errorf("payload is nested too deeply")
)
