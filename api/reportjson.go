package api

import (
	"strconv"
	"strings"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// reportsAsked holds the requests of one body.
type reportsAsked struct {
	specs   []core.ReportSpec
	byVENID []bool // for each spec: it has a venID, not targets
	one     bool   // the body is one request, not a list
}

// maxAsked limits the requests of one body.
const maxAsked = 100

// readReports reads one request for reports, or a list of them.
func readReports(o *object) *reportsAsked {
	a := &reportsAsked{one: !o.set("requests")}
	if a.one {
		a.read(o)
		return a
	}
	requests := o.objects("requests")
	if len(requests) > maxAsked {
		o.found.add("requests", "are %d; at most %d can be made at once", len(requests), maxAsked)
	}
	for _, request := range requests[:min(len(requests), maxAsked)] {
		a.read(request)
	}
	if len(requests) == 0 {
		o.found.add("requests", "must have at least one request")
	}
	return a
}

func (a *reportsAsked) read(o *object) {
	s := core.ReportSpec{
		SpecifierID: o.text("reportSpecifierID"),
		RIDs:        o.texts("rIDs"),
		ReportName:  o.text("reportName"),
		ReportType:  o.text("reportType"),
		Measurement: o.text("measurement"),
		Granularity: o.duration("granularity"),
		ReportBack:  o.duration("reportBackDuration"),
		Start:       o.instant("start"),
		Duration:    o.duration("duration"),
		Standing:    o.boolean("standing"),
		Piggyback:   o.boolean("piggyback"),
	}
	venID, targets := o.text("venID"), o.object("targets")
	switch {
	case o.set("venID") && targets != nil:
		o.found.add(o.field("targets"), "and venID are both given; give only one of the two")
	case targets != nil:
		s.Targets = readTargets(targets)
	case o.set("venID"):
		s.Targets = []core.Target{{Kind: core.TargetVENID, Value: venID}}
	default:
		o.found.add(o.field("venID"), "is missing; give the venID of one VEN, or targets")
	}
	a.specs, a.byVENID = append(a.specs, s), append(a.byVENID, o.set("venID"))
}

func (h *reportHandlers) showReportRequest(r *core.ReportRequest) client.ReportRequest {
	return client.ReportRequest{
		ReportRequestID:    r.ReportRequestID,
		OrderID:            r.OrderID,
		VENID:              r.VENID,
		ReportSpecifierID:  r.SpecifierID,
		ReportName:         r.ReportName,
		RIDs:               list(r.RIDs),
		Granularity:        oadr.FormatDuration(r.Granularity),
		ReportBackDuration: oadr.FormatDuration(r.ReportBack),
		Start:              moment(r.Start),
		Duration:           ending(r.Duration),
		Piggyback:          r.Piggyback,
		State:              string(h.vtn.ReportStatus(r)),
		ReportToFollow:     r.ToFollow,
		CreatedAt:          r.CreatedAt.UTC(),
		CreatedBy:          r.CreatedBy,
		ToldAt:             moment(r.ToldAt),
		LastDataAt:         moment(r.DataAt),
		EndedAt:            moment(r.EndedAt),
		ResponseCode:       r.Code,
		LastError:          r.Error,
	}
}

// ending is a duration in JSON: null if it is zero, which means without end.
func ending(d time.Duration) *string {
	if d == 0 {
		return nil
	}
	text := oadr.FormatDuration(d)
	return &text
}

func showReportOrder(o *core.ReportOrder) client.ReportOrder {
	return client.ReportOrder{
		OrderID:            o.OrderID,
		Targets:            showTargets(o.Targets),
		ReportSpecifierID:  o.SpecifierID,
		RIDs:               list(o.RIDs),
		ReportName:         o.ReportName,
		ReportType:         o.ReportType,
		Measurement:        o.Measurement,
		Granularity:        oadr.FormatDuration(o.Granularity),
		ReportBackDuration: oadr.FormatDuration(o.ReportBack),
		Start:              moment(o.Start),
		Duration:           ending(o.Duration),
		Standing:           o.Standing,
		Piggyback:          o.Piggyback,
		CreatedAt:          o.CreatedAt.UTC(),
		CreatedBy:          o.CreatedBy,
		EndedAt:            moment(o.EndedAt),
	}
}

func showVENReport(o core.ReportOffer) client.VENReport {
	out := client.VENReport{
		ReportSpecifierID: o.SpecifierID,
		ReportName:        o.Name,
		CreatedDateTime:   moment(o.CreatedAt),
		RegisteredAt:      o.RegisteredAt.UTC(),
		DataPoints:        []client.DataPoint{},
	}
	if o.Keeps != nil {
		keeps := lasting(*o.Keeps)
		out.Duration = &keeps
	}
	for i := range o.Points {
		out.DataPoints = append(out.DataPoints, showDataPoint(&o.Points[i]))
	}
	return out
}

func showDataPoint(p *oadr.ReportDescription) client.DataPoint {
	out := client.DataPoint{
		RID:           p.RID,
		ReportType:    p.ReportType,
		ReadingType:   p.ReadingType,
		Unit:          showUnit(p.Unit),
		MarketContext: p.MarketContext,
		Subject:       showEITarget(p.Subject),
		DataSource:    showEITarget(p.DataSource),
	}
	if p.Unit != nil {
		out.GreenButton = string(p.Unit.GreenButton)
	}
	if r := p.SamplingRate; r != nil {
		out.SamplingRate = &client.SamplingRate{MinPeriod: lasting(r.MinPeriod), MaxPeriod: lasting(r.MaxPeriod), OnChange: r.OnChange}
	}
	return out
}

func showEITarget(t *oadr.Target) *client.EITarget {
	if t == nil {
		return nil
	}
	out := &client.EITarget{
		Resources:             t.Resources,
		DeviceClasses:         t.EndDeviceAssets,
		Groups:                t.Groups,
		GroupNames:            t.GroupNames,
		VENIDs:                t.VENs,
		Parties:               t.Parties,
		MeterAssets:           t.MeterAssets,
		Pnodes:                t.Pnodes,
		AggregatedPnodes:      t.AggregatedPnodes,
		ServiceDeliveryPoints: t.ServiceDeliveryPoints,
		ServiceAreas:          xmlTexts(t.ServiceAreas),
		ServiceLocations:      xmlTexts(t.ServiceLocations),
	}
	for _, i := range t.TransportInterfaces {
		out.TransportInterfaces = append(out.TransportInterfaces, client.TransportInterface(i))
	}
	return out
}

func xmlTexts(parts []oadr.XML) (texts []string) {
	for _, p := range parts {
		texts = append(texts, string(p))
	}
	return texts
}

// lasting writes a duration that a VEN sent, which may have a fraction of a second.
func lasting(d time.Duration) string {
	text := oadr.FormatDuration(d)
	_, fraction, ok := strings.Cut(strconv.FormatFloat((d%time.Second).Seconds(), 'f', -1, 64), ".")
	if !ok {
		return text
	}
	seconds, ok := strings.CutSuffix(text, "S")
	if !ok {
		if seconds += "0"; !strings.Contains(text, "T") {
			seconds = text + "T0"
		}
	}
	return seconds + "." + fraction + "S"
}
