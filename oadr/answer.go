package oadr

// Party holds what an [Answer] says of the VTN and the VEN.
type Party struct {
	VENID    string         // the VEN's; empty if it has none yet
	VTNID    string         // for answers to registrations and event requests
	Profiles []ProfileOffer // what the VTN offers: required in answers to registrations
	// RequestID is the requestID of an oadrDistributeEvent itself. It must not be
	// empty (rule G1).
	RequestID string
}

// Answer returns the response to a request: the message that its service pairs with
// it, or an oadrResponse. Its eiResponse has the code and the description and
// repeats the requestID (rule G1). IDs are filled in wherever the message has a
// place for them (rule G7).
func Answer(request Message, code Code, description string, by Party) Message {
	r := EIResponse{Code: code, Description: description, RequestID: request.Request()}
	switch m := request.(type) {
	case *QueryRegistration, *CreatePartyRegistration:
		return &CreatedPartyRegistration{Response: r, VENID: by.VENID, VTNID: by.VTNID, Profiles: by.Profiles}
	case *CancelPartyRegistration:
		return &CanceledPartyRegistration{Response: r, RegistrationID: m.RegistrationID, VENID: by.VENID}
	case *RequestEvent:
		return &DistributeEvent{Response: &r, RequestID: by.RequestID, VTNID: by.VTNID}
	case *CreateOpt:
		return &CreatedOpt{Response: r, OptID: m.OptID}
	case *CancelOpt:
		return &CanceledOpt{Response: r, OptID: m.OptID}
	case *RegisterReport:
		return &RegisteredReport{Response: r, VENID: by.VENID}
	case *CreateReport:
		return &CreatedReport{Response: r, VENID: by.VENID}
	case *UpdateReport:
		return &UpdatedReport{Response: r, VENID: by.VENID}
	case *CancelReport:
		return &CanceledReport{Response: r, VENID: by.VENID}
	}
	return &Response{Response: r, VENID: by.VENID}
}

// ResponseOf returns the eiResponse of an answer, or nil if the message has none,
// as requests and an oadrDistributeEvent by push have none. It points into the
// message.
func ResponseOf(m Message) *EIResponse {
	switch m := m.(type) {
	case *Response:
		return &m.Response
	case *CreatedPartyRegistration:
		return &m.Response
	case *CanceledPartyRegistration:
		return &m.Response
	case *DistributeEvent:
		return m.Response
	case *CreatedOpt:
		return &m.Response
	case *CanceledOpt:
		return &m.Response
	case *RegisteredReport:
		return &m.Response
	case *CreatedReport:
		return &m.Response
	case *UpdatedReport:
		return &m.Response
	case *CanceledReport:
		return &m.Response
	}
	return nil
}
