package test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
	"github.com/vtn-xmpp/vtn-xmpp/ven/faulty"
)

// patch is a JSON merge patch.
type patch = map[string]any

// holder is a VEN whose pushes the test receives, too.
type holder struct {
	*ven.VEN
	t      *testing.T
	pushes chan *oadr.DistributeEvent
}

// see passes a push to the test and lets the VEN answer it.
func (h *holder) see(m *oadr.DistributeEvent) faulty.Reply {
	h.pushes <- m
	return faulty.Reply{}
}

// push returns the next push, and checks that it holds these events in this order.
func (h *holder) push(want ...string) *oadr.DistributeEvent {
	h.t.Helper()
	m := next(h.t, "a push", h.pushes)
	got := []string{}
	for _, e := range m.Events {
		got = append(got, fmt.Sprintf("%s %d %s", e.Descriptor.EventID, e.Descriptor.ModificationNumber, e.Descriptor.Status))
	}
	if !slices.Equal(got, want) {
		h.t.Errorf("pushed %q, want %q", got, want)
	}
	return m
}

// compare fails the test for each field in which two values differ, by its path.
func compare(t *testing.T, path string, got, want reflect.Value) {
	t.Helper()
	if reflect.DeepEqual(got.Interface(), want.Interface()) {
		return
	}
	at, isTime := got.Interface().(time.Time)
	switch kind := got.Kind(); {
	case isTime && at.Equal(want.Interface().(time.Time)):
	case kind == reflect.Struct && !isTime:
		for i := range got.NumField() {
			compare(t, path+"."+got.Type().Field(i).Name, got.Field(i), want.Field(i))
		}
	case kind == reflect.Pointer && !got.IsNil() && !want.IsNil():
		compare(t, path, got.Elem(), want.Elem())
	case kind == reflect.Slice && got.Len() == want.Len() && got.Len() > 0:
		for i := range got.Len() {
			compare(t, fmt.Sprintf("%s[%d]", path, i), got.Index(i), want.Index(i))
		}
	default:
		t.Errorf("%s is %+v, want %+v", path, got, want)
	}
}

// requested sends oadrRequestEvent and returns the events of the answer. A nil limit asks for all.
func requested(t *testing.T, v speaker, venID string, limit *uint32) []oadr.Event {
	t.Helper()
	a := ask(t, v, "", &oadr.RequestEvent{RequestID: "x", VENID: venID, ReplyLimit: limit})
	a.expectOutcome(t, "oadrDistributeEvent 200")
	m, ok := a.message.(*oadr.DistributeEvent)
	if !ok {
		t.FailNow()
	}
	return m.Events
}

func createdEvent(venID string, responses ...oadr.EventResponse) *oadr.CreatedEvent {
	return &oadr.CreatedEvent{Response: oadr.EIResponse{Code: oadr.CodeOK, Description: "OK"}, Responses: responses, VENID: venID}
}

func response(requestID, eventID string, modificationNumber uint32, optType string) oadr.EventResponse {
	return oadr.EventResponse{Code: oadr.CodeOK, RequestID: requestID, EventID: eventID, ModificationNumber: modificationNumber, OptType: optType}
}
