package oadrtest

import (
	"math/rand/v2"
	"strings"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// Generator makes random valid messages, which have everything that the schema lets
// a message have. The same seed makes the same messages.
type Generator struct {
	values
}

// NewGenerator returns a generator with this seed.
func NewGenerator(seed uint64) *Generator {
	return &Generator{values{Rand: rand.New(rand.NewPCG(seed, 0))}}
}

// Form returns a random form.
func (g *Generator) Form() oadr.Form {
	return oadr.Form{Root: pick(g, oadr.RootPayload, oadr.RootSignedObject, oadr.RootMessage)}
}

// Message returns a random message of the kind, nil if the schema does not have the
// kind.
func (g *Generator) Message(kind oadr.Kind) oadr.Message {
	for _, service := range []func(oadr.Kind) oadr.Message{g.registrationMessage, g.eventMessage, g.reportMessage} {
		if m := service(kind); m != nil {
			return m
		}
	}
	return nil
}

// registrationMessage returns a message of EiRegisterParty, nil for another kind.
func (g *Generator) registrationMessage(kind oadr.Kind) oadr.Message {
	switch kind {
	case oadr.KindQueryRegistration:
		return &oadr.QueryRegistration{RequestID: g.id()}
	case oadr.KindCreatePartyRegistration:
		return &oadr.CreatePartyRegistration{
			RequestID: g.id(), RegistrationID: g.maybe(), VENID: g.maybe(),
			ProfileName: g.profile(), TransportName: g.transport(), TransportAddress: g.maybe(),
			ReportOnly: g.flag(), XMLSignature: g.flag(), VENName: g.maybe(), HTTPPullModel: optional(g, g.flag),
		}
	case oadr.KindCreatedPartyRegistration:
		return &oadr.CreatedPartyRegistration{
			Response: g.response(), RegistrationID: g.maybe(), VENID: g.maybe(), VTNID: g.id(),
			Profiles: some(g, func() oadr.ProfileOffer {
				return oadr.ProfileOffer{Name: g.profile(), Transports: some(g, g.transport)}
			}),
			PollFreq: optional(g, g.duration),
			Services: anyOf(g, func() oadr.Service {
				return oadr.Service{Name: pick(g, "EiEvent", "EiOpt", "EiReport", "EiRegisterParty", "OadrPoll"), Info: some(g, g.info)}
			}),
			Extensions: anyOf(g, func() oadr.Extension { return oadr.Extension{Name: g.text(), Info: anyOf(g, g.info)} }),
		}
	case oadr.KindCancelPartyRegistration:
		return &oadr.CancelPartyRegistration{RequestID: g.id(), RegistrationID: g.id(), VENID: g.maybe()}
	case oadr.KindCanceledPartyRegistration:
		return &oadr.CanceledPartyRegistration{Response: g.response(), RegistrationID: g.maybe(), VENID: g.maybe()}
	case oadr.KindRequestReregistration:
		return &oadr.RequestReregistration{VENID: g.id()}
	}
	return nil
}

// eventMessage returns an oadrResponse or a message of EiEvent, EiOpt or OadrPoll,
// nil for another kind.
func (g *Generator) eventMessage(kind oadr.Kind) oadr.Message {
	switch kind {
	case oadr.KindResponse:
		return &oadr.Response{Response: g.response(), VENID: g.maybe()}
	case oadr.KindDistributeEvent:
		return &oadr.DistributeEvent{Response: optional(g, g.response), RequestID: g.id(), VTNID: g.id(), Events: anyOf(g, g.event)}
	case oadr.KindRequestEvent:
		return &oadr.RequestEvent{RequestID: g.id(), VENID: g.id(), ReplyLimit: optional(g, g.Uint32)}
	case oadr.KindCreatedEvent:
		return &oadr.CreatedEvent{Response: g.response(), Responses: anyOf(g, g.eventResponse), VENID: g.id()}
	case oadr.KindPoll:
		return &oadr.Poll{VENID: g.id()}
	case oadr.KindCreateOpt:
		return g.createOpt()
	case oadr.KindCreatedOpt:
		return &oadr.CreatedOpt{Response: g.response(), OptID: g.maybe()}
	case oadr.KindCancelOpt:
		return &oadr.CancelOpt{RequestID: g.id(), OptID: g.id(), VENID: g.id()}
	case oadr.KindCanceledOpt:
		return &oadr.CanceledOpt{Response: g.response(), OptID: g.maybe()}
	}
	return nil
}

// reportMessage returns a message of EiReport, nil for another kind.
func (g *Generator) reportMessage(kind oadr.Kind) oadr.Message {
	switch kind {
	case oadr.KindRegisterReport:
		return &oadr.RegisterReport{RequestID: g.id(), Reports: anyOf(g, g.metadata), VENID: g.maybe(), ReportRequestID: g.maybe()}
	case oadr.KindRegisteredReport:
		return &oadr.RegisteredReport{Response: g.response(), Requests: anyOf(g, g.reportRequest), VENID: g.maybe()}
	case oadr.KindCreateReport:
		return &oadr.CreateReport{RequestID: g.id(), Requests: some(g, g.reportRequest), VENID: g.maybe()}
	case oadr.KindCreatedReport:
		return &oadr.CreatedReport{Response: g.response(), Pending: anyOf(g, g.text), VENID: g.maybe()}
	case oadr.KindUpdateReport:
		return &oadr.UpdateReport{RequestID: g.id(), Reports: anyOf(g, g.measured), VENID: g.maybe()}
	case oadr.KindUpdatedReport:
		return &oadr.UpdatedReport{Response: g.response(), Cancel: optional(g, g.cancelReport), VENID: g.maybe()}
	case oadr.KindCancelReport:
		return new(g.cancelReport())
	case oadr.KindCanceledReport:
		return &oadr.CanceledReport{Response: g.response(), Pending: anyOf(g, g.text), VENID: g.maybe()}
	}
	return nil
}

func (g *Generator) response() oadr.EIResponse {
	return oadr.EIResponse{Code: g.code(), Description: g.maybe(), RequestID: g.maybe()}
}

func (g *Generator) info() oadr.Info { return oadr.Info{Key: g.text(), Value: g.text()} }

func (g *Generator) event() oadr.Event {
	return oadr.Event{
		Descriptor: oadr.EventDescriptor{
			EventID: g.id(), ModificationNumber: g.Uint32(), ModificationReason: g.maybe(), Priority: optional(g, g.Uint32),
			ModificationDateTime: g.maybeSecond(), MarketContext: g.uri(), CreatedDateTime: g.second(),
			Status:    pick(g, "none", "far", "near", "active", "completed", "cancelled"),
			TestEvent: g.maybe(), VTNComment: g.maybe(),
		},
		ActivePeriod: g.period(),
		Signals: some(g, func() oadr.EventSignal {
			return oadr.EventSignal{
				Intervals: some(g, g.interval), Target: optional(g, g.target), Name: g.signalName(), Type: g.signalType(), ID: g.text(),
				Unit: optional(g, g.unit), CurrentValue: optional(g, g.number),
			}
		}),
		Baseline: optional(g, func() oadr.EventBaseline {
			return oadr.EventBaseline{
				Start: g.begin(), Duration: g.duration(), Intervals: some(g, g.interval), ID: g.text(),
				Resources: anyOf(g, g.text), Name: g.text(), Unit: optional(g, g.unit),
			}
		}),
		Target:           g.target(),
		ResponseRequired: pick(g, "always", "never"),
	}
}

func (g *Generator) period() oadr.Period {
	ramp := func() time.Duration { return g.duration() * time.Duration(pick(g, 1, -1)) }
	return oadr.Period{
		Start: g.begin(), Duration: g.duration(), StartAfter: optional(g, g.duration),
		Notification: optional(g, g.duration), RampUp: optional(g, ramp), Recovery: optional(g, g.duration),
	}
}

func (g *Generator) interval() oadr.Interval {
	return oadr.Interval{Start: optional(g, g.begin), Duration: g.duration(), UID: g.maybe(), Value: g.number()}
}

func (g *Generator) target() oadr.Target {
	return oadr.Target{
		AggregatedPnodes: anyOf(g, g.text), EndDeviceAssets: anyOf(g, g.text), MeterAssets: anyOf(g, g.text), Pnodes: anyOf(g, g.text),
		ServiceAreas: anyOf(g, g.gml), ServiceDeliveryPoints: anyOf(g, g.text), ServiceLocations: anyOf(g, g.gml),
		TransportInterfaces: anyOf(g, func() oadr.TransportInterface {
			return oadr.TransportInterface{PointOfReceipt: g.text(), PointOfDelivery: g.text()}
		}),
		Groups: anyOf(g, g.text), GroupNames: anyOf(g, g.text), Resources: anyOf(g, g.text), VENs: anyOf(g, g.text), Parties: anyOf(g, g.text),
	}
}

func (g *Generator) unit() oadr.Unit {
	u := oadr.Unit{
		Type: pick(g, "powerReal", "powerApparent", "powerReactive", "energyReal", "energyApparent", "energyReactive", "voltage", "current",
			"frequency", "Therm", "temperature", "pulseCount", "currency", "currencyPerKWh", "currencyPerKW", "currencyPerThm",
			"customUnit", "oadrGBDataDescription"),
		Scale: pick(g, oadr.ScaleCodes...),
	}
	switch u.Type {
	case "powerReal":
		u.Units = pick(g, "W", "J/s")
	case "temperature":
		u.Units = pick(g, "celsius", "fahrenheit")
	case "pulseCount":
		u.Scale, u.PulseFactor = "", g.number()
	case "currency", "currencyPerKWh", "currencyPerKW", "currencyPerThm":
		u.Units = pick(g, "EUR", "USD", "JPY")
	case "customUnit":
		u.Units, u.Description = g.text(), g.text()
	case "oadrGBDataDescription":
		u.Scale, u.GreenButton = "", g.feed()
	}
	if strings.HasPrefix(u.Type, "power") {
		u.Hertz, u.Voltage, u.AC = pick(g, 50, g.NormFloat64()), pick(g, 230.5, 0), g.flag()
	}
	return u
}

func (g *Generator) eventResponse() oadr.EventResponse {
	return oadr.EventResponse{
		Code: g.code(), Description: g.maybe(), RequestID: g.maybe(), EventID: g.id(), ModificationNumber: g.Uint32(), OptType: g.optType(),
	}
}

func (g *Generator) createOpt() oadr.Message {
	m := &oadr.CreateOpt{
		OptID: g.id(), OptType: g.optType(), MarketContext: g.maybeURI(), VENID: g.id(), CreatedDateTime: g.second(), RequestID: g.id(),
		OptReason: pick(g, "economic", "emergency", "mustRun", "notParticipating", "outageRunStatus", "overrideStatus", "participating", "x-schedule", g.extension()),
		Schedule:  g.flag(),
		Event: optional(g, func() oadr.QualifiedEventID {
			return oadr.QualifiedEventID{EventID: g.id(), ModificationNumber: g.Uint32()}
		}),
		Target: g.target(), DeviceClass: optional(g, g.target),
	}
	if m.Schedule {
		m.Availability = anyOf(g, g.period)
	}
	return m
}

func (g *Generator) metadata() oadr.Report {
	return oadr.Report{
		Start: g.maybeBegin(), Duration: optional(g, g.duration), ReportID: g.maybe(),
		Descriptions: anyOf(g, func() oadr.ReportDescription {
			return oadr.ReportDescription{
				RID: g.id(), Subject: optional(g, g.target), DataSource: optional(g, g.target), ReportType: g.reportType(),
				Unit: optional(g, g.unit), ReadingType: g.readingType(), MarketContext: g.maybeURI(),
				SamplingRate: optional(g, func() oadr.SamplingRate {
					return oadr.SamplingRate{MinPeriod: g.duration(), MaxPeriod: g.duration(), OnChange: g.flag()}
				}),
			}
		}),
		ReportRequestID: g.maybe(), ReportSpecifierID: g.id(), ReportName: g.reportName(), CreatedDateTime: g.second(),
	}
}

func (g *Generator) measured() oadr.Report {
	r := g.metadata()
	r.Descriptions, r.ReportRequestID = nil, g.id()
	r.Intervals = anyOf(g, func() oadr.ReportInterval {
		i := oadr.ReportInterval{
			Start: g.maybeBegin(), Duration: optional(g, g.duration), UID: g.maybe(),
			Payloads: anyOf(g, g.reportPayload), GreenButton: anyOf(g, g.feed),
		}
		if len(i.Payloads)+len(i.GreenButton) == 0 {
			i.Payloads = some(g, g.reportPayload)
		}
		return i
	})
	return r
}

func (g *Generator) reportPayload() oadr.ReportPayload {
	p := oadr.ReportPayload{
		RID: g.id(), Confidence: optional(g, func() uint32 { return g.Uint32N(101) }), Accuracy: optional(g, g.number),
		Status: optional(g, func() oadr.ResourceStatus {
			return oadr.ResourceStatus{Online: g.flag(), ManualOverride: g.flag(), LoadControlState: optional(g, func() oadr.LoadControlState {
				return oadr.LoadControlState{
					Capacity: optional(g, g.loadControl), LevelOffset: optional(g, g.loadControl),
					PercentOffset: optional(g, g.loadControl), SetPoint: optional(g, g.loadControl),
				}
			})}
		}),
	}
	switch {
	case p.Status != nil:
	case g.IntN(5) == 0:
		p.NoValue = true
	default:
		p.Value = g.number()
	}
	if g.flag() {
		p.Quality = pick(g, "No Quality - No Value", "Quality Bad - Device Failure", "Quality Good - Non Specific", "Quality Limit - Field/Not", g.extension())
	}
	return p
}

func (g *Generator) loadControl() oadr.LoadControl {
	return oadr.LoadControl{Min: optional(g, g.number), Max: optional(g, g.number), Current: g.number(), Normal: optional(g, g.number)}
}

func (g *Generator) reportRequest() oadr.ReportRequest {
	return oadr.ReportRequest{ReportRequestID: g.id(), Specifier: oadr.ReportSpecifier{
		ReportSpecifierID: g.id(), Granularity: g.duration(), ReportBackDuration: g.duration(), ReportInterval: optional(g, g.period),
		Payloads: some(g, func() oadr.SpecifierPayload {
			return oadr.SpecifierPayload{RID: g.id(), Unit: optional(g, g.unit), ReadingType: g.readingType()}
		}),
	}}
}

func (g *Generator) cancelReport() oadr.CancelReport {
	return oadr.CancelReport{RequestID: g.id(), ReportRequestIDs: some(g, g.id), ReportToFollow: g.flag(), VENID: g.maybe()}
}
