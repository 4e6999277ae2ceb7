package core_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/oadr/oadrtest"
)

// from sets the venID that a message names, where it has a place for one.
func from(m oadr.Message, venID string) oadr.Message {
	if field := reflect.ValueOf(m).Elem().FieldByName("VENID"); field.IsValid() {
		field.SetString(venID)
	}
	return m
}

// TestSpec33WhatIsInvalidIsRefusedWhole: whatever a VEN sends with an element that
// is missing or a value of the wrong type gets the answer to its message with 459 and
// the element, and nothing of the message is stored.
func TestSpec33WhatIsInvalidIsRefusedWhole(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	r.create(simple(venIDs("ven1")...))
	r.pushedEvents()
	kinds := []oadr.Kind{
		oadr.KindResponse, oadr.KindQueryRegistration, oadr.KindCreatePartyRegistration, oadr.KindCreatedPartyRegistration, oadr.KindCancelPartyRegistration,
		oadr.KindCanceledPartyRegistration, oadr.KindRequestReregistration, oadr.KindDistributeEvent, oadr.KindRequestEvent, oadr.KindCreatedEvent, oadr.KindPoll,
		oadr.KindCreateOpt, oadr.KindCreatedOpt, oadr.KindCancelOpt, oadr.KindCanceledOpt, oadr.KindRegisterReport, oadr.KindRegisteredReport, oadr.KindCreateReport,
		oadr.KindCreatedReport, oadr.KindUpdateReport, oadr.KindUpdatedReport, oadr.KindCancelReport, oadr.KindCanceledReport,
	}
	if _, err := r.sendRaw(ven, oadr.Append(nil, oadr.Form{Root: oadr.RootMessage}, &oadr.Poll{VENID: "ven1"})); err != nil { // it speaks so
		t.Fatal(err)
	}
	before := r.stored()
	refused, seen, g := 0, map[string]bool{}, oadrtest.NewGenerator(33)
	for range 60 {
		for _, kind := range kinds {
			m := from(g.Message(kind), "ven1")
			for _, v := range oadrtest.Variants(oadr.Append(nil, oadr.Form{Root: oadr.RootMessage}, m), seen) {
				p, err := oadr.Decode(v.Raw, oadr.DefaultLimits)
				if err != nil {
					t.Fatalf("%s: %v", v.Path, err)
				}
				if p.Invalid == nil || strings.HasSuffix(v.Path, "/venID") && v.Value {
					continue // taken, or another's venID first
				}
				refused++
				reply, err := r.Handle(t.Context(), ven, p)
				if err != nil {
					t.Fatalf("%s: %v", v.Path, err)
				}
				want := oadr.Answer(m, oadr.CodeCompliance, p.Invalid.Error(), oadr.Party{})
				got := replyOf(reply)
				if reply.Kind() != want.Kind() || got == nil || got.Code != oadr.CodeCompliance || got.RequestID != p.Message.Request() || !strings.Contains(got.Description, p.Invalid.Element) {
					t.Errorf("%s: answered %s %+v, want %s", v.Path, reply.Kind(), got, want.Kind())
				}
			}
		}
	}
	if refused < 500 {
		t.Errorf("only %d variants were refused", refused)
	}
	for table, rows := range r.stored() {
		if table == "journal" {
			continue // which tells operators of refused messages
		}
		if before[table] != rows {
			t.Errorf("%s had %s, has %s", table, before[table], rows)
		}
	}
	wantCode(t, must[response](r, ven, &oadr.Poll{VENID: "ven1"}).Response, oadr.CodeOK, "") // it goes on
}
