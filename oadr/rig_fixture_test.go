package oadr_test

import (
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

var (
	noon     = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	ok       = oadr.EIResponse{Code: 200, Description: "OK", RequestID: "req-1"}
	okBare   = oadr.EIResponse{Code: 200}
	profiles = []oadr.ProfileOffer{
		{Name: oadr.Profile20b, Transports: []string{oadr.TransportSimpleHTTP, oadr.TransportXMPP}},
		{Name: oadr.Profile20a, Transports: []string{oadr.TransportXMPP}},
	}
)

// units are one unit of each type, and of those that leave a choice one of each
// choice.
var units = []oadr.Unit{
	{Type: "powerReal", Scale: "k", Units: "W", Hertz: 50, Voltage: 230.5, AC: true},
	{Type: "powerReal", Scale: "M", Units: "J/s", Voltage: 800},
	{Type: "powerApparent", Scale: "none", Hertz: 60, Voltage: 110, AC: true},
	{Type: "powerReactive", Scale: "G", Hertz: 60, Voltage: 110, AC: true},
	{Type: "energyReal", Scale: "k"},
	{Type: "energyApparent", Scale: "T"},
	{Type: "energyReactive", Scale: "m"},
	{Type: "voltage", Scale: "c"},
	{Type: "current", Scale: "d"},
	{Type: "frequency", Scale: "n"},
	{Type: "Therm", Scale: "none"},
	{Type: "temperature", Scale: "none", Units: "celsius"},
	{Type: "temperature", Scale: "none", Units: "fahrenheit"},
	{Type: "pulseCount", PulseFactor: 0.25},
	{Type: "currency", Scale: "micro", Units: "EUR"},
	{Type: "currencyPerKWh", Scale: "none", Units: "USD"},
	{Type: "currencyPerKW", Scale: "none", Units: "AED"},
	{Type: "currencyPerThm", Scale: "p", Units: "ZWL"},
	{Type: "customUnit", Scale: "none", Units: "furlong/fortnight", Description: "speed < light"},
}

// simpleEvent is the smallest event: SIMPLE, one interval.
func simpleEvent() oadr.Event {
	return oadr.Event{
		Descriptor: oadr.EventDescriptor{
			EventID:         "event-1",
			MarketContext:   "http://example.org/dr",
			CreatedDateTime: noon,
			Status:          oadr.StatusFar,
		},
		ActivePeriod: oadr.ActivePeriod{Start: noon.Add(time.Hour), Duration: time.Hour, Notification: new(10 * time.Minute)},
		Signals: []oadr.EventSignal{{
			Intervals:    []oadr.Interval{{Duration: time.Hour, UID: "0", Value: 1}},
			Name:         "SIMPLE",
			Type:         "level",
			ID:           "0",
			CurrentValue: new(0.0),
		}},
		Target:           oadr.Target{VENs: []string{"ven-1"}},
		ResponseRequired: oadr.ResponseAlways,
	}
}

// fullEvent has every field, and a signal for each unit.
func fullEvent() oadr.Event {
	target := oadr.Target{
		EndDeviceAssets: []string{"Thermostat", "Exterior_Lighting"},
		Groups:          []string{"g1", "g2"},
		Resources:       []string{"r1", "r2"},
		VENs:            []string{"ven-1"},
		Parties:         []string{"p1", "p2"},
	}
	e := oadr.Event{
		Descriptor: oadr.EventDescriptor{
			EventID:              "event & <2>",
			ModificationNumber:   4294967295,
			ModificationDateTime: noon.Add(-time.Hour),
			ModificationReason:   "longer",
			Priority:             new(uint32(0)),
			MarketContext:        "http://example.org/dr?a=b&c=d",
			CreatedDateTime:      noon,
			Status:               oadr.StatusActive,
			TestEvent:            "true",
			VTNComment:           "tab\there, line\r\nend, \"quotes\", 電気, \U0001F50C ]]>",
		},
		ActivePeriod: oadr.ActivePeriod{
			Start:        noon.Add(-time.Minute),
			Duration:     26*time.Hour + 3*time.Minute + 4*time.Second,
			StartAfter:   new(3 * time.Minute),
			Notification: new(24 * time.Hour),
			RampUp:       new(-5 * time.Minute),
			Recovery:     new(time.Duration(0)),
		},
		Baseline: &oadr.EventBaseline{
			Start:     noon.Add(-24 * time.Hour),
			Duration:  time.Hour,
			Intervals: []oadr.Interval{{Duration: 20 * time.Minute, UID: "0", Value: 3}, {Duration: 40 * time.Minute, UID: "1", Value: -0.1}},
			ID:        "b1",
			Resources: []string{"r1", "r2"},
			Name:      "yesterday",
			Unit:      &units[0],
		},
		Target:           target,
		ResponseRequired: oadr.ResponseNever,
	}
	for i := range units {
		e.Signals = append(e.Signals, oadr.EventSignal{
			Intervals: []oadr.Interval{
				{Start: new(noon), Duration: 0, UID: "0", Value: 1e21},
				{Duration: time.Hour, Value: 1.5e-7},
			},
			Target:       &target,
			Name:         "x-custom",
			Type:         "x-loadControlPercentOffset",
			ID:           "s",
			Unit:         &units[i],
			CurrentValue: new(-12.25),
		})
	}
	return e
}

// metadata returns a report of one data point with everything that it can have.
func metadata() oadr.Report {
	return oadr.Report{
		Duration: new(time.Hour), ReportID: "report-1", ReportRequestID: "0", ReportSpecifierID: "spec-1",
		ReportName: oadr.MetadataPrefix + oadr.ReportTelemetryUsage, CreatedDateTime: noon,
		Descriptions: []oadr.ReportDescription{
			{
				RID: "r1", Subject: &oadr.Target{EndDeviceAssets: []string{"Thermostat"}}, DataSource: &oadr.Target{Resources: []string{"res-1"}},
				ReportType: "usage", Unit: &units[4], ReadingType: "Direct Read", MarketContext: "http://example.org/dr",
				SamplingRate: &oadr.SamplingRate{MinPeriod: time.Minute, MaxPeriod: time.Hour, OnChange: true},
			},
			{RID: "r2", ReportType: "x-own", ReadingType: oadr.ReadingNotApplicable},
		},
	}
}

// measured returns a report of values with everything that it can have.
func measured() oadr.Report {
	load := &oadr.LoadControl{Min: new(-1.0), Max: new(2.5), Current: 1, Normal: new(0.0)}
	return oadr.Report{
		Start: noon, Duration: new(2 * time.Hour), ReportID: "report-1", ReportRequestID: "rr-1", ReportSpecifierID: "spec-1",
		ReportName: oadr.ReportTelemetryUsage, CreatedDateTime: noon,
		Intervals: []oadr.ReportInterval{
			{Start: noon, Duration: new(time.Hour), UID: "0", Payloads: []oadr.ReportPayload{
				{RID: "r1", Confidence: new(uint32(100)), Accuracy: new(0.25), Value: -12.5, Quality: "Quality Good - Non Specific"},
				{RID: "r2", Status: &oadr.ResourceStatus{Online: true, LoadControlState: &oadr.LoadControlState{
					Capacity: load, LevelOffset: load, PercentOffset: &oadr.LoadControl{}, SetPoint: load,
				}}},
			}},
			{Payloads: []oadr.ReportPayload{{RID: "r2", Status: &oadr.ResourceStatus{ManualOverride: true}, Quality: "x-own"}}},
			{Start: time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC), Payloads: []oadr.ReportPayload{{RID: "r1"}}},
			{Start: time.Date(3000, 1, 1, 0, 0, 0, 0, time.UTC), Duration: new(time.Duration(0)), Payloads: []oadr.ReportPayload{{RID: "r1", Value: 1}}},
		},
	}
}

