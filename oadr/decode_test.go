package oadr_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/oadr/oadrtest"
)

// Each sample is read and written again, and has the same content before and after,
// to this package and to another reader.
func TestSamples(t *testing.T) {
	var written [][]byte
	for name, raw := range samples(t) {
		t.Run(name, func(t *testing.T) {
			p := decode(t, raw)
			if unknown, ok := p.Message.(*oadr.Unknown); ok {
				t.Fatalf("%s is unknown", unknown.Name)
			}
			again := oadr.Append(nil, p.Form, p.Message)
			written = append(written, again)
			if q := decode(t, again); !reflect.DeepEqual(p, q) {
				t.Errorf("read\n%#v, then\n%#v", p.Message, q.Message)
			}
			if got, want := canonical(t, again), canonical(t, raw); got != want {
				t.Errorf("says\n%s, said\n%s", got, want)
			}
		})
	}
	oadrtest.Validate(t, written...)
}

// sampleValues are what some of the samples say.
var sampleValues = []struct {
	file string
	root oadr.Root
	want oadr.Message
}{
	{"Sample_oadrCreatePartyRegistration_xmpp.xml", oadr.RootMessage, &oadr.CreatePartyRegistration{
		RequestID: "REQ_123", VENID: "VEN_1234", ProfileName: "2.0b", TransportName: "xmpp",
		TransportAddress: "jim@xmpp.com", XMLSignature: true, VENName: "MyVEN",
	}},
	{"Sample_oadrUpdateReport.xml", oadr.RootMessage, &oadr.UpdateReport{
		RequestID: "String", VENID: "VEN_123", Reports: []oadr.Report{{
			Start:    time.Date(2001, 12, 17, 9, 30, 47, 0, time.UTC),
			Duration: new(304 * 24 * time.Hour), // P10M; its author may have meant minutes
			ReportID: "RP_54321", ReportRequestID: "RR_65432", ReportSpecifierID: "RS_12345", ReportName: "HISTORY_USAGE",
			CreatedDateTime: time.Date(2001, 12, 17, 9, 30, 47, 0, time.UTC),
			Intervals: []oadr.ReportInterval{
				{Duration: new(151 * 24 * time.Hour), UID: "0", Payloads: []oadr.ReportPayload{
					{RID: "123", Confidence: new(uint32(95)), Accuracy: new(0.2), Value: 3.14159, Quality: "Quality Good - Non Specific"},
					{RID: "124", Confidence: new(uint32(100)), Accuracy: new(0.0), Value: 20, Quality: "Quality Good - Non Specific"},
				}},
				{Duration: new(153 * 24 * time.Hour), UID: "1", Payloads: []oadr.ReportPayload{
					{RID: "123", Confidence: new(uint32(95)), Accuracy: new(0.2), Value: 4.15, Quality: "Quality Good - Non Specific"},
					{RID: "124", Confidence: new(uint32(100)), Accuracy: new(0.0), Value: 21, Quality: "Quality Good - Non Specific"},
				}},
			},
		}},
	}},
	{"Sample_oadrCreateOpt_Event.xml", oadr.RootMessage, &oadr.CreateOpt{
		OptID: "Opt_1234", OptType: "optIn", OptReason: "participating", VENID: "VEN_3214",
		CreatedDateTime: time.Date(2001, 12, 17, 9, 30, 47, 0, time.UTC), RequestID: "REQ_12343",
		Event: &oadr.QualifiedEventID{EventID: "Event_12345", ModificationNumber: 1},
		Target: oadr.Target{
			Resources: []string{"RES_123534", "RES_234523", "RES_080789", "RES_123567"},
			VENs:      []string{"VEN_1234"},
		},
		DeviceClass: &oadr.Target{EndDeviceAssets: []string{"Exterior_Lighting"}},
	}},
	{"sample_oadrPayload_20b.xml", oadr.RootPayload, &oadr.DistributeEvent{
		Response: &oadr.EIResponse{Code: 200}, RequestID: "OadrDisReq120613_113614_485", VTNID: "TH_VTN",
		Events: []oadr.Event{{
			Descriptor: oadr.EventDescriptor{
				EventID: "Event120613_113614_987_0", MarketContext: "http://MarketContext1",
				CreatedDateTime: time.Date(2013, 6, 12, 15, 36, 14, 0, time.UTC), Status: "far",
			},
			ActivePeriod: oadr.ActivePeriod{
				Start: time.Date(2013, 6, 12, 15, 38, 14, 0, time.UTC), Duration: 3 * time.Minute, Notification: new(time.Minute),
			},
			Signals: []oadr.EventSignal{{
				Intervals: []oadr.Interval{
					{Duration: time.Minute, UID: "0", Value: 1},
					{Duration: time.Minute, UID: "1", Value: 1},
					{Duration: time.Minute, UID: "2", Value: 2},
				},
				Name: "simple", Type: "level", ID: "String", CurrentValue: new(0.0),
			}},
			ResponseRequired: "always",
		}},
	}},
}

