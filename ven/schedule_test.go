package ven

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

func TestP1P2P4Schedules(t *testing.T) {
	srv := startServer(t)
	vtn := startVTN(t, srv)
	cfg := account(srv, "ven1")
	cfg.VTN = vtn.service()
	v := connect(t, cfg)
	register(t, v, vtn)

	id, err := v.OptSchedule(timeout(t), Schedule{
		MarketContext: "http://example.org/dr",
		Periods:       []oadr.Available{{Start: noon, Duration: time.Hour}, {Start: noon.Add(24 * time.Hour)}},
		Resources:     []string{"meter-1"}, DeviceClasses: []string{"Thermostat"},
	})
	if err != nil {
		t.Fatal(err)
	}
	m := request[*oadr.CreateOpt](t, vtn)
	if m.OptID != id || m.OptType != oadr.OptOut || m.OptReason != "x-schedule" || m.MarketContext != "http://example.org/dr" || m.VENID != "ven-7" ||
		m.Event != nil || !m.Schedule || len(m.Availability) != 2 || m.Availability[1].Duration != 0 || !m.Availability[1].Start.Equal(noon.Add(24*time.Hour)) ||
		!reflect.DeepEqual(m.Target.Resources, []string{"meter-1"}) || !reflect.DeepEqual(m.DeviceClass.EndDeviceAssets, []string{"Thermostat"}) {
		t.Errorf("sent %+v", m)
	}

	// The same optID replaces; the whole VEN is an empty target (P5).
	again, err := v.OptSchedule(timeout(t), Schedule{OptID: id, OptType: oadr.OptIn, Reason: "economic", Periods: []oadr.Available{{Start: noon}}})
	if err != nil || again != id {
		t.Errorf("replaced %s as %s, %v", id, again, err)
	}
	if m = request[*oadr.CreateOpt](t, vtn); m.OptID != id || m.OptType != oadr.OptIn || m.OptReason != "economic" || m.DeviceClass != nil || !reflect.DeepEqual(m.Target, oadr.Target{}) {
		t.Errorf("sent %+v", m)
	}
	if err := v.CancelOpt(timeout(t), id); err != nil {
		t.Error(err)
	}
	if m := request[*oadr.CancelOpt](t, vtn); m.OptID != id || m.VENID != "ven-7" {
		t.Errorf("sent %+v", m)
	}
	if _, err := v.OptSchedule(timeout(t), Schedule{}); err == nil {
		t.Error("a schedule of nothing is sent")
	}
}

func TestP3CancellingAnUnknownOptIsRefused(t *testing.T) {
	srv := startServer(t)
	vtn := startVTN(t, srv)
	cfg := account(srv, "ven1")
	cfg.VTN = vtn.service()
	v := connect(t, cfg)
	register(t, v, vtn)
	answering(vtn, func(m *oadr.CancelOpt, usual oadr.Message) oadr.Message {
		usual.(*oadr.CanceledOpt).Response.Code = oadr.CodeInvalidID
		return usual
	})
	var no *ResponseError
	if err := v.CancelOpt(timeout(t), "none"); !errors.As(err, &no) || no.Code != oadr.CodeInvalidID {
		t.Errorf("answered %v", err)
	}
}

func TestE17OptForAnEventByResource(t *testing.T) {
	srv := startServer(t)
	vtn := startVTN(t, srv)
	cfg := account(srv, "ven1")
	cfg.VTN = vtn.service()
	v := connect(t, cfg)
	register(t, v, vtn)
	if _, err := v.OptEvent(timeout(t), EventOpt{EventID: "a", OptType: oadr.OptOut}); err == nil {
		t.Error("opted for an event that is not there")
	}
	vtn.push(v.JID(), pushOf("e-1", event("a", 3)))
	request[*oadr.CreatedEvent](t, vtn)
	id, err := v.OptEvent(timeout(t), EventOpt{EventID: "a", OptType: oadr.OptOut, Resources: []string{"meter-1", "meter-2"}})
	if err != nil {
		t.Fatal(err)
	}
	m := request[*oadr.CreateOpt](t, vtn)
	if m.OptID != id || *m.Event != (oadr.QualifiedEventID{EventID: "a", ModificationNumber: 3}) || m.Schedule || m.OptType != oadr.OptOut ||
		m.OptReason != "notParticipating" || !reflect.DeepEqual(m.Target.Resources, []string{"meter-1", "meter-2"}) {
		t.Errorf("sent %+v", m)
	}
	group := oadr.Target{Groups: []string{"floor-2"}, Resources: []string{"meter-3"}}
	if _, err = v.OptEvent(timeout(t), EventOpt{OptID: id, EventID: "a", OptType: oadr.OptOut, Resources: []string{"meter-1"}, Others: group, DeviceClasses: []string{"Thermostat"}}); err != nil {
		t.Error(err)
	}
	if m = request[*oadr.CreateOpt](t, vtn); m.OptID != id || !reflect.DeepEqual(m.Target.Resources, []string{"meter-3", "meter-1"}) || !reflect.DeepEqual(m.Target.Groups, group.Groups) ||
		!reflect.DeepEqual(m.DeviceClass.EndDeviceAssets, []string{"Thermostat"}) || len(group.Resources) != 1 {
		t.Errorf("sent %+v", m)
	}
	if _, err = v.OptEvent(timeout(t), EventOpt{OptID: id, EventID: "a", OptType: oadr.OptIn, Reason: "economic"}); err != nil {
		t.Error(err)
	}
	if m = request[*oadr.CreateOpt](t, vtn); m.OptID != id || m.OptReason != "economic" || len(m.Target.Resources) != 0 {
		t.Errorf("sent %+v", m)
	}
}

// TestP1Spec206NoOptWhereNoneIsWanted: an event with oadrResponseRequired never takes none.
func TestP1Spec206NoOptWhereNoneIsWanted(t *testing.T) {
	srv := startServer(t)
	vtn := startVTN(t, srv)
	cfg := account(srv, "ven1")
	cfg.VTN = vtn.service()
	v := connect(t, cfg)
	register(t, v, vtn)
	quiet, loud := event("quiet", 0), event("loud", 0)
	quiet.ResponseRequired = oadr.ResponseNever
	vtn.push(v.JID(), pushOf("e-1", quiet, loud))
	request[*oadr.CreatedEvent](t, vtn)
	if _, err := v.OptEvent(timeout(t), EventOpt{EventID: "quiet", OptType: oadr.OptOut}); err == nil {
		t.Error("opted for an event that takes no opt")
	}
	if _, err := v.OptEvent(timeout(t), EventOpt{EventID: "loud", OptType: oadr.OptOut}); err != nil {
		t.Error(err)
	}
	if m := request[*oadr.CreateOpt](t, vtn); m.Event.EventID != "loud" {
		t.Errorf("sent %+v", m)
	}
}
