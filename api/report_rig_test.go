package api_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/oadr/oadrtest"
)

// offered is a transport that VENs register with and nothing is sent over.
type offered struct{}

func (offered) Name() string                                { return "xmpp" }
func (offered) Push(context.Context, core.Push) error       { return core.ErrNotConnected }
func (offered) Probe(context.Context, []string) error       { return core.ErrNotConnected }
func (offered) Compare(string, core.Peer) core.AddressMatch { return core.OtherIdentity }

// reportRig is a rig with VENs that report. Nothing is pushed: what VENs say they
// say by requests of their own.
type reportRig struct {
	*rig
	sent *oadrtest.Recorder
}

func startReports(t *testing.T) *reportRig {
	t.Helper()
	r := &reportRig{start(t), &oadrtest.Recorder{}}
	r.vtn.AddTransport(offered{})
	t.Cleanup(func() {
		if len(r.sent.Payloads()) > 0 {
			r.sent.Validate(t)
		}
	})
	return r
}

// say hands over a message as if the VEN had sent it, and returns the reply.
func (r *reportRig) say(venID string, m oadr.Message) oadr.Message {
	r.t.Helper()
	return r.sayRaw(venID, oadr.Append(nil, oadr.Form{}, m))
}

func (r *reportRig) sayRaw(venID string, raw []byte) oadr.Message {
	r.t.Helper()
	p, err := oadr.Decode(raw, oadr.DefaultLimits)
	if err != nil {
		r.t.Fatal(err)
	}
	from := core.Peer{Transport: "xmpp", Identity: venID + "@example.org", Address: venID + "@example.org/client"}
	reply, err := r.vtn.Handle(r.t.Context(), from, p)
	if err != nil {
		r.t.Fatalf("%s from %s: %v", p.Message.Kind(), venID, err)
	}
	if reply != nil {
		r.sent.Record(oadr.Append(nil, p.Form, reply))
	}
	return reply
}

// joins enters a VEN and registers it.
func (r *reportRig) joins(venID string, groups ...string) {
	r.t.Helper()
	r.addVEN(client.VENSpec{VENID: venID, Groups: groups, Identities: []client.Identity{{Identity: venID + "@example.org"}}})
	reply := r.say(venID, &oadr.CreatePartyRegistration{RequestID: "r1", ProfileName: "2.0b", TransportName: "xmpp", VENName: "a VEN"})
	if got := reply.(*oadr.CreatedPartyRegistration).Response; got.Code != oadr.CodeOK {
		r.t.Fatalf("registration of %s: %+v", venID, got)
	}
}

// reports has a VEN join that can report power, voltage and its state.
func (r *reportRig) reports(venID string, groups ...string) {
	r.t.Helper()
	r.joins(venID, groups...)
	r.registers(venID, telemetry(venID))
}

func (r *reportRig) registers(venID string, m *oadr.RegisterReport) *oadr.RegisteredReport {
	r.t.Helper()
	reply := r.say(venID, m).(*oadr.RegisteredReport)
	if reply.Response.Code != oadr.CodeOK {
		r.t.Fatalf("the reports of %s: %+v", venID, reply.Response)
	}
	return reply
}

func telemetry(venID string) *oadr.RegisterReport {
	keeps := 48 * time.Hour
	rate := &oadr.SamplingRate{MinPeriod: time.Minute, MaxPeriod: time.Hour}
	return &oadr.RegisterReport{RequestID: "reg-1", VENID: venID, Reports: []oadr.Report{{
		ReportSpecifierID: "telemetry", ReportName: "METADATA_TELEMETRY_USAGE", ReportRequestID: "0", CreatedDateTime: noon, Duration: &keeps,
		Descriptions: []oadr.ReportDescription{
			{RID: "power", ReportType: "demand", ReadingType: "Direct Read", MarketContext: "http://example.org/dr", SamplingRate: rate,
				Unit:    &oadr.Unit{Type: "powerReal", Scale: "k", Hertz: 50, Voltage: 230, AC: true},
				Subject: &oadr.Target{EndDeviceAssets: []string{"Thermostat"}}, DataSource: &oadr.Target{Resources: []string{"r1"}, Groups: []string{"north"}}},
			{RID: "=voltage", ReportType: "reading", ReadingType: "Direct Read", Unit: &oadr.Unit{Type: "voltage", Scale: "none"}, SamplingRate: rate},
		},
	}, {
		ReportSpecifierID: "status", ReportName: "METADATA_TELEMETRY_STATUS", ReportRequestID: "0", CreatedDateTime: noon, Duration: &keeps,
		Descriptions: []oadr.ReportDescription{{RID: "state", ReportType: "x-resourceStatus", ReadingType: oadr.ReadingNotApplicable}},
	}}}
}

