package oadr_test

import (
	"bytes"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/oadr/oadrtest"
)

// formA is the form of all payloads of 2.0a (rule A1).
var formA = oadr.Form{Root: oadr.RootMessage, Profile: oadr.ProfileA}

// schemaA says which elements stand in which in 2.0a, in order (rules A1, A3). Those
// that may be left out end in ?, those that may repeat in *.
var schemaA = map[string]string{
	"oadrRequestEvent":     "eiRequestEvent",
	"eiRequestEvent":       "requestID venID replyLimit?",
	"oadrDistributeEvent":  "eiResponse? requestID vtnID oadrEvent*",
	"oadrCreatedEvent":     "eiCreatedEvent",
	"eiCreatedEvent":       "eiResponse eventResponses? venID",
	"oadrResponse":         "eiResponse",
	"eiResponse":           "responseCode responseDescription? requestID",
	"eventResponses":       "eventResponse*",
	"eventResponse":        "responseCode responseDescription? requestID qualifiedEventID optType",
	"qualifiedEventID":     "eventID modificationNumber",
	"oadrEvent":            "eiEvent oadrResponseRequired",
	"eiEvent":              "eventDescriptor eiActivePeriod eiEventSignals eiTarget",
	"eventDescriptor":      "eventID modificationNumber priority? eiMarketContext createdDateTime eventStatus testEvent? vtnComment?",
	"eiMarketContext":      "marketContext",
	"eiActivePeriod":       "properties components",
	"properties":           "dtstart duration tolerance? x-eiNotification? x-eiRampUp? x-eiRecovery?",
	"dtstart":              "date-time",
	"tolerance":            "tolerate",
	"tolerate":             "startafter",
	"properties/duration":  "duration",
	"x-eiNotification":     "duration",
	"x-eiRampUp":           "duration",
	"x-eiRecovery":         "duration",
	"eiEventSignals":       "eiEventSignal",
	"eiEventSignal":        "intervals signalName signalType signalID currentValue",
	"intervals":            "interval*",
	"interval":             "duration uid? signalPayload",
	"interval/duration":    "duration",
	"uid":                  "text",
	"signalPayload":        "payloadFloat",
	"currentValue":         "payloadFloat",
	"payloadFloat":         "value",
	"eiTarget":             "groupID* resourceID* venID* partyID*",
	"date-time":            "",
	"requestID":            "",
	"components":           "",
	"oadrResponseRequired": "",
}

// validA checks that a document has what schemaA says, and no attribute.
func validA(t *testing.T, n *node, parent string) {
	t.Helper()
	model, ok := schemaA[parent+"/"+n.Local]
	if !ok {
		model, ok = schemaA[n.Local]
	}
	if !ok && len(n.elements()) > 0 {
		t.Errorf("%s/%s is not known", parent, n.Local)
	}
	for _, a := range n.attributes {
		if a.Name.Space != "xmlns" && a.Name.Local != "xmlns" {
			t.Errorf("%s has the attribute %v", n.Local, a.Name)
		}
	}
	rest := n.elements()
	for _, name := range strings.Fields(model) {
		local, often := strings.TrimRight(name, "?*"), 1
		if strings.HasSuffix(name, "*") {
			often = len(rest)
		}
		count := 0
		for len(rest) > 0 && rest[0].Local == local && count < often {
			validA(t, rest[0], n.Local)
			rest, count = rest[1:], count+1
		}
		if local == name && count == 0 {
			t.Errorf("%s has no %s", n.Local, name)
		}
	}
	if len(rest) > 0 && ok {
		t.Errorf("%s has %s out of place", n.Local, rest[0].Local)
	}
}

// inA returns what of a message 2.0a can say.
func inA(m oadr.Message) oadr.Message {
	switch m := m.(type) {
	case *oadr.Response:
		is := *m
		is.VENID = ""
		return &is
	case *oadr.DistributeEvent:
		is := *m
		is.Events = nil
		for _, e := range m.Events {
			s := e.Simple()
			if s == nil {
				continue
			}
			simple := *s
			simple.Target, simple.Unit = nil, nil
			if simple.CurrentValue == nil {
				simple.CurrentValue = new(0.0)
			}
			simple.Intervals = slices.Clone(simple.Intervals)
			for i := range simple.Intervals {
				simple.Intervals[i].Start = nil
			}
			e.Signals, e.Baseline = []oadr.EventSignal{simple}, nil
			e.Descriptor.ModificationDateTime, e.Descriptor.ModificationReason = time.Time{}, ""
			e.Target = oadr.Target{Groups: e.Target.Groups, Resources: e.Target.Resources, VENs: e.Target.VENs, Parties: e.Target.Parties}
			is.Events = append(is.Events, e)
		}
		return &is
	}
	return m
}

