package oadr

import "time"

// Transports and profiles of the schema.
const (
	TransportXMPP       = "xmpp"
	TransportSimpleHTTP = "simpleHttp"
	Profile20a          = "2.0a"
	Profile20b          = "2.0b"
)

// QueryRegistration is oadrQueryRegistration.
type QueryRegistration struct {
	RequestID string
}

// CreatePartyRegistration is oadrCreatePartyRegistration. ProfileName and
// TransportName are kept as sent, since the VTN decides what it offers.
type CreatePartyRegistration struct {
	RequestID        string
	RegistrationID   string
	VENID            string
	ProfileName      string
	TransportName    string
	TransportAddress string
	ReportOnly       bool
	XMLSignature     bool
	VENName          string
	HTTPPullModel    *bool
}

// ProfileOffer is one oadrProfile with its transports.
type ProfileOffer struct {
	Name       string
	Transports []string
}

// CreatedPartyRegistration is oadrCreatedPartyRegistration.
type CreatedPartyRegistration struct {
	Response       EIResponse
	RegistrationID string
	VENID          string
	VTNID          string
	Profiles       []ProfileOffer
	PollFreq       *time.Duration // oadrRequestedOadrPollFreq, HTTP pull only
	Services       []Service      // oadrServiceSpecificInfo
	Extensions     []Extension
}

// Service is oadrService: what clients of a service should know.
type Service struct {
	Name string // EiEvent, EiOpt, EiReport, EiRegisterParty or OadrPoll
	Info []Info // at least one
}

// Extension is oadrExtension.
type Extension struct {
	Name string
	Info []Info
}

// Info is oadrInfo.
type Info struct {
	Key, Value string
}

// CancelPartyRegistration is oadrCancelPartyRegistration.
type CancelPartyRegistration struct {
	RequestID, RegistrationID, VENID string
}

// CanceledPartyRegistration is oadrCanceledPartyRegistration.
type CanceledPartyRegistration struct {
	Response              EIResponse
	RegistrationID, VENID string
}

// RequestReregistration is oadrRequestReregistration.
type RequestReregistration struct {
	VENID string
}
