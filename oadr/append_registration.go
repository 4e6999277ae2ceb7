package oadr

func (m *QueryRegistration) append(w *writer) {
	w.text("pyld:requestID", m.RequestID)
}

func (m *CreatePartyRegistration) append(w *writer) {
	w.text("pyld:requestID", m.RequestID)
	w.optional("ei:registrationID", m.RegistrationID)
	w.optional("ei:venID", m.VENID)
	w.text("oadr:oadrProfileName", m.ProfileName)
	w.text("oadr:oadrTransportName", m.TransportName)
	w.optional("oadr:oadrTransportAddress", m.TransportAddress)
	w.boolean("oadr:oadrReportOnly", m.ReportOnly)
	w.boolean("oadr:oadrXmlSignature", m.XMLSignature)
	w.optional("oadr:oadrVenName", m.VENName)
	if m.HTTPPullModel != nil {
		w.boolean("oadr:oadrHttpPullModel", *m.HTTPPullModel)
	}
}

func (m *CreatedPartyRegistration) append(w *writer) {
	m.Response.append(w)
	w.optional("ei:registrationID", m.RegistrationID)
	w.optional("ei:venID", m.VENID)
	w.text("ei:vtnID", m.VTNID)
	w.start("oadr:oadrProfiles")
	for _, offer := range m.Profiles {
		offer.append(w)
	}
	w.end()
	if m.PollFreq != nil {
		w.duration("oadr:oadrRequestedOadrPollFreq", *m.PollFreq)
	}
}

func (o ProfileOffer) append(w *writer) {
	w.start("oadr:oadrProfile")
	w.text("oadr:oadrProfileName", o.Name)
	w.start("oadr:oadrTransports")
	for _, transport := range o.Transports {
		w.start("oadr:oadrTransport")
		w.text("oadr:oadrTransportName", transport)
		w.end()
	}
	w.end()
	w.end()
}

func (m *CancelPartyRegistration) append(w *writer) {
	w.text("pyld:requestID", m.RequestID)
	w.text("ei:registrationID", m.RegistrationID)
	w.optional("ei:venID", m.VENID)
}

func (m *CanceledPartyRegistration) append(w *writer) {
	m.Response.append(w)
	w.optional("ei:registrationID", m.RegistrationID)
	w.optional("ei:venID", m.VENID)
}

func (m *RequestReregistration) append(w *writer) {
	w.text("ei:venID", m.VENID)
}