func TestSampleValues(t *testing.T) {
	all := samples(t)
	for _, test := range sampleValues {
		p := decode(t, all[test.file])
		if p.Form.Root != test.root {
			t.Errorf("%s: root %v, want %v", test.file, p.Form.Root, test.root)
		}
		if !reflect.DeepEqual(p.Message, test.want) {
			t.Errorf("%s:\n%#v, want\n%#v", test.file, p.Message, test.want)
		}
	}
}

const pollXML = `<oadrPoll %oadr><venID %ei>v</venID></oadrPoll>`

// What rule G5 tolerates, and different XML of the same meaning.
func TestG5Tolerated(t *testing.T) {
	poll := &oadr.Poll{VENID: "v"}
	availability := func(duration string) string {
		return `<oadrCreateOpt %oadr><eiTarget %ei/><requestID %pyld>r</requestID>
			<createdDateTime %ei> 2026-11-24T14:00:00.5+02:00 </createdDateTime><venID %ei>v</venID><optReason %ei> x-a </optReason>
			<vavailability %xcal><components><available><properties>` + duration + `<dtstart><date-time>2026-11-24T12:00:00</date-time></dtstart></properties></available></components></vavailability>
			<optType %ei>
			optOut</optType><optID %ei> o </optID></oadrCreateOpt>`
	}
	opt := &oadr.CreateOpt{
		OptID: " o ", OptType: "optOut", OptReason: "x-a", VENID: "v", CreatedDateTime: noon.Add(500 * time.Millisecond),
		RequestID: "r", Schedule: true, Availability: []oadr.Available{{Start: noon, Duration: time.Hour}},
	}
	for _, test := range []struct {
		name, raw string
		root      oadr.Root
		want      oadr.Message
	}{
		{"declaration", `<?xml version="1.0" encoding="UTF-8"?> <!-- a --> ` + pollXML + " <!-- b --> <?pi?>\n", oadr.RootMessage, poll},
		{"byte order mark", "\uFEFF" + pollXML, oadr.RootMessage, poll},
		{"signed object", `<oadrSignedObject %oadr Id="a">` + pollXML + `</oadrSignedObject>`, oadr.RootSignedObject, poll},
		{"signature", `<oadrPayload %oadr><Signature %ds><SignedInfo/></Signature><oadrSignedObject>` + pollXML + `</oadrSignedObject></oadrPayload>`, oadr.RootPayload, poll},
		{"unknown elements", `<oadrPayload %oadr><x xmlns="urn:x"><oadrSignedObject %oadr/></x><oadrSignedObject><x xmlns="urn:x">` + pollXML + `</x>` +
			`<oadrPoll><foo/><venID xmlns="urn:x">w</venID><venID %ei><foo>w</foo>v</venID><venID %pyld>w</venID></oadrPoll></oadrSignedObject></oadrPayload>`, oadr.RootPayload, poll},
		{"any prefix", `<a:oadrPoll xmlns:a="` + oadr.NS + `" xmlns:oadr="` + oadr.NSei + `"><oadr:venID>v</oadr:venID></a:oadrPoll>`, oadr.RootMessage, poll},
		{"any schemaVersion", `<oadrPoll %oadr xmlns:e="` + oadr.NSei + `" e:schemaVersion="3.1" schemaVersion=""><venID %ei>v</venID></oadrPoll>`, oadr.RootMessage, poll},
		{"the first of several", `<oadrPoll %oadr><venID %ei>v</venID><venID %ei>w</venID></oadrPoll>`, oadr.RootMessage, poll},
		{"CDATA, comments and references", `<oadrCancelOpt %oadr><venID %ei><![CDATA[a<b]]>&amp;<!-- -->&#99;</venID><optID %ei>o</optID><requestID %pyld>r</requestID></oadrCancelOpt>`,
			oadr.RootMessage, &oadr.CancelOpt{RequestID: "r", OptID: "o", VENID: "a<b&c"}},
		{"IDs exactly as sent, codes trimmed", `<oadrResponse %oadr><venID %ei> v </venID><eiResponse %ei><requestID %pyld> r
</requestID><responseCode> 200 </responseCode></eiResponse></oadrResponse>`,
			oadr.RootMessage, &oadr.Response{Response: oadr.EIResponse{Code: 200, RequestID: " r\n"}, VENID: " v "}},
		{"eiResponse without requestID", `<oadrResponse %oadr><eiResponse %ei><responseCode>452</responseCode></eiResponse><venID %ei/></oadrResponse>`,
			oadr.RootMessage, &oadr.Response{Response: oadr.EIResponse{Code: 452}}},
		{"empty optional values", `<oadrCancelPartyRegistration %oadr><requestID %pyld>r</requestID><registrationID %ei>g</registrationID><venID %ei></venID></oadrCancelPartyRegistration>`,
			oadr.RootMessage, &oadr.CancelPartyRegistration{RequestID: "r", RegistrationID: "g"}},
		{"order and nested duration", availability(`<duration> <duration> PT60M </duration> </duration>`), oadr.RootMessage, opt},
		{"bare duration", availability(`<duration> PT1H </duration>`), oadr.RootMessage, opt},
		{"unknown element in a duration", availability(`<duration><foo>P1Y</foo><duration>PT1H</duration><duration>PT2H</duration></duration>`), oadr.RootMessage, opt},
		{"duration of week and fraction", availability(`<duration>+P0Y0W0DT59M60.000S</duration>`), oadr.RootMessage, opt},
		{"profile xmpp", `<oadrCreatePartyRegistration %oadr><requestID %pyld>r</requestID><oadrProfileName> xmpp </oadrProfileName>` +
			`<oadrTransportName>smtp</oadrTransportName><oadrReportOnly> 1 </oadrReportOnly><oadrXmlSignature>0</oadrXmlSignature></oadrCreatePartyRegistration>`,
			oadr.RootMessage, &oadr.CreatePartyRegistration{RequestID: "r", ProfileName: "xmpp", TransportName: "smtp", ReportOnly: true}},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := decode(t, []byte(expand.Replace(test.raw)))
			if p.Form.Root != test.root || !reflect.DeepEqual(p.Message, test.want) {
				t.Errorf("%v %#v, want %v %#v", p.Form, p.Message, test.root, test.want)
			}
		})
	}
}

