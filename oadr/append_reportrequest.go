package oadr

func (r *ReportRequest) append(w *writer) {
	w.start("oadr:oadrReportRequest")
	w.text("ei:reportRequestID", r.ReportRequestID)
	r.Specifier.append(w)
	w.end()
}

func (s *ReportSpecifier) append(w *writer) {
	w.start("ei:reportSpecifier")
	w.text("ei:reportSpecifierID", s.ReportSpecifierID)
	w.duration("xcal:granularity", s.Granularity)
	w.duration("ei:reportBackDuration", s.ReportBackDuration)
	if s.ReportInterval != nil {
		w.start("ei:reportInterval")
		s.ReportInterval.append(w)
		w.end()
	}
	for i := range s.Payloads {
		s.Payloads[i].append(w)
	}
	w.end()
}

func (p *SpecifierPayload) append(w *writer) {
	w.start("ei:specifierPayload")
	w.text("ei:rID", p.RID)
	if p.Unit != nil {
		p.Unit.append(w)
	}
	w.text("ei:readingType", p.ReadingType)
	w.end()
}
