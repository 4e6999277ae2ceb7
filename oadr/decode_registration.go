package oadr

func (m *QueryRegistration) decode(c *cursor) {
	e := c.enter()
	for name := range e.children() {
		if name == "pyld:requestID" {
			m.RequestID = c.text()
		}
	}
}

func (m *CreatePartyRegistration) decode(c *cursor) {
	e := c.enter()
	for name := range e.children() {
		switch name {
		case "pyld:requestID":
			m.RequestID = c.text()
		case "ei:registrationID":
			m.RegistrationID = c.text()
		case "ei:venID":
			m.VENID = c.text()
		case "oadr:oadrProfileName":
			m.ProfileName = string(c.token())
		case "oadr:oadrTransportName":
			m.TransportName = string(c.token())
		case "oadr:oadrTransportAddress":
			m.TransportAddress = c.text()
		case "oadr:oadrReportOnly":
			m.ReportOnly = c.boolean()
		case "oadr:oadrXmlSignature":
			m.XMLSignature = c.boolean()
		case "oadr:oadrVenName":
			m.VENName = c.text()
		case "oadr:oadrHttpPullModel":
			m.HTTPPullModel = new(c.boolean())
		}
	}
	e.require("oadr:oadrProfileName", "oadr:oadrTransportName", "oadr:oadrReportOnly", "oadr:oadrXmlSignature")
}

func (m *CreatedPartyRegistration) decode(c *cursor) {
	e := c.enter()
	for name := range e.children() {
		switch name {
		case "ei:eiResponse":
			m.Response.decode(c)
		case "ei:registrationID":
			m.RegistrationID = c.text()
		case "ei:venID":
			m.VENID = c.text()
		case "ei:vtnID":
			m.VTNID = c.id()
		case "oadr:oadrProfiles":
			m.Profiles = c.profiles()
		case "oadr:oadrRequestedOadrPollFreq":
			m.PollFreq = new(c.duration())
		case "oadr:oadrServiceSpecificInfo":
			m.Services = c.services()
		case "oadr:oadrExtensions":
			m.Extensions = c.extensions()
		}
	}
	e.require("ei:eiResponse", "ei:vtnID", "oadr:oadrProfiles")
}

// profiles reads oadrProfiles.
func (c *cursor) profiles() []ProfileOffer {
	var offers []ProfileOffer
	e := c.enter()
	for name := range e.children("oadr:oadrProfile") {
		if name == "oadr:oadrProfile" {
			offers = append(offers, c.profile())
		}
	}
	e.require("oadr:oadrProfile")
	return offers
}

func (c *cursor) profile() ProfileOffer {
	var offer ProfileOffer
	e := c.enter()
	for name := range e.children() {
		switch name {
		case "oadr:oadrProfileName":
			offer.Name = string(c.token())
		case "oadr:oadrTransports":
			offer.Transports = c.transports()
		}
	}
	e.require("oadr:oadrProfileName", "oadr:oadrTransports")
	return offer
}

func (c *cursor) transports() []string {
	var names []string
	e := c.enter()
	for name := range e.children("oadr:oadrTransport") {
		if name == "oadr:oadrTransport" {
			names = append(names, string(c.token("oadr:oadrTransportName")))
		}
	}
	e.require("oadr:oadrTransport")
	return names
}

// services reads oadrServiceSpecificInfo.
func (c *cursor) services() []Service {
	var services []Service
	for name := range c.enter().children("oadr:oadrService") {
		if name != "oadr:oadrService" {
			continue
		}
		var s Service
		e := c.enter()
		for name := range e.children("oadr:oadrInfo") {
			switch name {
			case "oadr:oadrServiceName":
				s.Name = c.oneOf(serviceNames...)
			case "oadr:oadrInfo":
				s.Info = append(s.Info, c.info())
			}
		}
		e.require("oadr:oadrServiceName", "oadr:oadrInfo")
		services = append(services, s)
	}
	return services
}

// extensions reads oadrExtensions.
func (c *cursor) extensions() []Extension {
	var extensions []Extension
	for name := range c.enter().children("oadr:oadrExtension") {
		if name != "oadr:oadrExtension" {
			continue
		}
		var x Extension
		e := c.enter()
		for name := range e.children("oadr:oadrInfo") {
			switch name {
			case "oadr:oadrExtensionName":
				x.Name = c.text()
			case "oadr:oadrInfo":
				x.Info = append(x.Info, c.info())
			}
		}
		e.require("oadr:oadrExtensionName")
		extensions = append(extensions, x)
	}
	return extensions
}

func (c *cursor) info() (i Info) {
	e := c.enter()
	for name := range e.children() {
		switch name {
		case "oadr:oadrKey":
			i.Key = c.text()
		case "oadr:oadrValue":
			i.Value = c.text()
		}
	}
	e.require("oadr:oadrKey", "oadr:oadrValue")
	return i
}

func (m *CancelPartyRegistration) decode(c *cursor) {
	e := c.enter()
	for name := range e.children() {
		switch name {
		case "pyld:requestID":
			m.RequestID = c.text()
		case "ei:registrationID":
			m.RegistrationID = c.id()
		case "ei:venID":
			m.VENID = c.text()
		}
	}
	e.require("ei:registrationID")
}

func (m *CanceledPartyRegistration) decode(c *cursor) {
	e := c.enter()
	for name := range e.children() {
		switch name {
		case "ei:eiResponse":
			m.Response.decode(c)
		case "ei:registrationID":
			m.RegistrationID = c.text()
		case "ei:venID":
			m.VENID = c.text()
		}
	}
	e.require("ei:eiResponse")
}

func (m *RequestReregistration) decode(c *cursor) {
	e := c.enter()
	for name := range e.children() {
		if name == "ei:venID" {
			m.VENID = c.id()
		}
	}
	e.require("ei:venID")
}
