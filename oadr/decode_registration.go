package oadr

func (m *QueryRegistration) decode(d *decoder) {
	e := d.enter()
	for name := range e.children() {
		if name == "pyld:requestID" {
			m.RequestID = d.text()
		}
	}
}

func (m *CreatePartyRegistration) decode(d *decoder) {
	e := d.enter()
	for name := range e.children() {
		switch name {
		case "pyld:requestID":
			m.RequestID = d.text()
		case "ei:registrationID":
			m.RegistrationID = d.text()
		case "ei:venID":
			m.VENID = d.text()
		case "oadr:oadrProfileName":
			m.ProfileName = string(d.token())
		case "oadr:oadrTransportName":
			m.TransportName = string(d.token())
		case "oadr:oadrTransportAddress":
			m.TransportAddress = d.text()
		case "oadr:oadrReportOnly":
			m.ReportOnly = d.boolean()
		case "oadr:oadrXmlSignature":
			m.XMLSignature = d.boolean()
		case "oadr:oadrVenName":
			m.VENName = d.text()
		case "oadr:oadrHttpPullModel":
			m.HTTPPullModel = new(d.boolean())
		}
	}
	e.require("oadr:oadrProfileName", "oadr:oadrTransportName", "oadr:oadrReportOnly", "oadr:oadrXmlSignature")
}

func (m *CreatedPartyRegistration) decode(d *decoder) {
	e := d.enter()
	for name := range e.children() {
		switch name {
		case "ei:eiResponse":
			m.Response.decode(d)
		case "ei:registrationID":
			m.RegistrationID = d.text()
		case "ei:venID":
			m.VENID = d.text()
		case "ei:vtnID":
			m.VTNID = d.id()
		case "oadr:oadrProfiles":
			m.Profiles = d.profiles()
		case "oadr:oadrRequestedOadrPollFreq":
			m.PollFreq = new(d.duration())
		case "oadr:oadrServiceSpecificInfo":
			m.Services = d.services()
		case "oadr:oadrExtensions":
			m.Extensions = d.extensions()
		}
	}
	e.require("ei:eiResponse", "ei:vtnID", "oadr:oadrProfiles")
}

// profiles reads oadrProfiles.
func (d *decoder) profiles() []ProfileOffer {
	var offers []ProfileOffer
	e := d.enter()
	for name := range e.children("oadr:oadrProfile") {
		if name == "oadr:oadrProfile" {
			offers = append(offers, d.profile())
		}
	}
	e.require("oadr:oadrProfile")
	return offers
}

func (d *decoder) profile() ProfileOffer {
	var offer ProfileOffer
	e := d.enter()
	for name := range e.children() {
		switch name {
		case "oadr:oadrProfileName":
			offer.Name = string(d.token())
		case "oadr:oadrTransports":
			offer.Transports = d.transports()
		}
	}
	e.require("oadr:oadrProfileName", "oadr:oadrTransports")
	return offer
}

func (d *decoder) transports() []string {
	var names []string
	e := d.enter()
	for name := range e.children("oadr:oadrTransport") {
		if name == "oadr:oadrTransport" {
			names = append(names, string(d.token("oadr:oadrTransportName")))
		}
	}
	e.require("oadr:oadrTransport")
	return names
}

// services reads oadrServiceSpecificInfo.
func (d *decoder) services() []Service {
	var services []Service
	for name := range d.enter().children("oadr:oadrService") {
		if name != "oadr:oadrService" {
			continue
		}
		var s Service
		e := d.enter()
		for name := range e.children("oadr:oadrInfo") {
			switch name {
			case "oadr:oadrServiceName":
				s.Name = d.oneOf(serviceNames...)
			case "oadr:oadrInfo":
				s.Info = append(s.Info, d.info())
			}
		}
		e.require("oadr:oadrServiceName", "oadr:oadrInfo")
		services = append(services, s)
	}
	return services
}

// extensions reads oadrExtensions.
func (d *decoder) extensions() []Extension {
	var extensions []Extension
	for name := range d.enter().children("oadr:oadrExtension") {
		if name != "oadr:oadrExtension" {
			continue
		}
		var x Extension
		e := d.enter()
		for name := range e.children("oadr:oadrInfo") {
			switch name {
			case "oadr:oadrExtensionName":
				x.Name = d.text()
			case "oadr:oadrInfo":
				x.Info = append(x.Info, d.info())
			}
		}
		e.require("oadr:oadrExtensionName")
		extensions = append(extensions, x)
	}
	return extensions
}

func (d *decoder) info() (i Info) {
	e := d.enter()
	for name := range e.children() {
		switch name {
		case "oadr:oadrKey":
			i.Key = d.text()
		case "oadr:oadrValue":
			i.Value = d.text()
		}
	}
	e.require("oadr:oadrKey", "oadr:oadrValue")
	return i
}

func (m *CancelPartyRegistration) decode(d *decoder) {
	e := d.enter()
	for name := range e.children() {
		switch name {
		case "pyld:requestID":
			m.RequestID = d.text()
		case "ei:registrationID":
			m.RegistrationID = d.id()
		case "ei:venID":
			m.VENID = d.text()
		}
	}
	e.require("ei:registrationID")
}

func (m *CanceledPartyRegistration) decode(d *decoder) {
	e := d.enter()
	for name := range e.children() {
		switch name {
		case "ei:eiResponse":
			m.Response.decode(d)
		case "ei:registrationID":
			m.RegistrationID = d.text()
		case "ei:venID":
			m.VENID = d.text()
		}
	}
	e.require("ei:eiResponse")
}

func (m *RequestReregistration) decode(d *decoder) {
	e := d.enter()
	for name := range e.children() {
		if name == "ei:venID" {
			m.VENID = d.id()
		}
	}
	e.require("ei:venID")
}