// requests returns a periodic request with everything that it can have, and the
// smallest one.
func requests() []oadr.ReportRequest {
	return []oadr.ReportRequest{
		{ReportRequestID: "rr-1", Specifier: oadr.ReportSpecifier{
			ReportSpecifierID: "spec-1", Granularity: time.Minute, ReportBackDuration: time.Hour,
			ReportInterval: &oadr.Period{Start: noon, Duration: 24 * time.Hour, StartAfter: new(time.Minute)},
			Payloads: []oadr.SpecifierPayload{
				{RID: "r1", Unit: &units[0], ReadingType: oadr.ReadingNotApplicable},
				{RID: "r2", ReadingType: "Mean"},
			},
		}},
		{ReportRequestID: "rr-2", Specifier: oadr.ReportSpecifier{
			ReportSpecifierID: oadr.SpecifierMetadata, Payloads: []oadr.SpecifierPayload{{RID: "METADATA", ReadingType: oadr.ReadingNotApplicable}},
		}},
	}
}

// sendable are all messages that can be sent, with everything and with only what is
// required.
var sendable = []struct {
	name    string
	message oadr.Message
}{
	{"Response", &oadr.Response{Response: ok, VENID: "ven-1"}},
	{"Response, minimal", &oadr.Response{Response: okBare}},
	{"QueryRegistration", &oadr.QueryRegistration{RequestID: "req-1"}},
	{"CreatePartyRegistration", &oadr.CreatePartyRegistration{
		RequestID: "req-1", RegistrationID: "reg-1", VENID: "ven-1", ProfileName: "2.0b", TransportName: "xmpp",
		TransportAddress: "ven1@example.org/client", ReportOnly: true, XMLSignature: true, VENName: " a <VEN> ", HTTPPullModel: new(false),
	}},
	{"CreatePartyRegistration, minimal", &oadr.CreatePartyRegistration{RequestID: "req-1", ProfileName: "2.0a", TransportName: "simpleHttp"}},
	{"CreatedPartyRegistration", &oadr.CreatedPartyRegistration{
		Response: ok, RegistrationID: "reg-1", VENID: "ven-1", VTNID: "vtn", Profiles: profiles, PollFreq: new(10 * time.Second),
	}},
	{"CreatedPartyRegistration, minimal", &oadr.CreatedPartyRegistration{Response: okBare, VTNID: "vtn", Profiles: profiles[:1]}},
	{"CancelPartyRegistration", &oadr.CancelPartyRegistration{RequestID: "req-1", RegistrationID: "reg-1", VENID: "ven-1"}},
	{"CancelPartyRegistration, minimal", &oadr.CancelPartyRegistration{RequestID: "req-1", RegistrationID: "reg-1"}},
	{"CanceledPartyRegistration", &oadr.CanceledPartyRegistration{Response: ok, RegistrationID: "reg-1", VENID: "ven-1"}},
	{"CanceledPartyRegistration, minimal", &oadr.CanceledPartyRegistration{Response: okBare}},
	{"RequestReregistration", &oadr.RequestReregistration{VENID: "ven-1"}},
	{"DistributeEvent", &oadr.DistributeEvent{Response: &ok, RequestID: "e1-1", VTNID: "vtn", Events: []oadr.Event{fullEvent(), simpleEvent()}}},
	{"DistributeEvent, minimal", &oadr.DistributeEvent{RequestID: "e1-1", VTNID: "vtn"}},
	{"RequestEvent", &oadr.RequestEvent{RequestID: "req-1", VENID: "ven-1", ReplyLimit: new(uint32(0))}},
	{"RequestEvent, minimal", &oadr.RequestEvent{RequestID: "req-1", VENID: "ven-1"}},
	{"CreatedEvent", &oadr.CreatedEvent{Response: ok, VENID: "ven-1", Responses: []oadr.EventResponse{
		{Code: 200, Description: "OK", RequestID: "e1-1", EventID: "event-1", ModificationNumber: 3, OptType: oadr.OptIn},
		{Code: 460, EventID: "event-2", OptType: oadr.OptOut},
	}}},
	{"CreatedEvent, minimal", &oadr.CreatedEvent{Response: okBare, VENID: "ven-1"}},
	{"Poll", &oadr.Poll{VENID: "ven-1"}},
	{"CreateOpt, event", &oadr.CreateOpt{
		OptID: "opt-1", OptType: oadr.OptOut, OptReason: "mustRun", MarketContext: "http://example.org/dr", VENID: "ven-1",
		CreatedDateTime: noon, RequestID: "req-1", Event: &oadr.QualifiedEventID{EventID: "event-1", ModificationNumber: 1},
		Target: oadr.Target{Resources: []string{"r1"}}, DeviceClass: &oadr.Target{EndDeviceAssets: []string{"Thermostat"}},
	}},
	{"CreateOpt, schedule", &oadr.CreateOpt{
		OptID: "opt-1", OptType: oadr.OptIn, OptReason: "x-vacation", VENID: "ven-1", CreatedDateTime: noon, RequestID: "req-1",
		Schedule: true, Availability: []oadr.Available{{Start: noon, Duration: time.Hour}, {Start: noon.Add(24 * time.Hour)}},
	}},
	{"CreateOpt, empty schedule", &oadr.CreateOpt{
		OptID: "opt-1", OptType: oadr.OptIn, OptReason: "economic", VENID: "ven-1", CreatedDateTime: noon, RequestID: "req-1", Schedule: true,
	}},
	{"CreatedOpt", &oadr.CreatedOpt{Response: ok, OptID: "opt-1"}},
	{"CreatedOpt, no optID", &oadr.CreatedOpt{Response: okBare}},
	{"CancelOpt", &oadr.CancelOpt{RequestID: "req-1", OptID: "opt-1", VENID: "ven-1"}},
	{"CanceledOpt", &oadr.CanceledOpt{Response: ok, OptID: "opt-1"}},
	{"CanceledOpt, minimal", &oadr.CanceledOpt{Response: okBare}},
	{"RegisterReport", &oadr.RegisterReport{RequestID: "req-1", Reports: []oadr.Report{metadata(), metadata()}, VENID: "ven-1", ReportRequestID: "rr-1"}},
	{"RegisterReport, minimal", &oadr.RegisterReport{RequestID: "req-1"}},
	{"RegisteredReport", &oadr.RegisteredReport{Response: ok, Requests: requests(), VENID: "ven-1"}},
	{"RegisteredReport, minimal", &oadr.RegisteredReport{Response: okBare}},
	{"CreateReport", &oadr.CreateReport{RequestID: "req-1", Requests: requests(), VENID: "ven-1"}},
	{"CreateReport, minimal", &oadr.CreateReport{RequestID: "req-1", Requests: requests()[1:]}},
	{"CreatedReport", &oadr.CreatedReport{Response: ok, Pending: []string{"rr-1", "rr-2"}, VENID: "ven-1"}},
	{"CreatedReport, minimal", &oadr.CreatedReport{Response: okBare}},
	{"UpdateReport", &oadr.UpdateReport{RequestID: "req-1", Reports: []oadr.Report{measured(), measured()}, VENID: "ven-1"}},
	{"UpdateReport, minimal", &oadr.UpdateReport{RequestID: "req-1"}},
	{"UpdatedReport", &oadr.UpdatedReport{Response: ok, Cancel: &oadr.CancelReport{RequestID: "req-2", ReportRequestIDs: []string{"rr-1"}}, VENID: "ven-1"}},
	{"UpdatedReport, minimal", &oadr.UpdatedReport{Response: okBare}},
	{"CancelReport", &oadr.CancelReport{RequestID: "req-1", ReportRequestIDs: []string{"rr-1", "rr-2"}, ReportToFollow: true, VENID: "ven-1"}},
	{"CancelReport, minimal", &oadr.CancelReport{RequestID: "req-1", ReportRequestIDs: []string{"rr-1"}}},
	{"CanceledReport", &oadr.CanceledReport{Response: ok, Pending: []string{"rr-1"}, VENID: "ven-1"}},
	{"CanceledReport, minimal", &oadr.CanceledReport{Response: okBare}},
}

// kinds are all messages of the schema.
var kinds = []oadr.Kind{
	oadr.KindResponse, oadr.KindQueryRegistration, oadr.KindCreatePartyRegistration, oadr.KindCreatedPartyRegistration,
	oadr.KindCancelPartyRegistration, oadr.KindCanceledPartyRegistration, oadr.KindRequestReregistration,
	oadr.KindDistributeEvent, oadr.KindRequestEvent, oadr.KindCreatedEvent, oadr.KindPoll,
	oadr.KindCreateOpt, oadr.KindCreatedOpt, oadr.KindCancelOpt, oadr.KindCanceledOpt,
	oadr.KindRegisterReport, oadr.KindRegisteredReport, oadr.KindCreateReport, oadr.KindCreatedReport,
	oadr.KindUpdateReport, oadr.KindUpdatedReport, oadr.KindCancelReport, oadr.KindCanceledReport,
}
