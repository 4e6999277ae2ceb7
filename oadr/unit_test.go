package oadr_test

import (
	"errors"
	"math"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/oadr/oadrtest"
)

// Each unit that Check accepts is valid when it is written, with every scale.
func TestUnitsThatCheckValidate(t *testing.T) {
	var event oadr.Event
	var written [][]byte
	for _, unit := range units {
		for _, scale := range oadr.ScaleCodes {
			unit := unit
			if unit.Type != "pulseCount" {
				unit.Scale = scale
			}
			if err := unit.Check(); err != nil {
				t.Errorf("%+v: %v", unit, err)
			}
			event = simpleEvent()
			event.Signals[0].Unit = &unit
			written = append(written, oadr.Append(nil, oadr.Form{}, &oadr.DistributeEvent{RequestID: "1", VTNID: "v", Events: []oadr.Event{event}}))
		}
	}
	oadrtest.Validate(t, written...)
}

func TestUnitsByDefault(t *testing.T) {
	for unit, want := range map[string]string{"powerReal": "W", "temperature": "celsius"} {
		event := simpleEvent()
		event.Signals[0].Unit = &oadr.Unit{Type: unit, Scale: "k", Hertz: 50, Voltage: 230, AC: true}
		if err := event.Signals[0].Unit.Check(); err != nil {
			t.Error(err)
		}
		raw := oadr.Append(nil, oadr.Form{}, &oadr.DistributeEvent{RequestID: "1", VTNID: "v", Events: []oadr.Event{event}})
		got := decode(t, raw).Message.(*oadr.DistributeEvent).Events[0].Signals[0].Unit
		if got.Units != want {
			t.Errorf("%s is written in %q, want %q", unit, got.Units, want)
		}
		oadrtest.Validate(t, raw)
	}
}

func TestUnitCheckNamesTheField(t *testing.T) {
	for _, test := range []struct {
		unit  oadr.Unit
		field string
	}{
		{oadr.Unit{}, "type"},
		{oadr.Unit{Type: "PowerReal", Scale: "k"}, "type"},
		{oadr.Unit{Type: "energyReal"}, "scale"},
		{oadr.Unit{Type: "energyReal", Scale: "K"}, "scale"},
		{oadr.Unit{Type: "energyReal", Scale: "k", Units: "W"}, "units"},
		{oadr.Unit{Type: "temperature", Scale: "none", Units: "kelvin"}, "units"},
		{oadr.Unit{Type: "currency", Scale: "none"}, "currency"},
		{oadr.Unit{Type: "currency", Scale: "none", Units: "eur"}, "currency"},
		{oadr.Unit{Type: "currency", Scale: "none", Units: "EU"}, "currency"},
		{oadr.Unit{Type: "currency", Scale: "none", Units: "D A"}, "currency"},
		{oadr.Unit{Type: "currencyPerThm", Scale: "none", Units: "QQQ"}, "currency"},
		{oadr.Unit{Type: "customUnit", Scale: "none", Description: "d"}, "units"},
		{oadr.Unit{Type: "customUnit", Scale: "none", Units: "u"}, "description"},
		{oadr.Unit{Type: "powerReal", Scale: "k"}, "voltage"},
		{oadr.Unit{Type: "powerReal", Scale: "k", Voltage: 230, AC: true}, "hertz"},
		{oadr.Unit{Type: "powerReal", Scale: "k", Voltage: 230, Hertz: math.NaN()}, "hertz"},
		{oadr.Unit{Type: "powerReal", Scale: "k", Voltage: math.Inf(1), Hertz: 50}, "voltage"},
		{oadr.Unit{Type: "powerApparent", Scale: "k", Voltage: -1, Hertz: 50}, "voltage"},
		{oadr.Unit{Type: "pulseCount"}, "pulseFactor"},
		{oadr.Unit{Type: "pulseCount", PulseFactor: math.Inf(1)}, "pulseFactor"},
		{oadr.Unit{Type: "pulseCount", PulseFactor: 1, Scale: "k"}, "scale"},
	} {
		var wrong *oadr.UnitError
		if err := test.unit.Check(); !errors.As(err, &wrong) || wrong.Field != test.field {
			t.Errorf("%+v: %v, want %s", test.unit, err, test.field)
		}
	}
}