// What 2.0a can say of any message is written bare, without schemaVersion, in the order
// of the schema of 2.0a, and reads back.
func TestA1A3Spec113AnyMessage(t *testing.T) {
	said := 0
	for _, seed := range seeds() {
		g := oadrtest.NewGenerator(seed)
		for range 20 {
			for _, kind := range []oadr.Kind{oadr.KindRequestEvent, oadr.KindDistributeEvent, oadr.KindCreatedEvent, oadr.KindResponse} {
				m := g.Message(kind)
				if d, ok := m.(*oadr.DistributeEvent); ok {
					for i := range d.Events { // the generator seldom makes a SIMPLE signal
						s := &d.Events[i].Signals[0]
						if s.Name, s.Type = "SIMPLE", "level"; i%2 == 0 {
							s.Target = nil
						}
					}
				}
				want := inA(m)
				raw := oadr.Append(nil, formA, m)
				p := decode(t, raw)
				if p.Form != formA || !reflect.DeepEqual(p.Message, want) {
					t.Fatalf("seed %d: read back %+v\n%+v, wrote\n%+v\n%s", seed, p.Form, p.Message, want, raw)
				}
				if d, ok := want.(*oadr.DistributeEvent); ok {
					said += len(d.Events)
				}
				validA(t, parse(t, raw), "")
				if t.Failed() {
					t.Fatalf("seed %d: %s", seed, raw)
				}
			}
		}
	}
	if said == 0 {
		t.Error("no event was said")
	}
}

// The whole of a message, as it stands on the wire.
func TestA1A3Spec7Written(t *testing.T) {
	e := fullEvent()
	e.Signals = append([]oadr.EventSignal{{Name: "ELECTRICITY_PRICE", Type: "price", Intervals: simpleEvent().Signals[0].Intervals}}, simpleEvent().Signals...)
	got := string(oadr.Append([]byte("<iq>"), formA, &oadr.DistributeEvent{Response: &ok, RequestID: "e1-1", VTNID: "vtn", Events: []oadr.Event{e}}))
	for _, part := range []string{
		`<iq><oadrDistributeEvent xmlns="http://openadr.org/oadr-2.0a/2012/07" xmlns:ei="http://docs.oasis-open.org/ns/energyinterop/201110"><eiResponse`,
		`<signalName>simple</signalName>`, `<oadrEvent><eiEvent`, `<oadrResponseRequired>`, `</oadrDistributeEvent>`,
	} {
		if !strings.Contains(got, part) {
			t.Errorf("there is no %s in\n%s", part, got)
		}
	}
	for _, part := range []string{"schemaVersion", "2.0b", "modificationDateTime", "modificationReason", "Baseline", "PRICE", "itemBase", "Thermostat", "<iq><oadrPayload"} {
		if strings.Contains(got, part) {
			t.Errorf("there is %s in\n%s", part, got)
		}
	}
}

// An event that 2.0a cannot say is left out, and no message is written that it does not
// have.
func TestA3WhatCannotBeSaid(t *testing.T) {
	price, thermostats, both := simpleEvent(), simpleEvent(), simpleEvent()
	price.Signals[0].Name = "ELECTRICITY_PRICE"
	thermostats.Signals[0].Target = &oadr.Target{EndDeviceAssets: []string{"Thermostat"}}
	both.Signals = append(slices.Clone(thermostats.Signals), both.Signals...)
	raw := oadr.Append(nil, formA, &oadr.DistributeEvent{RequestID: "r", VTNID: "v", Events: []oadr.Event{price, thermostats, both}})
	if events := decode(t, raw).Message.(*oadr.DistributeEvent).Events; len(events) != 1 {
		t.Errorf("%d events:\n%s", len(events), raw)
	}
	for _, kind := range kinds {
		raw := oadr.Append([]byte("x"), formA, oadrtest.NewGenerator(1).Message(kind))
		if has := len(raw) > 1; has != oadr.ProfileA.Has(kind) || !oadr.ProfileB.Has(kind) {
			t.Errorf("%s: %s", kind, raw)
		}
	}
	if oadr.ProfileB.Has("oadrFoo") || oadr.ProfileA.Has("oadrFoo") {
		t.Error("oadrFoo is a message")
	}
}