// A message that the schema does not have is distinguished from no message, and
// keeps what an answer needs.
func TestG4UnknownMessage(t *testing.T) {
	for _, test := range []struct {
		raw  string
		root oadr.Root
		want oadr.Unknown
	}{
		{`<oadrFoo %oadr/>`, oadr.RootMessage, oadr.Unknown{Name: "oadrFoo"}},
		{`<oadrPayload %oadr><oadrSignedObject><oadrFoo><requestID %pyld>r</requestID><venID %ei>v</venID></oadrFoo></oadrSignedObject></oadrPayload>`,
			oadr.RootPayload, oadr.Unknown{Name: "oadrFoo", RequestID: "r", VENID: "v"}},
		{`<oadrSignedObject %oadr><oadrFoo><eiFoo %pyld><requestID>r</requestID><deeper><venID %ei>v</venID></deeper></eiFoo></oadrFoo></oadrSignedObject>`,
			oadr.RootSignedObject, oadr.Unknown{Name: "oadrFoo", RequestID: "r"}},
		{`<oadrReport %oadr><venID %ei>v</venID><venID %ei>w</venID></oadrReport>`, oadr.RootMessage, oadr.Unknown{Name: "oadrReport", VENID: "v"}},
	} {
		p := decode(t, []byte(expand.Replace(test.raw)))
		if u, ok := p.Message.(*oadr.Unknown); !ok || *u != test.want || p.Form.Root != test.root {
			t.Errorf("%s: %v %#v, want %#v", test.raw, p.Form, p.Message, test.want)
		}
	}
}

func TestEveryKindIsKnown(t *testing.T) {
	for _, kind := range kinds {
		p, err := oadr.Decode([]byte(expand.Replace(`<`+string(kind)+` %oadr/>`)), oadr.DefaultLimits)
		if err != nil {
			t.Fatal(err)
		}
		if _, unknown := p.Message.(*oadr.Unknown); unknown || p.Message.Kind() != kind {
			t.Errorf("%s became %T of kind %s", kind, p.Message, p.Message.Kind())
		}
		empty := kind == oadr.KindQueryRegistration || kind == oadr.KindRegisterReport || kind == oadr.KindUpdateReport // they have at least a requestID, which may be empty
		if (p.Invalid == nil) != empty {
			t.Errorf("%s without content is %v", kind, p.Invalid)
		}
	}
}

