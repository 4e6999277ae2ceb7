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
	w.optionalDuration("oadr:oadrRequestedOadrPollFreq", m.PollFreq)
	if len(m.Services) > 0 {
		w.start("oadr:oadrServiceSpecificInfo")
		for _, s := range m.Services {
			w.start("oadr:oadrService")
			w.text("oadr:oadrServiceName", s.Name)
			w.info(s.Info)
			w.end()
		}
		w.end()
	}
	if len(m.Extensions) > 0 {
		w.start("oadr:oadrExtensions")
		for _, x := range m.Extensions {
			w.start("oadr:oadrExtension")
			w.text("oadr:oadrExtensionName", x.Name)
			w.info(x.Info)
			w.end()
		}
		w.end()
	}
}

func (w *writer) info(all []Info) {
	for _, i := range all {
		w.start("oadr:oadrInfo")
		w.text("oadr:oadrKey", i.Key)
		w.text("oadr:oadrValue", i.Value)
		w.end()
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
