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
	// Invalid is what is wrong with the message's mandatory values, nil when
	// nothing is. Message then holds all that could be read, so that it can be
	// answered 454 in its own row (rule G5).
	Invalid *InvalidError
}

// Limits bound what [Decode] accepts (rule G5).
type Limits struct {
	Size  int // bytes as the sender wrote them, see [Written]
	Depth int // nested elements
}

// DefaultLimits are the ones of rule G5: 256 KiB and 64 levels.
var DefaultLimits = Limits{Size: 256 << 10, Depth: 64}

// InvalidError is a mandatory value that is missing or impossible.
type InvalidError struct {
	Element string // local name of the element, such as "venID"
	Reason  string // for people: "is missing", "\"P1Y2M\" has calendar units …"
}

func (e *InvalidError) Error() string { return e.Element + " " + e.Reason }

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
