package oadr

// Kind is a message's element name, such as "oadrDistributeEvent".
type Kind string

// The messages of OpenADR 2.0b.
const (
	KindResponse                  Kind = "oadrResponse"
	KindQueryRegistration         Kind = "oadrQueryRegistration"
	KindCreatePartyRegistration   Kind = "oadrCreatePartyRegistration"
	KindCreatedPartyRegistration  Kind = "oadrCreatedPartyRegistration"
	KindCancelPartyRegistration   Kind = "oadrCancelPartyRegistration"
	KindCanceledPartyRegistration Kind = "oadrCanceledPartyRegistration"
	KindRequestReregistration     Kind = "oadrRequestReregistration"
	KindDistributeEvent           Kind = "oadrDistributeEvent"
	KindRequestEvent              Kind = "oadrRequestEvent"
	KindCreatedEvent              Kind = "oadrCreatedEvent"
	KindPoll                      Kind = "oadrPoll"
	KindCreateOpt                 Kind = "oadrCreateOpt"
	KindCreatedOpt                Kind = "oadrCreatedOpt"
	KindCancelOpt                 Kind = "oadrCancelOpt"
	KindCanceledOpt               Kind = "oadrCanceledOpt"
	KindRegisterReport            Kind = "oadrRegisterReport"
	KindRegisteredReport          Kind = "oadrRegisteredReport"
	KindCreateReport              Kind = "oadrCreateReport"
	KindCreatedReport             Kind = "oadrCreatedReport"
	KindUpdateReport              Kind = "oadrUpdateReport"
	KindUpdatedReport             Kind = "oadrUpdatedReport"
	KindCancelReport              Kind = "oadrCancelReport"
	KindCanceledReport            Kind = "oadrCanceledReport"
)

// Message is an OpenADR message: a pointer to one of this package's message types.
type Message interface {
	// Kind returns the message's element name.
	Kind() Kind
	// Sender returns the venID that the message states, "" if it states none.
	Sender() string
	// Request returns what the eiResponse of an answer must repeat (rule G1): the
	// message's own requestID, "" if its schema has none.
	Request() string
}

// Unknown is an element of OpenADR's namespace in the place of a message that the
// schema does not have. It can only be received.
type Unknown struct {
	Name             string
	RequestID, VENID string
}

// EIResponse is ei:eiResponse.
type EIResponse struct {
	Code        Code
	Description string
	RequestID   string // the same as the request's (rule G1)
}

// Response is oadrResponse.
type Response struct {
	Response EIResponse
	VENID    string
}

// Poll is oadrPoll.
type Poll struct {
	VENID string
}

// Code is an ei:responseCode, three digits.
type Code int

// The codes of OpenADR 2.0b.
const (
	CodeOK             Code = 200
	CodeOutOfSequence  Code = 450
	CodeNotAllowed     Code = 451
	CodeInvalidID      Code = 452
	CodeNotRecognized  Code = 453
	CodeInvalidData    Code = 454
	CodeCompliance     Code = 459
	CodeSignal         Code = 460 // signal not supported
	CodeReport         Code = 461 // report not supported
	CodeTargetMismatch Code = 462
	CodeNotRegistered  Code = 463 // not registered or authorized
	CodeDeployment     Code = 469
)
