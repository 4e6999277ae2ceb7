package oadr_test

import (
	"fmt"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// A VTN reads what a VEN sent and answers in the form that the VEN speaks.
func ExampleDecode() {
	raw := []byte(`<oadr:oadrCancelOpt xmlns:oadr="http://openadr.org/oadr-2.0b/2012/07"
		xmlns:pyld="http://docs.oasis-open.org/ns/energyinterop/201110/payloads"
		xmlns:ei="http://docs.oasis-open.org/ns/energyinterop/201110">
		<pyld:requestID>r-1</pyld:requestID><ei:optID>holiday</ei:optID><ei:venID>ven-1</ei:venID>
	</oadr:oadrCancelOpt>`)
	p, err := oadr.Decode(raw, oadr.DefaultLimits)
	if err != nil {
		fmt.Println("there is no message to answer:", err)
		return
	}
	code, description := oadr.CodeOK, "OK"
	switch m := p.Message.(type) {
	case *oadr.CancelOpt:
		if p.Invalid != nil {
			code, description = p.Invalid.Code, p.Invalid.Error()
			break
		}
		fmt.Println("cancel", m.OptID, "of", m.VENID)
	default:
		code, description = oadr.CodeNotRecognized, "only opts are cancelled here"
	}
	answer := oadr.Answer(p.Message, code, description, oadr.Party{VENID: "ven-1", VTNID: "vtn-1"})
	fmt.Printf("%s\n", oadr.Append(nil, p.Form, answer))
	// Output:
	// cancel holiday of ven-1
	// <oadrCanceledOpt xmlns="http://openadr.org/oadr-2.0b/2012/07" xmlns:ei="http://docs.oasis-open.org/ns/energyinterop/201110" ei:schemaVersion="2.0b"><eiResponse xmlns="http://docs.oasis-open.org/ns/energyinterop/201110"><responseCode>200</responseCode><responseDescription>OK</responseDescription><requestID xmlns="http://docs.oasis-open.org/ns/energyinterop/201110/payloads">r-1</requestID></eiResponse><optID xmlns="http://docs.oasis-open.org/ns/energyinterop/201110">holiday</optID></oadrCanceledOpt>
}

// A message with a value that is missing is read as far as it goes, so that the
// answer can say what is wrong.
func ExampleDecode_invalid() {
	raw := []byte(`<oadrCancelOpt xmlns="http://openadr.org/oadr-2.0b/2012/07"><venID xmlns="http://docs.oasis-open.org/ns/energyinterop/201110">ven-1</venID></oadrCancelOpt>`)
	p, err := oadr.Decode(raw, oadr.DefaultLimits)
	fmt.Println(p.Message.Sender(), err)
	fmt.Println(p.Invalid.Code, p.Invalid)
	// Output:
	// ven-1 <nil>
	// 459 oadrCancelOpt/optID is missing
}

// An event for several VENs is encoded once, except for its target.
func ExampleEvent_Share() {
	start := time.Date(2026, 11, 24, 17, 0, 0, 0, time.UTC)
	event := oadr.Event{
		Descriptor: oadr.EventDescriptor{
			EventID: "peak-1", MarketContext: "http://example.org/dr", CreatedDateTime: start.Add(-time.Hour), Status: oadr.StatusFar,
		},
		ActivePeriod: oadr.ActivePeriod{Start: start, Duration: 2 * time.Hour},
		Signals: []oadr.EventSignal{{
			ID: "0", Name: "SIMPLE", Type: "level", Intervals: []oadr.Interval{{Duration: 2 * time.Hour, Value: 1}},
		}},
		ResponseRequired: oadr.ResponseAlways,
	}
	event.Share(oadr.ProfileB)
	for _, venID := range []string{"ven-1", "ven-2"} {
		copied := event
		copied.Target = oadr.Target{VENs: []string{venID}}
		message := &oadr.DistributeEvent{RequestID: "request-of-" + venID, VTNID: "vtn-1", Events: []oadr.Event{copied}}
		raw := oadr.Append(nil, oadr.Form{}, message)
		p, err := oadr.Decode(raw, oadr.DefaultLimits)
		if err != nil {
			fmt.Println(err)
			return
		}
		e := p.Message.(*oadr.DistributeEvent).Events[0]
		fmt.Println(p.Form, e.Descriptor.EventID, e.Target.VENs, e.ActivePeriod.Duration)
	}
	// Output:
	// oadrPayload peak-1 [ven-1] 2h0m0s
	// oadrPayload peak-1 [ven-2] 2h0m0s
}
