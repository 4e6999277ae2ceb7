package oadr

func (m *CreateOpt) append(w *writer) {
	w.text("ei:optID", m.OptID)
	w.text("ei:optType", m.OptType)
	w.text("ei:optReason", m.OptReason)
	w.optional("emix:marketContext", m.MarketContext)
	w.text("ei:venID", m.VENID)
	if m.Schedule || len(m.Availability) > 0 {
		w.availability(m.Availability)
	}
	w.time("ei:createdDateTime", m.CreatedDateTime)
	w.text("pyld:requestID", m.RequestID)
	if m.Event != nil {
		w.qualifiedEventID(*m.Event)
	}
	m.Target.append(w, "ei:eiTarget")
	if m.DeviceClass != nil {
		m.DeviceClass.append(w, "oadr:oadrDeviceClass")
	}
}

func (w *writer) availability(spans []Available) {
	w.start("xcal:vavailability")
	w.start("xcal:components")
	for _, span := range spans {
		w.start("xcal:available")
		span.append(w)
		w.end()
	}
	w.end()
	w.end()
}

func (w *writer) qualifiedEventID(q QualifiedEventID) {
	w.start("ei:qualifiedEventID")
	w.text("ei:eventID", q.EventID)
	w.number("ei:modificationNumber", q.ModificationNumber)
	w.end()
}

func (m *CreatedOpt) append(w *writer) {
	m.Response.append(w)
	w.text("ei:optID", m.OptID)
}

func (m *CancelOpt) append(w *writer) {
	w.text("pyld:requestID", m.RequestID)
	w.text("ei:optID", m.OptID)
	w.text("ei:venID", m.VENID)
}

func (m *CanceledOpt) append(w *writer) {
	m.Response.append(w)
	w.optional("ei:optID", m.OptID)
}