// What is no payload at all.
func TestG5NotAPayload(t *testing.T) {
	wrap := func(inside string) string {
		return `<oadrPayload %oadr><oadrSignedObject>` + inside + `</oadrSignedObject></oadrPayload>`
	}
	nested := func(levels int) string {
		return wrap(`<oadrPoll><venID %ei>v</venID>` + strings.Repeat("<x>", levels) + strings.Repeat("</x>", levels) + `</oadrPoll>`)
	}
	for _, test := range []struct {
		name, raw string
		want      error
	}{
		{"nothing", ``, oadr.ErrMalformed},
		{"blank", "\n", oadr.ErrMalformed},
		{"text", `hello`, oadr.ErrMalformed},
		{"a comment", `<!-- -->`, oadr.ErrMalformed},
		{"text before", `a` + pollXML, oadr.ErrMalformed},
		{"text after", pollXML + `a`, oadr.ErrMalformed},
		{"two documents", pollXML + pollXML, oadr.ErrMalformed},
		{"not closed", `<oadrPoll %oadr><venID %ei>v</venID>`, oadr.ErrMalformed},
		{"closed by another", `<oadrPoll %oadr></oadrPol>`, oadr.ErrMalformed},
		{"cut in a tag", `<oadrPoll %oadr><venI`, oadr.ErrMalformed},
		{"ill-formed behind the message", wrap(pollXML) + `</a>`, oadr.ErrMalformed},
		{"unknown entity", `<oadrPoll %oadr><venID %ei>&foo;</venID></oadrPoll>`, oadr.ErrMalformed},
		{"DTD", `<!DOCTYPE a [<!ENTITY b "c">]>` + pollXML, oadr.ErrMalformed},
		{"invalid UTF-8", "<oadrPoll %oadr>\xff</oadrPoll>", oadr.ErrMalformed},
		{"another encoding", `<?xml version="1.0" encoding="UTF-16"?>` + pollXML, oadr.ErrMalformed},
		{"no message", wrap(``), oadr.ErrMalformed},
		{"only foreign elements", wrap(`<x xmlns="urn:x"/>`), oadr.ErrMalformed},
		{"two messages", wrap(`<oadrPoll/><oadrPoll/>`), oadr.ErrMalformed},
		{"a message and an unknown one", wrap(`<oadrPoll/><oadrFoo/>`), oadr.ErrMalformed},
		{"no signed object", `<oadrPayload %oadr/>`, oadr.ErrMalformed},
		{"a message without signed object", `<oadrPayload %oadr>` + pollXML + `</oadrPayload>`, oadr.ErrMalformed},
		{"two signed objects", `<oadrPayload %oadr><oadrSignedObject>` + pollXML + `</oadrSignedObject><oadrSignedObject>` + pollXML + `</oadrSignedObject></oadrPayload>`, oadr.ErrMalformed},
		{"no namespace", `<oadrPoll/>`, oadr.ErrNotOpenADR},
		{"another namespace", `<query xmlns="jabber:iq:version"/>`, oadr.ErrNotOpenADR},
		{"ei namespace", `<venID %ei>v</venID>`, oadr.ErrNotOpenADR},
		{"a message of 2.0a in a payload of 2.0b", wrap(`<oadrRequestEvent %2.0a/>`), oadr.ErrMalformed},
		{"undeclared prefix", `<oadr:oadrPoll/>`, oadr.ErrMalformed},
		{"300 kB", wrap(`<oadrPoll><venID %ei>` + strings.Repeat("v", 300_000) + `</venID></oadrPoll>`), oadr.ErrTooLarge},
		{"62 levels too many", nested(62), oadr.ErrTooDeep},
		{"5,000 levels", nested(5_000), oadr.ErrTooDeep},
		{"10,000 levels", nested(10_000), oadr.ErrTooDeep},
		{"20,000 levels that never close", wrap(strings.Repeat("<x>", 20_000)), oadr.ErrTooDeep},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, err := oadr.Decode([]byte(expand.Replace(test.raw)), oadr.DefaultLimits)
			if !errors.Is(err, test.want) || p != nil {
				t.Fatalf("got %v, %v, want %v", p, err, test.want)
			}
			if len(err.Error()) > 400 {
				t.Errorf("the error quotes the payload: %d bytes", len(err.Error()))
			}
		})
	}
	decode(t, []byte(expand.Replace(nested(61)))) // 64 levels are allowed
}

func TestG5LimitsAreExact(t *testing.T) {
	raw := []byte(expand.Replace(pollXML))
	if _, err := oadr.Decode(raw, oadr.Limits{Size: len(raw), Depth: 2}); err != nil {
		t.Error(err)
	}
	if _, err := oadr.Decode(raw, oadr.Limits{Size: len(raw) - 1, Depth: 2}); !errors.Is(err, oadr.ErrTooLarge) {
		t.Error(err)
	}
	if _, err := oadr.Decode(raw, oadr.Limits{Size: len(raw), Depth: 1}); !errors.Is(err, oadr.ErrTooDeep) {
		t.Error(err)
	}
}
