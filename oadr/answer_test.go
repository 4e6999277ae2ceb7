package oadr_test

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/oadr/oadrtest"
)

// Each request gets the answer of its service, for an error as well as for success,
// with its requestID and the IDs that have a place there (rules G1, G5, G7).
func TestG1Answer(t *testing.T) {
	by := oadr.Party{VENID: "ven-1", VTNID: "vtn", Profiles: profiles, RequestID: "e1-1"}
	r := oadr.EIResponse{Code: 454, Description: "venID is missing", RequestID: "req-1"}
	none := oadr.EIResponse{Code: 454, Description: "venID is missing"}
	var written [][]byte
	for _, test := range []struct{ request, want oadr.Message }{
		{&oadr.QueryRegistration{RequestID: "req-1"}, &oadr.CreatedPartyRegistration{Response: r, VENID: "ven-1", VTNID: "vtn", Profiles: profiles}},
		{&oadr.CreatePartyRegistration{RequestID: "req-1"}, &oadr.CreatedPartyRegistration{Response: r, VENID: "ven-1", VTNID: "vtn", Profiles: profiles}},
		{&oadr.CancelPartyRegistration{RequestID: "req-1", RegistrationID: "reg-1"}, &oadr.CanceledPartyRegistration{Response: r, RegistrationID: "reg-1", VENID: "ven-1"}},
		{&oadr.RequestEvent{RequestID: "req-1"}, &oadr.DistributeEvent{Response: &r, RequestID: "e1-1", VTNID: "vtn"}},
		{&oadr.CreateOpt{RequestID: "req-1", OptID: "opt-1"}, &oadr.CreatedOpt{Response: r, OptID: "opt-1"}},
		{&oadr.CreateOpt{RequestID: "req-1"}, &oadr.CreatedOpt{Response: r}},
		{&oadr.CancelOpt{RequestID: "req-1", OptID: "opt-1"}, &oadr.CanceledOpt{Response: r, OptID: "opt-1"}},
		{&oadr.RegisterReport{RequestID: "req-1"}, &oadr.RegisteredReport{Response: r, VENID: "ven-1"}},
		{&oadr.CreateReport{RequestID: "req-1"}, &oadr.CreatedReport{Response: r, VENID: "ven-1"}},
		{&oadr.UpdateReport{RequestID: "req-1"}, &oadr.UpdatedReport{Response: r, VENID: "ven-1"}},
		{&oadr.CancelReport{RequestID: "req-1"}, &oadr.CanceledReport{Response: r, VENID: "ven-1"}},
		{&oadr.Poll{}, &oadr.Response{Response: none, VENID: "ven-1"}},
		{&oadr.CreatedEvent{}, &oadr.Response{Response: none, VENID: "ven-1"}},
		{&oadr.RequestReregistration{}, &oadr.Response{Response: none, VENID: "ven-1"}},
		{&oadr.DistributeEvent{RequestID: "req-1"}, &oadr.Response{Response: r, VENID: "ven-1"}},
		{&oadr.RegisteredReport{Response: ok}, &oadr.Response{Response: r, VENID: "ven-1"}},
		{&oadr.CreatedReport{Response: ok}, &oadr.Response{Response: r, VENID: "ven-1"}},
		{&oadr.UpdatedReport{Response: ok}, &oadr.Response{Response: r, VENID: "ven-1"}},
		{&oadr.CanceledReport{Response: ok}, &oadr.Response{Response: r, VENID: "ven-1"}},
		{&oadr.CanceledPartyRegistration{Response: ok}, &oadr.Response{Response: r, VENID: "ven-1"}},
		{&oadr.Unknown{Name: "oadrFoo", RequestID: "req-1"}, &oadr.Response{Response: r, VENID: "ven-1"}},
	} {
		got := oadr.Answer(test.request, oadr.CodeInvalidData, "venID is missing", by)
		if !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s is answered\n%#v, want\n%#v", test.request.Kind(), got, test.want)
		}
		written = append(written, oadr.Append(nil, oadr.Form{}, got))
	}
	oadrtest.Validate(t, written...)
}

// The answer is valid whatever the request lacks.
func TestG7AnswersToEmptyRequestsValidate(t *testing.T) {
	var written [][]byte
	for _, kind := range append(kinds, "oadrFoo") {
		p, err := oadr.Decode(fmt.Appendf(nil, `<%s xmlns=%q/>`, kind, oadr.NS), oadr.DefaultLimits)
		if err != nil {
			t.Fatal(err)
		}
		answer := oadr.Answer(p.Message, oadr.CodeInvalidData, fmt.Sprint(p.Invalid), oadr.Party{VTNID: "vtn", Profiles: profiles, RequestID: "1"})
		written = append(written, oadr.Append(nil, p.Form, answer))
	}
	oadrtest.Validate(t, written...)
}
