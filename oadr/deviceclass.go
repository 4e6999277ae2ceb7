package oadr

import (
	"fmt"
	"slices"
	"strings"
)

// DeviceClasses are the names that an endDeviceAsset may have in the eiTarget of a
// signal and in an oadrDeviceClass (rules 111 and 209 of the profile), apart from
// extensions. Case counts.
var DeviceClasses = []string{
	"Thermostat", "Strip_Heater", "Baseboard_Heater", "Water_Heater", "Pool_Pump", "Sauna", "Hot_tub", "Smart_Appliance", "Irrigation_Pump",
	"Managed_Commercial_and_Industrial_Loads", "Simple_Residential_On_Off_Loads", "Exterior_Lighting", "Interior_Lighting", "Electric_Vehicle",
	"Generation_Systems", "Load_Control_Switch", "Smart_Inverter", "EVSE", "RESU", "Energy_Management_System", "Smart_Energy_Module", "Storage",
}

// CheckDeviceClass returns an error unless class is one of [DeviceClasses] or an
// extension, which begins with x-. The error proposes the class that was probably
// meant, or lists all.
func CheckDeviceClass(class string) error {
	if IsExtension(class) || slices.Contains(DeviceClasses, class) {
		return nil
	}
	const extension = "a name of your own that begins with x-"
	if near := nearest(class, DeviceClasses); near != "" {
		return fmt.Errorf("%.100q is no device class; write %s, or %s", class, near, extension)
	}
	return fmt.Errorf("%.100q is no device class; use one of %s, or %s", class, strings.Join(DeviceClasses, ", "), extension)
}

// IsExtension reports whether a name is an extension: x- and any name (Annex B of the
// profile).
func IsExtension(name string) bool {
	rest, ok := strings.CutPrefix(name, "x-")
	return ok && rest != "" && rest[0] != ' '
}
