package oadr

func (m *CreateOpt) decode(d *decoder) {
	e := d.enter()
	for name := range e.children("ei:eiTarget", "oadr:oadrDeviceClass") {
		switch name {
		case "ei:optID":
			m.OptID = d.id()
		case "ei:optType":
			m.OptType = d.oneOf(OptIn, OptOut)
		case "ei:optReason":
			m.OptReason = d.extensible(optReasons...)
		case "emix:marketContext":
			m.MarketContext = d.uri()
		case "ei:venID":
			m.VENID = d.id()
		case "xcal:vavailability":
			m.Schedule = true
			m.Availability = d.availability()
		case "ei:createdDateTime":
			m.CreatedDateTime = d.time()
		case "pyld:requestID":
			m.RequestID = d.text()
		case "ei:qualifiedEventID":
			m.Event = new(QualifiedEventID)
			m.Event.decode(d)
		case "ei:eiTarget":
			m.Target.decodeKnown(d)
		case "oadr:oadrDeviceClass":
			if m.DeviceClass == nil {
				m.DeviceClass = new(Target)
			}
			m.DeviceClass.decodeKnown(d)
		}
	}
	e.require("ei:venID", "ei:optID", "ei:optType", "ei:optReason", "ei:createdDateTime", "ei:eiTarget")
}

// availability reads xcal:vavailability.
func (d *decoder) availability() []Available {
	var spans []Available
	e := d.enter()
	for name := range e.children() {
		if name != "xcal:components" {
			continue
		}
		for name := range d.enter().children("xcal:available") {
			if name == "xcal:available" {
				spans = append(spans, d.propertiesOf())
			}
		}
	}
	e.require("xcal:components")
	return spans
}

func (q *QualifiedEventID) decode(d *decoder) {
	e := d.enter()
	for name := range e.children() {
		switch name {
		case "ei:eventID":
			q.EventID = d.id()
		case "ei:modificationNumber":
			q.ModificationNumber = d.number()
		}
	}
	e.require("ei:eventID", "ei:modificationNumber")
}

func (m *CreatedOpt) decode(d *decoder) {
	e := d.enter()
	for name := range e.children() {
		switch name {
		case "ei:eiResponse":
			m.Response.decode(d)
		case "ei:optID": // empty if the request had none
			m.OptID = d.text()
		}
	}
	e.require("ei:eiResponse", "ei:optID")
}

func (m *CancelOpt) decode(d *decoder) {
	e := d.enter()
	for name := range e.children() {
		switch name {
		case "pyld:requestID":
			m.RequestID = d.text()
		case "ei:optID":
			m.OptID = d.id()
		case "ei:venID":
			m.VENID = d.id()
		}
	}
	e.require("ei:optID", "ei:venID")
}

func (m *CanceledOpt) decode(d *decoder) {
	e := d.enter()
	for name := range e.children() {
		switch name {
		case "ei:eiResponse":
			m.Response.decode(d)
		case "ei:optID":
			m.OptID = d.text()
		}
	}
	e.require("ei:eiResponse")
}
