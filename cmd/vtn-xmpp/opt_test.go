package main

import "testing"

func TestP5OptsOfPartsStandBesideTheVENs(t *testing.T) {
	resources, classes := map[string]string{"r2": "optIn", "r1": "optOut"}, map[string]string{"Thermostat": "optOut"}
	if got, want := opts("none", resources, classes), "none r1:optOut r2:optIn Thermostat:optOut"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := opts("optIn", nil, nil); got != "optIn" {
		t.Errorf("%q, want the VEN's alone", got)
	}
}
