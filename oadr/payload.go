package oadr

import (
	"fmt"
	"time"
)

// Namespaces of the OpenADR 2.0b schema, and that of 2.0a messages (rule A1), which
// share all others.
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
	NS20a    = "http://openadr.org/oadr-2.0a/2012/07"
)

// Root says how a message is wrapped on the wire (rule X1).
type Root uint8

// The three wrappings that VENs use. The zero value is the specification's.
const (
	RootPayload      Root = iota // oadrPayload > oadrSignedObject > message
	RootSignedObject             // oadrSignedObject > message
	RootMessage                  // the bare message
)

// Form is how a payload is written. A VEN gets its answers and pushes in the form
// that it uses itself (rule X1).
type Form struct {
	Root    Root
	Profile Profile
	// Signed says that the payload has, or is to have, a signature (rule S12).
	// [Append] writes none; oadr/signature does.
	Signed bool
}

// Profile is the OpenADR profile of a payload, which its namespace tells.
type Profile uint8

// Profiles. A payload of 2.0a is always a bare message (rule A1).
const (
	ProfileB Profile = iota
	ProfileA
)

// Has reports whether a profile has this message.
func (p Profile) Has(kind Kind) bool {
	if p == ProfileA {
		switch kind {
		case KindRequestEvent, KindDistributeEvent, KindCreatedEvent, KindResponse:
			return true
		}
		return false
	}
	_, unknown := newMessage(string(kind), p).(*Unknown)
	return !unknown
}

// Signature is what a verified signature of a payload says (section 3 of the rules S).
type Signature struct {
	Fingerprint string    // of the certificate that signed, see rule T7
	Timestamp   time.Time // of sending
	Nonce       string
}

// String returns the name of the outermost element that the form writes:
// oadrPayload, oadrSignedObject or message. [ParseForm] reads it back.
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

// ParseForm reads what [Form.String] returned. The empty string is the zero Form.
func ParseForm(s string) (Form, error) {
	switch s {
	case "", "oadrPayload":
		return Form{}, nil
	case "oadrSignedObject":
		return Form{Root: RootSignedObject}, nil
	case "message":
		return Form{Root: RootMessage}, nil
	}
	return Form{}, fmt.Errorf("form %q is none of oadrPayload, oadrSignedObject, message", s)
}

// Payload is one decoded payload.
type Payload struct {
	Form    Form
	Message Message
	// Invalid says what is wrong with the message's values, nil if nothing is.
	// Message then holds all that could be read, so that an answer of its kind can
	// name the problem (rule G5).
	Invalid *InvalidError
	// Signature is set only by what has verified it; nil: the payload is not signed, or
	// BadSignature says why its signature does not hold.
	Signature    *Signature
	BadSignature error // wraps [ErrSignature]
}

// Limits bound what [Decode] accepts (rule G5).
type Limits struct {
	Size  int // bytes as the sender wrote them, see [Written]
	Depth int // nested elements
}

// DefaultLimits are those of rule G5: 256 KiB and 64 levels.
var DefaultLimits = Limits{Size: 256 << 10, Depth: 64}

// InvalidError says what is wrong with a message (Conformance Rule 33).
type InvalidError struct {
	// Code is [CodeCompliance] if a mandatory element is missing, or empty though
	// it must not be, or if a value is not of its XSD type: no number, time,
	// duration or name of the enumeration. It is [CodeInvalidData] if a value is of
	// its type but impossible.
	Code Code
	// Element is the path of the element from the message on, in local names, such
	// as "oadrCreateOpt/qualifiedEventID/eventID". Elements that may repeat have
	// their number, from 1: "oadrUpdateReport/oadrReport[2]/reportSpecifierID".
	Element string
	// Reason says for people what was found and what is expected: "is missing",
	// "\"often\" is none of always, never". It quotes at most 40 characters of the
	// message, escaped as in Go.
	Reason string
}

func (e *InvalidError) Error() string { return e.Element + " " + e.Reason }

// beyond is the reason why a value of the right type is impossible.
type beyond string

func (e beyond) Error() string { return string(e) }

// Reasons why a payload cannot be read at all. There is no message to answer then.
var (
	// ErrNotOpenADR means that the root element is not an OpenADR payload or
	// message.
	ErrNotOpenADR = fmt.Errorf("not an OpenADR payload")
	// ErrMalformed means that the XML is not well-formed, or that the wrapping does
	// not hold exactly one message.
	ErrMalformed = fmt.Errorf("malformed OpenADR payload")
	// ErrTooLarge and ErrTooDeep mean that one of the [Limits] is exceeded.
	ErrTooLarge = fmt.Errorf("payload is too large")
	ErrTooDeep  = fmt.Errorf("payload is nested too deeply")
	// ErrSignature means that the signature does not hold, or is none of those that the
	// profile allows.
	ErrSignature = fmt.Errorf("the signature does not hold")
)
