package oadr

func (m *CreateOpt) decode(c *cursor) {
	e := c.enter()
	for name := range e.children("ei:eiTarget", "oadr:oadrDeviceClass") {
		switch name {
		case "ei:optID":
			m.OptID = c.id()
		case "ei:optType":
			m.OptType = c.oneOf(OptIn, OptOut)
		case "ei:optReason":
			m.OptReason = c.extensible(optReasons...)
		case "emix:marketContext":
			m.MarketContext = c.uri()
		case "ei:venID":
			m.VENID = c.id()
		case "xcal:vavailability":
			m.Schedule = true
			m.Availability = c.availability()
		case "ei:createdDateTime":
			m.CreatedDateTime = c.time()
		case "pyld:requestID":
			m.RequestID = c.text()
		case "ei:qualifiedEventID":
			m.Event = new(QualifiedEventID)
			m.Event.decode(c)
		case "ei:eiTarget":
			m.Target.decodeKnown(c)
		case "oadr:oadrDeviceClass":
			if m.DeviceClass == nil {
				m.DeviceClass = new(Target)
			}
			m.DeviceClass.decodeKnown(c)
		}
	}
	e.require("ei:venID", "ei:optID", "ei:optType", "ei:optReason", "ei:createdDateTime", "ei:eiTarget")
}

// availability reads xcal:vavailability.
func (c *cursor) availability() []Available {
	var spans []Available
	e := c.enter()
	for name := range e.children() {
		if name != "xcal:components" {
			continue
		}
		for name := range c.enter().children("xcal:available") {
			if name == "xcal:available" {
				spans = append(spans, c.propertiesOf())
			}
		}
	}
	e.require("xcal:components")
	return spans
}

func (q *QualifiedEventID) decode(c *cursor) {
	e := c.enter()
	for name := range e.children() {
		switch name {
		case "ei:eventID":
			q.EventID = c.id()
		case "ei:modificationNumber":
			q.ModificationNumber = c.number()
		}
	}
	e.require("ei:eventID", "ei:modificationNumber")
}

func (m *CreatedOpt) decode(c *cursor) {
	e := c.enter()
	for name := range e.children() {
		switch name {
		case "ei:eiResponse":
			m.Response.decode(c)
		case "ei:optID": // empty in the answer to a request that had none
			m.OptID = c.text()
		}
	}
	e.require("ei:eiResponse", "ei:optID")
}

func (m *CancelOpt) decode(c *cursor) {
	e := c.enter()
	for name := range e.children() {
		switch name {
		case "pyld:requestID":
			m.RequestID = c.text()
		case "ei:optID":
			m.OptID = c.id()
		case "ei:venID":
			m.VENID = c.id()
		}
	}
	e.require("ei:optID", "ei:venID")
}

func (m *CanceledOpt) decode(c *cursor) {
	e := c.enter()
	for name := range e.children() {
		switch name {
		case "ei:eiResponse":
			m.Response.decode(c)
		case "ei:optID":
			m.OptID = c.text()
		}
	}
	e.require("ei:eiResponse")
}
