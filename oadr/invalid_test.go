package oadr_test

import (
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

const (
	requestEventXML = `<oadrRequestEvent %oadr><eiRequestEvent %pyld><requestID>r</requestID><venID %ei>v</venID><replyLimit>1</replyLimit></eiRequestEvent></oadrRequestEvent>`
	cancelOptXML    = `<oadrCancelOpt %oadr><requestID %pyld>r</requestID><optID %ei>o</optID><venID %ei>v</venID></oadrCancelOpt>`
	registrationXML = `<oadrCreatePartyRegistration %oadr><requestID %pyld>r</requestID><oadrProfileName>2.0b</oadrProfileName>` +
		`<oadrTransportName>xmpp</oadrTransportName><oadrReportOnly>false</oadrReportOnly><oadrXmlSignature>false</oadrXmlSignature><oadrHttpPullModel>true</oadrHttpPullModel></oadrCreatePartyRegistration>`
	createdEventXML = `<oadrCreatedEvent %oadr><eiCreatedEvent %pyld><eiResponse %ei><responseCode>200</responseCode><requestID %pyld/></eiResponse>` +
		`<eventResponses %ei><eventResponse><responseCode>200</responseCode><requestID %pyld>e1-1</requestID><qualifiedEventID><eventID>e</eventID><modificationNumber>0</modificationNumber></qualifiedEventID><optType>optIn</optType></eventResponse></eventResponses>` +
		`<venID %ei>v</venID></eiCreatedEvent></oadrCreatedEvent>`
	createOptXML = `<oadrCreateOpt %oadr><optID %ei>o</optID><optType %ei>optIn</optType><optReason %ei>economic</optReason><venID %ei>v</venID>` +
		`<vavailability %xcal><components><available><properties><dtstart><date-time>2026-11-24T12:00:00Z</date-time></dtstart><duration><duration>PT1H</duration></duration></properties></available></components></vavailability>` +
		`<createdDateTime %ei>2026-11-24T12:00:00Z</createdDateTime><requestID %pyld>r</requestID><eiTarget %ei/></oadrCreateOpt>`
	distributeEventXML = `<oadrDistributeEvent %oadr><requestID %pyld>r</requestID><vtnID %ei>n</vtnID><oadrEvent><eiEvent %ei>` +
		`<eventDescriptor><eventID>e</eventID><modificationNumber>0</modificationNumber><priority>1</priority><eiMarketContext><marketContext %emix>http://m</marketContext></eiMarketContext><createdDateTime>2026-11-24T12:00:00Z</createdDateTime><eventStatus>far</eventStatus></eventDescriptor>` +
		`<eiActivePeriod><properties %xcal><dtstart><date-time>2026-11-24T13:00:00Z</date-time></dtstart><duration><duration>PT1H</duration></duration><tolerance><tolerate><startafter>PT1M</startafter></tolerate></tolerance><x-eiRampUp %ei><duration %xcal>-PT5M</duration></x-eiRampUp></properties><components %xcal/></eiActivePeriod>` +
		`<eiEventSignals><eiEventSignal><intervals %strm><interval %ei><duration %xcal><duration>PT60M</duration></duration><signalPayload><payloadFloat><value>1</value></payloadFloat></signalPayload></interval></intervals>` +
		`<signalName>LOAD_DISPATCH</signalName><signalType>setpoint</signalType><signalID>s</signalID><powerReal %power><itemDescription>RealPower</itemDescription><itemUnits>W</itemUnits><siScaleCode %scale>k</siScaleCode><powerAttributes><hertz>50</hertz><voltage>230</voltage><ac>true</ac></powerAttributes></powerReal>` +
		`<currentValue><payloadFloat><value>2</value></payloadFloat></currentValue></eiEventSignal></eiEventSignals><eiTarget/></eiEvent><oadrResponseRequired>always</oadrResponseRequired></oadrEvent></oadrDistributeEvent>`
	cancelReportXML = `<oadrCancelReport %oadr><requestID %pyld>r</requestID><reportRequestID %ei>q</reportRequestID><reportToFollow %pyld>true</reportToFollow></oadrCancelReport>`
	updateReportXML = `<oadrUpdateReport %oadr><requestID %pyld>r</requestID><oadrReport><intervals %strm><interval %ei><oadrReportPayload %oadr><rID %ei>r1</rID>` +
		`<confidence %ei>100</confidence><accuracy %ei>0.5</accuracy><payloadFloat %ei><value>1</value></payloadFloat><oadrDataQuality>Quality Good - Non Specific</oadrDataQuality></oadrReportPayload>` +
		`<oadrReportPayload %oadr><rID %ei>r2</rID><oadrPayloadResourceStatus><oadrOnline>true</oadrOnline><oadrManualOverride>false</oadrManualOverride>` +
		`<oadrLoadControlState><oadrCapacity><oadrMin>3</oadrMin><oadrCurrent>2</oadrCurrent></oadrCapacity></oadrLoadControlState></oadrPayloadResourceStatus></oadrReportPayload></interval></intervals>` +
		`<reportRequestID %ei>q</reportRequestID><reportSpecifierID %ei>s</reportSpecifierID><reportName %ei>TELEMETRY_USAGE</reportName><createdDateTime %ei>2026-11-24T12:00:00Z</createdDateTime></oadrReport></oadrUpdateReport>`
	energyRealXML     = `<energyReal %power><itemDescription>RealEnergy</itemDescription><itemUnits>Wh</itemUnits><siScaleCode %scale>k</siScaleCode></energyReal>`
	registerReportXML = `<oadrRegisterReport %oadr><requestID %pyld>r</requestID><oadrReport><duration %xcal><duration>PT1H</duration></duration><oadrReportDescription><rID %ei>r1</rID>` +
		`<reportType %ei>usage</reportType>` + energyRealXML +
		`<readingType %ei>Direct Read</readingType><oadrSamplingRate><oadrMinPeriod>PT1M</oadrMinPeriod><oadrMaxPeriod>PT2M</oadrMaxPeriod><oadrOnChange>false</oadrOnChange></oadrSamplingRate></oadrReportDescription>` +
		`<reportRequestID %ei/><reportSpecifierID %ei>s</reportSpecifierID><createdDateTime %ei>2026-11-24T12:00:00Z</createdDateTime></oadrReport></oadrRegisterReport>`
	createReportXML = `<oadrCreateReport %oadr><requestID %pyld>r</requestID><oadrReportRequest><reportRequestID %ei>q</reportRequestID><reportSpecifier %ei><reportSpecifierID>s</reportSpecifierID>` +
		`<granularity %xcal><duration>PT1M</duration></granularity><reportBackDuration><duration %xcal>PT2M</duration></reportBackDuration>` +
		`<reportInterval><properties %xcal><dtstart><date-time>2026-11-24T13:00:00Z</date-time></dtstart><duration><duration>PT3H</duration></duration></properties></reportInterval>` +
		`<specifierPayload><rID>r1</rID><readingType>x-notApplicable</readingType></specifierPayload></reportSpecifier></oadrReportRequest></oadrCreateReport>`
	createdReportXML = `<oadrCreatedReport %oadr><eiResponse %ei><responseCode>200</responseCode></eiResponse><oadrPendingReports/></oadrCreatedReport>`
	registeredXML    = `<oadrCreatedPartyRegistration %oadr><eiResponse %ei><responseCode>200</responseCode></eiResponse><vtnID %ei>n</vtnID><oadrProfiles><oadrProfile><oadrProfileName>2.0b</oadrProfileName><oadrTransports><oadrTransport><oadrTransportName>xmpp</oadrTransportName></oadrTransport></oadrTransports></oadrProfile></oadrProfiles></oadrCreatedPartyRegistration>`
)

// cannotBe matches the reasons to refuse a value of the right type.
var cannotBe = regexp.MustCompile("longer than|does not end|is negative|not in the years|not a finite|beyond the range|more than 100|nothing that is known")

// invalidValues are valid messages with one value changed, and what is wrong then.
var invalidValues = []struct {
	raw      string
	old, new string // what changes in the valid message
	element  string
	reason   string // a part of it
}{
	{requestEventXML, `<venID %ei>v</venID>`, ``, "venID", "is missing"},
	{requestEventXML, `<venID %ei>v</venID>`, `<venID %ei></venID>`, "venID", "is empty"},
	{requestEventXML, `<venID %ei>v</venID>`, `<venID>v</venID>`, "venID", "is missing"},
	{requestEventXML, `>1<`, `>-1<`, "replyLimit", "whole number"},
	{requestEventXML, `>1<`, `>4294967296<`, "replyLimit", "whole number"},
	{requestEventXML, `>1<`, `>1.5<`, "replyLimit", "whole number"},
	{requestEventXML, `>1<`, `><`, "replyLimit", "is empty"},
	{requestEventXML, `<eiRequestEvent %pyld>`, `<eiRequestEvent>`, "eiRequestEvent", "is missing"},
	{cancelOptXML, `<optID %ei>o</optID>`, ``, "optID", "is missing"},
	{cancelOptXML, `<venID %ei>v</venID>`, ``, "venID", "is missing"},
	{registrationXML, `<oadrProfileName>2.0b</oadrProfileName>`, ``, "oadrProfileName", "is missing"},
	{registrationXML, `>xmpp<`, `> <`, "oadrTransportName", "is empty"},
	{registrationXML, `<oadrReportOnly>false</oadrReportOnly>`, ``, "oadrReportOnly", "is missing"},
	{registrationXML, `<oadrXmlSignature>false</oadrXmlSignature>`, ``, "oadrXmlSignature", "is missing"},
	{registrationXML, `<oadrXmlSignature>false`, `<oadrXmlSignature>FALSE`, "oadrXmlSignature", `"FALSE" is none of true`},
	{registrationXML, `<oadrHttpPullModel>true`, `<oadrHttpPullModel>yes`, "oadrHttpPullModel", `"yes"`},
	{createdEventXML, `<venID %ei>v</venID>`, ``, "venID", "is missing"},
	{createdEventXML, `>optIn<`, `>optin<`, "optType", `"optin" is none of optIn, optOut`},
	{createdEventXML, `<eventID>e</eventID>`, ``, "eventID", "is missing"},
	{createdEventXML, `>0<`, `>one<`, "modificationNumber", "whole number"},
	{createdEventXML, `<eiResponse %ei><responseCode>200</responseCode><requestID %pyld/></eiResponse>`, ``, "eiResponse", "is missing"},
	{createdEventXML, `>200<`, `>20<`, "responseCode", "three digits"},
	{createdEventXML, `>200<`, `>0200<`, "responseCode", "three digits"},
	{createdEventXML, `>200<`, `>+20<`, "responseCode", "three digits"},
	{createdEventXML, `>200<`, `>OK!<`, "responseCode", "three digits"},
	{createOptXML, `PT1H`, `P292Y1M`, "duration", "longer than"},
	{createOptXML, `<date-time>2026-11-24T12:00:00Z</date-time></dtstart><duration><duration>PT1H`, `<date-time>9999-12-31T00:00:00Z</date-time></dtstart><duration><duration>P1D`, "duration", "does not end in the years 1 to 9999"},
	{distributeEventXML, `<date-time>2026-11-24T13:00:00Z</date-time></dtstart><duration><duration>PT1H`, `<date-time>9999-12-31T13:00:00Z</date-time></dtstart><duration><duration>PT11H`, "duration", "does not end in the years 1 to 9999"},
	{createReportXML, `<date-time>2026-11-24T13`, `<date-time>9999-12-31T22`, "duration", "does not end in the years 1 to 9999"},
	{createOptXML, `PT1H`, `-PT1H`, "duration", "is negative"},
	{createOptXML, `PT1H`, ``, "duration", "is empty"},
	{createOptXML, `PT1H`, `P99999999999W`, "duration", "longer than"},
	{createOptXML, `<date-time>2026-`, `<date-time>0000-`, "dtstart", "years 1 to 9999"},
	{createOptXML, `<createdDateTime %ei>2026-11-24`, `<createdDateTime %ei>2026-02-30`, "createdDateTime", "is not a time"},
	{createOptXML, `2026-11-24T12:00:00Z</createdDateTime>`, `</createdDateTime>`, "createdDateTime", "is empty"},
	{createOptXML, `>economic<`, `>because<`, "optReason", `"because"`},
	{createOptXML, `>economic<`, `>x- y<`, "optReason", `"x- y"`},
	{createOptXML, `<eiTarget %ei/>`, ``, "eiTarget", "is missing"},
	{createOptXML, `<eiTarget %ei/>`, `<eiTarget %ei><resourceId>fan</resourceId></eiTarget>`, "eiTarget", "names nothing that is known"},
	{createOptXML, `<eiTarget %ei/>`, `<eiTarget %ei><x:fan xmlns:x="urn:x"/></eiTarget>`, "eiTarget", "names nothing that is known"},
	{createOptXML, `<eiTarget %ei/>`, `<eiTarget %ei><resourceID>pump</resourceID></eiTarget><eiTarget %ei><endDeviceAsset/></eiTarget>`, "eiTarget", "names nothing that is known"},
	{createOptXML, `<eiTarget %ei/>`, `<eiTarget %ei/><oadrDeviceClass><deviceClass>Thermostat</deviceClass></oadrDeviceClass>`, "oadrDeviceClass", "names nothing that is known"},
	{createOptXML, `<dtstart><date-time>2026-11-24T12:00:00Z</date-time></dtstart>`, ``, "dtstart", "is missing"},
	{distributeEventXML, `<vtnID %ei>n</vtnID>`, ``, "vtnID", "is missing"},
	{distributeEventXML, `>far<`, `>soon<`, "eventStatus", `"soon"`},
	{distributeEventXML, `>always<`, `>sometimes<`, "oadrResponseRequired", `"sometimes"`},
	{distributeEventXML, `>setpoint<`, `>SETPOINT<`, "signalType", `"SETPOINT"`},
	{distributeEventXML, `<value>1<`, `<value>INF<`, "signalPayload", "finite number"},
	{distributeEventXML, `<value>1<`, `<value>NaN<`, "signalPayload", "finite number"},
	{distributeEventXML, `<value>1<`, `<value>0x1p2<`, "signalPayload", "is not a number"},
	{distributeEventXML, `<value>1<`, `<value>1e39<`, "signalPayload", "range of xs:float"},
	{distributeEventXML, `<value>1</value>`, ``, "signalPayload", "is empty"},
	{distributeEventXML, `<value>2<`, `<value>two<`, "currentValue", "is not a number"},
	{distributeEventXML, `PT60M`, `-PT60M`, "duration", "negative"},
	{distributeEventXML, `PT1M`, `-PT1M`, "startafter", "negative"},
	{distributeEventXML, `-PT5M`, `5M`, "x-eiRampUp", "is not a duration"},
	{distributeEventXML, `>k<`, `>K<`, "siScaleCode", "is none of"},
	{distributeEventXML, `<hertz>50</hertz>`, ``, "hertz", "is missing"},
	{distributeEventXML, `<itemUnits>W<`, `<itemUnits>hp<`, "itemUnits", "not one of"},
	{cancelReportXML, `<reportRequestID %ei>q</reportRequestID>`, ``, "reportRequestID", "is missing"},
	{cancelReportXML, `<reportToFollow %pyld>true</reportToFollow>`, ``, "reportToFollow", "is missing"},
	{updateReportXML, `<reportRequestID %ei>q</reportRequestID>`, ``, "reportRequestID", "is missing"},
	{updateReportXML, `<reportRequestID %ei>q<`, `<reportRequestID %ei><`, "reportRequestID", "is empty"},
	{updateReportXML, `<reportSpecifierID %ei>s</reportSpecifierID>`, ``, "reportSpecifierID", "is missing"},
	{updateReportXML, `<createdDateTime %ei>2026-11-24T12:00:00Z</createdDateTime>`, ``, "createdDateTime", "is missing"},
	{updateReportXML, `>TELEMETRY_USAGE<`, `>USAGE<`, "reportName", `"USAGE" is none of`},
	{updateReportXML, `<rID %ei>r1</rID>`, ``, "rID", "is missing"},
	{updateReportXML, `<value>1<`, `<value>abc<`, "payloadFloat", "is not a number"},
	{updateReportXML, `<value>1<`, `<value>Inf<`, "payloadFloat", "is not a number"},
	{updateReportXML, `<value>1<`, `<value>1e400<`, "payloadFloat", "range of xs:float"},
	{updateReportXML, `<value>1<`, `<value>3.4028236E38<`, "payloadFloat", "range of xs:float"},
	{updateReportXML, `<value>1</value>`, ``, "payloadFloat", "is empty"},
	{updateReportXML, `<payloadFloat %ei><value>1</value></payloadFloat>`, ``, "payloadFloat", "is missing"},
	{updateReportXML, `>100<`, `>101<`, "confidence", "101 is more than 100"},
	{updateReportXML, `>100<`, `>-1<`, "confidence", "whole number"},
	{updateReportXML, `>0.5<`, `>half<`, "accuracy", "is not a number"},
	{updateReportXML, `>Quality Good - Non Specific<`, `>good<`, "oadrDataQuality", `"good" is none of`},
	{updateReportXML, `<oadrOnline>true</oadrOnline>`, ``, "oadrOnline", "is missing"},
	{updateReportXML, `<oadrManualOverride>false`, `<oadrManualOverride>no`, "oadrManualOverride", `"no"`},
	{updateReportXML, `<oadrCurrent>2</oadrCurrent>`, ``, "oadrCurrent", "is missing"},
	{updateReportXML, `>3<`, `>three<`, "oadrMin", "is not a number"},
	{registerReportXML, `<rID %ei>r1</rID>`, `<rID %ei/>`, "rID", "is empty"},
	{registerReportXML, `>usage<`, `>use<`, "reportType", `"use" is none of`},
	{registerReportXML, `>Direct Read<`, `>direct<`, "readingType", `"direct" is none of`},
	{registerReportXML, `>k<`, `>K<`, "siScaleCode", "is none of"},
	{registerReportXML, energyRealXML, `<pulseCount><itemDescription>pulse count</itemDescription><itemUnits>count</itemUnits></pulseCount>`, "pulseFactor", "is missing"},
	{registerReportXML, energyRealXML, `<customUnit><itemDescription/></customUnit>`, "itemUnits", "is missing"},
	{registerReportXML, energyRealXML, `<currency><itemDescription>currency</itemDescription><itemUnits>EURO</itemUnits><siScaleCode %scale>none</siScaleCode></currency>`, "itemUnits", "ISO 4217"},
	{registerReportXML, `PT1M`, `-PT1M`, "oadrMinPeriod", "negative"},
	{registerReportXML, `PT2M`, `-P2M`, "oadrMaxPeriod", "negative"},
	{registerReportXML, `<oadrOnChange>false</oadrOnChange>`, ``, "oadrOnChange", "is missing"},
	{registerReportXML, `PT1H`, `an hour`, "duration", "is not a duration"},
	{createReportXML, `<reportRequestID %ei>q</reportRequestID>`, ``, "reportRequestID", "is missing"},
	{createReportXML, `<reportSpecifierID>s</reportSpecifierID>`, ``, "reportSpecifierID", "is missing"},
	{createReportXML, `PT1M`, ``, "granularity", "is empty"},
	{createReportXML, `PT2M`, `-PT2M`, "reportBackDuration", "negative"},
	{createReportXML, `<dtstart><date-time>2026-11-24T13:00:00Z</date-time></dtstart>`, ``, "dtstart", "is missing"},
	{createReportXML, `<specifierPayload><rID>r1</rID><readingType>x-notApplicable</readingType></specifierPayload>`, ``, "specifierPayload", "is missing"},
	{createdReportXML, `<oadrPendingReports/>`, ``, "oadrPendingReports", "is missing"},
	{registeredXML, `<vtnID %ei>n</vtnID>`, ``, "vtnID", "is missing"},
	{registeredXML, `<oadrTransport><oadrTransportName>xmpp</oadrTransportName></oadrTransport>`, ``, "oadrTransport", "is missing"},
}

// A value that is missing, of the wrong type or impossible is named, and the rest
// of the message is read (rule G5, Conformance Rule 33).
func TestG5InvalidValuesAsSpec33(t *testing.T) {
	for _, test := range invalidValues {
		t.Run(test.element+" "+test.reason, func(t *testing.T) {
			valid := decode(t, []byte(expand.Replace(test.raw)))
			if !strings.Contains(test.raw, test.old) {
				t.Fatalf("the message has no %s", test.old)
			}
			raw := expand.Replace(strings.Replace(test.raw, test.old, test.new, 1))
			p, err := oadr.Decode([]byte(raw), oadr.DefaultLimits)
			if err != nil {
				t.Fatal(err)
			}
			if p.Invalid == nil {
				t.Fatalf("is valid\n%s", raw)
			}
			path := strings.Split(p.Invalid.Element, "/")
			element, _, _ := strings.Cut(path[len(path)-1], "[")
			if element != test.element || !strings.Contains(p.Invalid.Reason, test.reason) || path[0] != string(valid.Message.Kind()) {
				t.Errorf("%v, want %s %s", p.Invalid, test.element, test.reason)
			}
			code := oadr.CodeCompliance
			if cannotBe.MatchString(p.Invalid.Reason) {
				code = oadr.CodeInvalidData
			}
			if p.Invalid.Code != code {
				t.Errorf("%v: code %d, want %d", p.Invalid, p.Invalid.Code, code)
			}
			if p.Message.Kind() != valid.Message.Kind() {
				t.Errorf("became %s, was %s", p.Message.Kind(), valid.Message.Kind())
			}
		})
	}
}

// The message of an invalid payload holds all that could be read before and after
// the problem, and the first problem is the one that is reported.
func TestG5InvalidMessageIsFilled(t *testing.T) {
	raw := strings.NewReplacer(`>optIn<`, `>maybe<`, `PT1H`, `P1X`, `>economic<`, `><`).Replace(createOptXML)
	p, err := oadr.Decode([]byte(expand.Replace(raw)), oadr.DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	if p.Invalid == nil || p.Invalid.Element != "oadrCreateOpt/optType" {
		t.Errorf("reported %v, want optType, the first", p.Invalid)
	}
	want := &oadr.CreateOpt{
		OptID: "o", OptType: "maybe", VENID: "v", CreatedDateTime: noon, RequestID: "r",
		Schedule: true, Availability: []oadr.Available{{Start: noon}},
	}
	if !reflect.DeepEqual(p.Message, want) {
		t.Errorf("%#v, want %#v", p.Message, want)
	}
}
