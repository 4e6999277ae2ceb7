package oadr

// Party is who an [Answer] comes from and goes to.
type Party struct {
	VENID    string         // of the VEN; empty while it has none
	VTNID    string         // stands in answers to registrations and event requests
	Profiles []ProfileOffer // what the VTN offers: mandatory in answers to registrations
	// RequestID is the new requestID of an oadrDistributeEvent, which is
	// never empty (rule G1).
	RequestID string
}

// Answer is the response to a request: the message that its service pairs with
// it, else oadrResponse. Its eiResponse carries code and description and repeats the requestID (rule G1); IDs stand wherever
// the message has a place for them (rule G7).
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

// ResponseOf returns the eiResponse of an answer, nil if the message has none: it
// is a request, or an oadrDistributeEvent by push. A change of what it points to
// changes the message.
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
