package oadr_test

import (
	"strings"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// The list as the profile prints it, to compare.
const deviceClasses = `Thermostat
Strip_Heater
Baseboard_Heater
Water_Heater
Pool_Pump
Sauna
Hot_tub
Smart_Appliance
Irrigation_Pump
Managed_Commercial_and_Industrial_Loads
Simple_Residential_On_Off_Loads
Exterior_Lighting
Interior_Lighting
Electric_Vehicle
Generation_Systems
Load_Control_Switch
Smart_Inverter
EVSE
RESU
Energy_Management_System
Smart_Energy_Module
Storage`

func TestSpec111DeviceClasses(t *testing.T) {
	listed := strings.Split(deviceClasses, "\n")
	for _, class := range append(listed, "x-Toaster", "x-a", "x-1 2") {
		if err := oadr.CheckDeviceClass(class); err != nil {
			t.Error(err)
		}
	}
	if len(oadr.DeviceClasses) != len(listed) {
		t.Errorf("%d device classes, want %d", len(oadr.DeviceClasses), len(listed))
	}
	for _, class := range listed {
		if err := oadr.CheckDeviceClass(strings.ToLower(class)); err == nil || !strings.Contains(err.Error(), "write "+class+",") {
			t.Errorf("%q in small letters: %v", class, err)
		}
	}
	for class, near := range map[string]string{
		"Toaster": "", "HVAC": "", "": "", "x-": "", "x- a": "", "X-Own": "", "Smart": "", "ES": "",
		"thermostat": "Thermostat", "Thermostats": "Thermostat", " Thermostat": "Thermostat", "Water Heater": "Water_Heater", "waterHeater": "Water_Heater",
		"Hot_Tub": "Hot_tub", "Hottub": "Hot_tub", "evse": "EVSE", "EVSEs": "EVSE", "Smart-Inverter": "Smart_Inverter", "Interior_Lights": "Interior_Lighting",
		"Exterier_Lighting": "Exterior_Lighting", "Simple_Residential_OnOff_Loads": "Simple_Residential_On_Off_Loads",
	} {
		err := oadr.CheckDeviceClass(class)
		if err == nil {
			t.Errorf("%q is taken", class)
			continue
		}
		want := "write " + near + ", or a name"
		if near == "" {
			want = "use one of " + strings.Join(listed, ", ") + ", or a name"
		}
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", class, err, want)
		}
	}
	if err := oadr.CheckDeviceClass(strings.Repeat("Thermostat", 1<<20)); err == nil || len(err.Error()) > 1000 {
		t.Errorf("a very long one: %.2000v", err)
	}
}
