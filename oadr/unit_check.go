package oadr

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// ScaleCodes are the siScaleCodes: powers of ten from -12 (p) to 12 (T).
var ScaleCodes = []string{"p", "n", "micro", "m", "c", "d", "none", "k", "M", "G", "T"}

// itemBase says how the schema writes a type of [Unit].
type itemBase struct {
	prefix      string   // of the element and of its itemDescription and itemUnits
	description string   // itemDescription, empty if it is free
	units       []string // itemUnits, the first is the default; nil if they are free
}

// unitGreenButton is the type of a [Unit] that Green Button data describes.
const unitGreenButton = "oadrGBDataDescription"

// itemBases are all types of [Unit] except unitGreenButton.
var itemBases = map[string]itemBase{
	"powerReal":      {"power", "RealPower", []string{"W", "J/s"}},
	"powerApparent":  {"power", "ApparentPower", []string{"VA"}},
	"powerReactive":  {"power", "ReactivePower", []string{"VAR"}},
	"energyReal":     {"power", "RealEnergy", []string{"Wh"}},
	"energyApparent": {"power", "ApparentEnergy", []string{"VAh"}},
	"energyReactive": {"power", "ReactiveEnergy", []string{"VARh"}},
	"voltage":        {"power", "Voltage", []string{"V"}},
	"current":        {"oadr", "Current", []string{"A"}},
	"frequency":      {"oadr", "Frequency", []string{"Hz"}},
	"Therm":          {"oadr", "Therm", []string{"thm"}},
	"temperature":    {"oadr", "temperature", []string{"celsius", "fahrenheit"}},
	"pulseCount":     {"oadr", "pulse count", []string{"count"}},
	"currency":       {"oadr", "currency", nil},
	"currencyPerKWh": {"oadr", "currencyPerKWh", nil},
	"currencyPerKW":  {"oadr", "currencyPerKW", nil},
	"currencyPerThm": {"oadr", "currency", nil}, // the schema has no other word for it
	"customUnit":     {"oadr", "", nil},
}

// isPower reports whether the unit has powerAttributes.
func (u Unit) isPower() bool { return strings.HasPrefix(u.Type, "power") }

// isCurrency reports whether the unit's itemUnits are an ISO currency.
func (u Unit) isCurrency() bool { return strings.HasPrefix(u.Type, "currency") }

// UnitError says what is wrong with a [Unit].
type UnitError struct {
	Field  string // type, scale, currency, units, description, hertz, voltage, pulseFactor or greenButton
	Reason string // for people, without the field's name
}

func (e *UnitError) Error() string { return e.Field + " " + e.Reason }

// element returns the name of the element that holds the field.
func (e *UnitError) element() string {
	if e.Field == "scale" {
		return "siScaleCode"
	}
	return "itemUnits"
}

// Check returns an error, a [*UnitError], unless the unit can be written as the
// schema requires and means something. Empty Units stand for the type's default.
// Units that are received need only be valid against the schema.
func (u Unit) Check() error {
	if wrong := u.checkSchema(); wrong != nil {
		return wrong
	}
	switch {
	case u.Type == unitGreenButton && u.GreenButton == "":
		return &UnitError{"greenButton", "is missing, the atom:feed of an oadrGBDataDescription"}
	case u.Type == "pulseCount" && (!finite(u.PulseFactor) || u.PulseFactor <= 0):
		return &UnitError{"pulseFactor", "must be more than 0: kWh per count"}
	case u.Type == "customUnit" && u.Units == "":
		return &UnitError{"units", "of a customUnit are missing"}
	case u.Type == "customUnit" && u.Description == "":
		return &UnitError{"description", "of a customUnit is missing"}
	case u.isPower() && (!finite(u.Hertz) || u.Hertz < 0 || u.AC && u.Hertz == 0):
		return &UnitError{"hertz", "must be the frequency of the grid, 0 for direct current"}
	case u.isPower() && (!finite(u.Voltage) || u.Voltage <= 0):
		return &UnitError{"voltage", "must be the voltage that the power is measured at"}
	}
	return nil
}

// checkSchema returns what makes the unit invalid against the schema, nil if
// nothing does.
func (u Unit) checkSchema() *UnitError {
	if u.Type == unitGreenButton {
		return nil
	}
	base, ok := itemBases[u.Type]
	if !ok {
		return &UnitError{"type", fmt.Sprintf("%.40q is none of the units powerReal, energyReal, currencyPerKWh … of the schema", u.Type)}
	}
	switch {
	case u.Type == "pulseCount":
		if u.Scale != "" {
			return &UnitError{"scale", "is not for pulseCount, which has a pulseFactor"}
		}
	case u.Scale == "":
		return &UnitError{"scale", "is missing; it is none where values are not scaled"}
	case !slices.Contains(ScaleCodes, u.Scale):
		return &UnitError{"scale", fmt.Sprintf("%.40q is none of %s", u.Scale, strings.Join(ScaleCodes, ", "))}
	}
	switch {
	case u.isCurrency():
		if len(u.Units) != 3 || !strings.Contains(currencies, u.Units) || strings.Contains(u.Units, " ") {
			return &UnitError{"currency", fmt.Sprintf("%.40q is not an ISO 4217 code of the schema, such as EUR", u.Units)}
		}
	case u.Units != "" && base.units != nil && !slices.Contains(base.units, u.Units):
		return &UnitError{"units", fmt.Sprintf("%.40q is not one of %s: %s", u.Units, u.Type, strings.Join(base.units, ", "))}
	}
	return nil
}

func finite(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }
