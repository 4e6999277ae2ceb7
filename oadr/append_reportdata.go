package oadr

func (r *Report) append(w *writer) {
	w.start("oadr:oadrReport")
	if !r.Start.IsZero() {
		w.dtstart(r.Start)
	}
	w.optionalDuration("xcal:duration", r.Duration)
	if len(r.Intervals) > 0 {
		w.start("strm:intervals")
		for i := range r.Intervals {
			r.Intervals[i].append(w)
		}
		w.end()
	}
	w.optional("ei:eiReportID", r.ReportID)
	for i := range r.Descriptions {
		r.Descriptions[i].append(w)
	}
	w.text("ei:reportRequestID", r.ReportRequestID)
	w.text("ei:reportSpecifierID", r.ReportSpecifierID)
	w.optional("ei:reportName", r.ReportName)
	w.time("ei:createdDateTime", r.CreatedDateTime)
	w.end()
}

func (rd *ReportDescription) append(w *writer) {
	w.start("oadr:oadrReportDescription")
	w.text("ei:rID", rd.RID)
	if rd.Subject != nil {
		rd.Subject.append(w, "ei:reportSubject")
	}
	if rd.DataSource != nil {
		rd.DataSource.append(w, "ei:reportDataSource")
	}
	w.text("ei:reportType", rd.ReportType)
	if rd.Unit != nil {
		rd.Unit.append(w)
	}
	w.text("ei:readingType", rd.ReadingType)
	w.optional("emix:marketContext", rd.MarketContext)
	if r := rd.SamplingRate; r != nil {
		w.start("oadr:oadrSamplingRate")
		w.bareDuration("oadr:oadrMinPeriod", r.MinPeriod)
		w.bareDuration("oadr:oadrMaxPeriod", r.MaxPeriod)
		w.boolean("oadr:oadrOnChange", r.OnChange)
		w.end()
	}
	w.end()
}

func (i *ReportInterval) append(w *writer) {
	w.start("ei:interval")
	if !i.Start.IsZero() {
		w.dtstart(i.Start)
	}
	w.optionalDuration("xcal:duration", i.Duration)
	w.uid(i.UID)
	for p := range i.Payloads {
		i.Payloads[p].append(w)
	}
	w.parts("oadr:oadrGBPayload", i.GreenButton)
	w.end()
}

func (p *ReportPayload) append(w *writer) {
	w.start("oadr:oadrReportPayload")
	w.text("ei:rID", p.RID)
	if p.Confidence != nil {
		w.number("ei:confidence", *p.Confidence)
	}
	w.optionalFloat("ei:accuracy", p.Accuracy)
	if p.Status != nil {
		p.Status.append(w)
	} else {
		w.start("ei:payloadFloat")
		if p.NoValue {
			w.raw("ei:value", []byte("NaN"))
		} else {
			w.float("ei:value", p.Value)
		}
		w.end()
	}
	w.optional("oadr:oadrDataQuality", p.Quality)
	w.end()
}

func (s *ResourceStatus) append(w *writer) {
	w.start("oadr:oadrPayloadResourceStatus")
	w.boolean("oadr:oadrOnline", s.Online)
	w.boolean("oadr:oadrManualOverride", s.ManualOverride)
	if l := s.LoadControlState; l != nil {
		w.start("oadr:oadrLoadControlState")
		l.Capacity.append(w, "oadr:oadrCapacity")
		l.LevelOffset.append(w, "oadr:oadrLevelOffset")
		l.PercentOffset.append(w, "oadr:oadrPercentOffset")
		l.SetPoint.append(w, "oadr:oadrSetPoint")
		w.end()
	}
	w.end()
}

// append writes the value, or nothing if l is nil.
func (l *LoadControl) append(w *writer, name string) {
	if l == nil {
		return
	}
	w.start(name)
	w.optionalFloat("oadr:oadrMin", l.Min)
	w.optionalFloat("oadr:oadrMax", l.Max)
	w.float("oadr:oadrCurrent", l.Current)
	w.optionalFloat("oadr:oadrNormal", l.Normal)
	w.end()
}
