package main

import (
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
)

func TestP5OptsOfPartsStandBesideTheVENs(t *testing.T) {
	resources, classes := map[string]string{"r2": "optIn", "r1": "optOut"}, map[string]string{"Thermostat": "optOut"}
	parts := []client.PartOpt{{Kind: "group", Name: "floor-2", Opt: "optOut"}, {Kind: "resource", Name: "r3", DeviceClass: "Sauna", Opt: "optIn"}, {Kind: "serviceArea", Name: "<a/>", Opt: "optIn"}}
	if got, want := opts("none", resources, classes, parts), "none r1:optOut r2:optIn Thermostat:optOut group:floor-2:optOut r3(Sauna):optIn serviceArea:(GML):optIn"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := opts("optIn", nil, nil, nil); got != "optIn" {
		t.Errorf("%q, want the VEN's alone", got)
	}
	s := &client.ScheduleOpt{Opt: "none", Resources: map[string]client.ScheduledOpt{"r1": {Opt: "optOut"}, "r3": {Opt: "optIn", DeviceClasses: []string{"Sauna", "Pool_Pump"}}},
		DeviceClasses: map[string]client.ScheduledOpt{"Thermostat": {Opt: "optOut"}}, Parts: parts[:1]}
	if got, want := schedule(s), "none r1:optOut r3(Sauna Pool_Pump):optIn Thermostat:optOut group:floor-2:optOut"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := schedule(nil); got != "" {
		t.Errorf("%q of no schedule", got)
	}
}

func TestP5TargetsAreNamedWhole(t *testing.T) {
	target := &client.EITarget{Resources: []string{"a"}, Groups: []string{"b"}, GroupNames: []string{"c"}, Parties: []string{"d"}, VENIDs: []string{"e"}, MeterAssets: []string{"f"},
		Pnodes: []string{"g"}, AggregatedPnodes: []string{"h"}, ServiceDeliveryPoints: []string{"i"}, DeviceClasses: []string{"j"},
		TransportInterfaces: []client.TransportInterface{{PointOfReceipt: "k", PointOfDelivery: "l"}}, ServiceAreas: []string{"<m/>"}, ServiceLocations: []string{"<n/>"}}
	if got := kindsAndNames(target); len(got) != 13 || got[0] != "resource:a" {
		t.Errorf("%q", got)
	}
	if got, want := others(target), "deviceClass:j group:b groupName:c ven:e party:d meterAsset:f pnode:g aggregatedPnode:h serviceDeliveryPoint:i transportInterface:k to l serviceArea:(GML) serviceLocation:(GML)"; got != want || others(nil) != "" {
		t.Errorf("%q, want %q", got, want)
	}
	if got := namesOnly(target); len(got) != 13 || got[0] != "a" {
		t.Errorf("%q", got)
	}
}