// Payloads as VENs in the field write them.
func TestA1Read(t *testing.T) {
	for name, test := range map[string]struct {
		raw  string
		want oadr.Message
	}{
		"a request": {
			`<?xml version="1.0" encoding="utf-8"?><o:oadrRequestEvent xmlns:o="http://openadr.org/oadr-2.0a/2012/07" xmlns:p="` + oadr.NSpyld + `" xmlns:e="` + oadr.NSei + `"><p:eiRequestEvent><p:requestID>r</p:requestID><e:venID>v</e:venID><p:replyLimit>99</p:replyLimit></p:eiRequestEvent></o:oadrRequestEvent>`,
			&oadr.RequestEvent{RequestID: "r", VENID: "v", ReplyLimit: new(uint32(99))},
		},
		"a request whose requestID is in another namespace": {
			`<oadrRequestEvent %2.0a><eiRequestEvent %pyld><requestID %ei/><venID %ei>v</venID></eiRequestEvent></oadrRequestEvent>`,
			&oadr.RequestEvent{VENID: "v"},
		},
		"an answer without eventResponses": {
			`<oadrCreatedEvent %2.0a><eiCreatedEvent %pyld><eiResponse %ei><responseCode>400</responseCode><requestID %pyld/></eiResponse><venID %ei>v</venID></eiCreatedEvent></oadrCreatedEvent>`,
			&oadr.CreatedEvent{Response: oadr.EIResponse{Code: 400}, VENID: "v"},
		},
		"a response":                {`<oadrResponse %2.0a><eiResponse %ei><responseCode>200</responseCode><requestID %pyld>r</requestID></eiResponse></oadrResponse>`, &oadr.Response{Response: oadr.EIResponse{Code: 200, RequestID: "r"}}},
		"what 2.0a does not have":   {`<oadrPoll %2.0a><venID %ei>v</venID></oadrPoll>`, &oadr.Unknown{Name: "oadrPoll", VENID: "v"}},
		"a wrapper, which it lacks": {`<oadrPayload %2.0a/>`, &oadr.Unknown{Name: "oadrPayload"}},
		"an element of 2.0b":        {`<oadrDistributeEvent %2.0a><requestID %pyld>r</requestID><vtnID %ei>t</vtnID><oadrEvent %oadr/></oadrDistributeEvent>`, &oadr.DistributeEvent{RequestID: "r", VTNID: "t"}},
	} {
		p := decode(t, []byte(expand.Replace(test.raw)))
		if p.Form != formA || !reflect.DeepEqual(p.Message, test.want) {
			t.Errorf("%s: read %+v, %+v", name, p.Form, p.Message)
		}
	}
	if p := decode(t, []byte(expand.Replace(pollXML))); p.Form.Profile != oadr.ProfileB {
		t.Errorf("2.0b is read as %+v", p.Form)
	}
}

// The name of the one signal is read in any case, and its type may be any.
func TestA3Spec69SignalRead(t *testing.T) {
	raw := oadr.Append(nil, formA, &oadr.DistributeEvent{RequestID: "r", VTNID: "v", Events: []oadr.Event{simpleEvent()}})
	for _, name := range []string{"simple", "SIMPLE", "Simple"} {
		raw := bytes.ReplaceAll(raw, []byte(">simple<"), []byte(">"+name+"<"))
		raw = bytes.ReplaceAll(raw, []byte(">level<"), []byte(">loadShed<"))
		s := decode(t, raw).Message.(*oadr.DistributeEvent).Events[0].Signals[0]
		if s.Name != "SIMPLE" || s.Type != "loadShed" {
			t.Errorf("%s is read as %s %s", name, s.Name, s.Type)
		}
	}
}

// An event that is encoded once for 2.0a is written in it as any other, and in 2.0b as
// well.
func TestA3SharedEventIsEncodedAsAnyOther(t *testing.T) {
	plain := fullEvent()
	plain.Signals = append(plain.Signals, simpleEvent().Signals...)
	for _, target := range []oadr.Target{{VENs: []string{"ven-1"}}, {Groups: []string{"a", "b & c"}, Resources: []string{"r"}, Parties: []string{"p"}}} {
		for _, profile := range []oadr.Profile{oadr.ProfileA, oadr.ProfileB} {
			shared := plain
			shared.Share(profile)
			plain.Target, shared.Target = target, target
			for _, form := range []oadr.Form{formA, {}} {
				encode := func(e oadr.Event) []byte {
					return oadr.Append(nil, form, &oadr.DistributeEvent{RequestID: "e1-1", VTNID: "vtn", Events: []oadr.Event{e, plain}})
				}
				if want, got := encode(plain), encode(shared); !bytes.Equal(want, got) {
					t.Errorf("shared in %d, form %+v, %+v:\n%s\nis not\n%s", profile, form, target, got, want)
				}
			}
		}
	}
	unsaid := simpleEvent()
	unsaid.Signals[0].Name = "ELECTRICITY_PRICE"
	unsaid.Share(oadr.ProfileA)
	if raw := oadr.Append(nil, formA, &oadr.DistributeEvent{Events: []oadr.Event{unsaid}}); bytes.Contains(raw, []byte("oadrEvent")) {
		t.Errorf("an event that cannot be said is written:\n%s", raw)
	}
}