// asked asks a VEN for a report, to which it agrees.
func (r *reportRig) asked(spec client.ReportRequestSpec) client.ReportRequest {
	r.t.Helper()
	made, err := r.RequestReports(r.t.Context(), spec)
	if err != nil {
		r.t.Fatal(err)
	}
	if len(made.Items) != 1 {
		r.t.Fatalf("asked for %+v", made)
	}
	one := made.Items[0]
	r.say(one.VENID, &oadr.CreatedReport{Response: oadr.EIResponse{Code: oadr.CodeOK, RequestID: "c"}, Pending: []string{one.ReportRequestID}, VENID: one.VENID})
	return one
}

var periodic = client.ReportRequestSpec{VENID: "ven-1", ReportSpecifierID: "telemetry", Granularity: "PT1M", ReportBackDuration: "PT5M"}

// sends has a VEN report intervals for a request.
func (r *reportRig) sends(q client.ReportRequest, intervals ...oadr.ReportInterval) {
	r.t.Helper()
	raw := oadr.Append(nil, oadr.Form{}, &oadr.UpdateReport{RequestID: "up", VENID: q.VENID, Reports: []oadr.Report{{
		Start: intervals[0].Start, ReportRequestID: q.ReportRequestID, ReportSpecifierID: q.ReportSpecifierID, ReportName: q.ReportName, CreatedDateTime: noon, Intervals: intervals,
	}}})
	raw = bytes.ReplaceAll(raw, []byte("PT1S"), []byte("PT1.5S")) // the VTN itself writes no fractions
	reply := r.sayRaw(q.VENID, raw).(*oadr.UpdatedReport)
	if reply.Response.Code != oadr.CodeOK {
		r.t.Fatalf("the data of %s: %+v", q.ReportRequestID, reply.Response)
	}
}

// minutes are intervals of power, a minute each from noon and the offset.
func minutes(offset int, power ...float64) (list []oadr.ReportInterval) {
	minute := time.Minute
	for i, value := range power {
		list = append(list, oadr.ReportInterval{Start: noon.Add(time.Duration(offset+i) * minute), Duration: &minute,
			Payloads: []oadr.ReportPayload{{RID: "power", Value: value}}})
	}
	return list
}

const greenButton = oadr.XML(`<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:uuid:1</id><title>A "feed", with
lines</title><updated>2026-11-24T12:00:00Z</updated></feed>`)

// measures has ven-1 report everything that there is, and returns both requests.
func (r *reportRig) measures() (telemetry, status client.ReportRequest) {
	r.t.Helper()
	telemetry = r.asked(periodic)
	confidence, accuracy, minute, second := uint32(95), 0.5, time.Minute, time.Second
	least, most := -1.0, 1.0
	r.sends(telemetry,
		oadr.ReportInterval{Start: noon, Duration: &minute, Payloads: []oadr.ReportPayload{
			{RID: "power", Value: -1.25, Quality: "Quality Good - Non Specific", Confidence: &confidence, Accuracy: &accuracy}, {RID: "=voltage", Value: 229.5}}},
		oadr.ReportInterval{Start: noon.Add(500 * time.Millisecond), Duration: &second, Payloads: []oadr.ReportPayload{{RID: "power", Value: 3}}},
	)
	status = r.asked(client.ReportRequestSpec{VENID: "ven-1", ReportSpecifierID: "status"})
	r.sends(status,
		oadr.ReportInterval{Start: noon, Duration: &minute, Payloads: []oadr.ReportPayload{{RID: "state", Status: &oadr.ResourceStatus{Online: true,
			LoadControlState: &oadr.LoadControlState{LevelOffset: &oadr.LoadControl{Min: &least, Max: &most, Current: 0.5}}}}}},
		oadr.ReportInterval{Start: noon.Add(time.Minute), GreenButton: []oadr.XML{greenButton}},
	)
	return telemetry, status
}
