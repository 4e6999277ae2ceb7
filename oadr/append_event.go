package oadr

func (m *DistributeEvent) append(w *writer) {
	m.appendHead(w)
	for i := range m.Events {
		m.Events[i].append(w)
	}
}

// appendHead writes what precedes the events.
func (m *DistributeEvent) appendHead(w *writer) {
	if m.Response != nil {
		m.Response.append(w)
	}
	w.text("pyld:requestID", m.RequestID)
	w.text("ei:vtnID", m.VTNID)
}

func (ed *EventDescriptor) append(w *writer) {
	w.start("ei:eventDescriptor")
	w.text("ei:eventID", ed.EventID)
	w.number("ei:modificationNumber", ed.ModificationNumber)
	if !ed.ModificationDateTime.IsZero() {
		w.time("ei:modificationDateTime", ed.ModificationDateTime)
	}
	w.optional("ei:modificationReason", ed.ModificationReason)
	ed.appendRest(w)
	w.end()
}

// appendRest writes the priority and what follows it.
func (ed *EventDescriptor) appendRest(w *writer) {
	if ed.Priority != nil {
		w.number("ei:priority", *ed.Priority)
	}
	w.start("ei:eiMarketContext")
	w.text("emix:marketContext", ed.MarketContext)
	w.end()
	w.time("ei:createdDateTime", ed.CreatedDateTime)
	w.text("ei:eventStatus", ed.Status)
	w.optional("ei:testEvent", ed.TestEvent)
	w.optional("ei:vtnComment", ed.VTNComment)
}

func (s *EventSignal) append(w *writer) {
	w.start("ei:eiEventSignal")
	w.intervals(s.Intervals)
	if s.Target != nil {
		s.Target.append(w, "ei:eiTarget")
	}
	w.text("ei:signalName", s.Name)
	w.text("ei:signalType", s.Type)
	w.text("ei:signalID", s.ID)
	if s.Unit != nil {
		s.Unit.append(w)
	}
	if s.CurrentValue != nil {
		w.payloadFloat("ei:currentValue", *s.CurrentValue)
	}
	w.end()
}

func (b *EventBaseline) append(w *writer) {
	w.start("ei:eiEventBaseline")
	w.dtstart(b.Start)
	w.duration("xcal:duration", b.Duration)
	w.intervals(b.Intervals)
	w.text("ei:baselineID", b.ID)
	w.texts("ei:resourceID", b.Resources)
	w.text("ei:baselineName", b.Name)
	if b.Unit != nil {
		b.Unit.append(w)
	}
	w.end()
}

func (w *writer) intervals(intervals []Interval) {
	w.start("strm:intervals")
	for _, i := range intervals {
		w.start("ei:interval")
		if i.Start != nil {
			w.dtstart(*i.Start)
		}
		w.duration("xcal:duration", i.Duration)
		w.uid(i.UID)
		w.payloadFloat("ei:signalPayload", i.Value)
		w.end()
	}
	w.end()
}

// payloadFloat writes an element that holds a payloadFloat. It writes minus zero as
// 0, since a level is one of 0, 1, 2, 3 (Table 1 of the profile).
func (w *writer) payloadFloat(name string, f float64) {
	w.start(name)
	w.start("ei:payloadFloat")
	w.float("ei:value", f+0)
	w.end()
	w.end()
}

func (m *RequestEvent) append(w *writer) {
	w.start("pyld:eiRequestEvent")
	w.text("pyld:requestID", m.RequestID)
	w.text("ei:venID", m.VENID)
	if m.ReplyLimit != nil {
		w.number("pyld:replyLimit", *m.ReplyLimit)
	}
	w.end()
}

func (m *CreatedEvent) append(w *writer) {
	w.start("pyld:eiCreatedEvent")
	m.Response.append(w)
	if len(m.Responses) > 0 {
		w.start("ei:eventResponses")
		for i := range m.Responses {
			m.Responses[i].append(w)
		}
		w.end()
	}
	w.text("ei:venID", m.VENID)
	w.end()
}

func (r *EventResponse) append(w *writer) {
	w.start("ei:eventResponse")
	w.code(r.Code)
	w.optional("ei:responseDescription", r.Description)
	w.text("pyld:requestID", r.RequestID)
	w.qualifiedEventID(QualifiedEventID{r.EventID, r.ModificationNumber})
	w.text("ei:optType", r.OptType)
	w.end()
}
