package core

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/vtn-xmpp/vtn-xmpp/internal/label"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// signalTable is Table 1 of the profile (rules 9, 104 and 116; rule E8): the types of each
// signal, the units of each type, of which one must be stated, and the values. Following
// programs in the field, it departs in two points: a LOAD_DISPATCH level needs no unit, and
// an offset or setpoint of a LOAD_CONTROL may be a temperature.
var signalTable = []signalRow{
	{signalSimple, "level", noUnit, whole(0, 3)},
	{"ELECTRICITY_PRICE", "price", perKWh, anyValue},
	{"ELECTRICITY_PRICE", "priceRelative", perKWh, anyValue},
	{"ELECTRICITY_PRICE", "priceMultiplier", noUnit, anyValue},
	{"ENERGY_PRICE", "price", perKWh, anyValue},
	{"ENERGY_PRICE", "priceRelative", perKWh, anyValue},
	{"ENERGY_PRICE", "priceMultiplier", noUnit, anyValue},
	{"DEMAND_CHARGE", "price", perKW, anyValue},
	{"DEMAND_CHARGE", "priceRelative", perKW, anyValue},
	{"DEMAND_CHARGE", "priceMultiplier", noUnit, anyValue},
	{"BID_PRICE", "price", currency, anyValue},
	{"BID_LOAD", "setpoint", power, anyValue},
	{"BID_ENERGY", "setpoint", energy, anyValue},
	{"CHARGE_STATE", "setpoint", energy, anyValue},
	{"CHARGE_STATE", "delta", energy, anyValue},
	{"CHARGE_STATE", "multiplier", noUnit, between(0, 1)},
	{"LOAD_DISPATCH", "setpoint", power, anyValue},
	{"LOAD_DISPATCH", "delta", power, anyValue},
	{"LOAD_DISPATCH", "multiplier", noUnit, anyValue},
	{"LOAD_DISPATCH", "level", powerOrNone, whole(-10, 10)},
	{"LOAD_CONTROL", "x-loadControlCapacity", noUnit, between(0, 1)},
	{"LOAD_CONTROL", "x-loadControlLevelOffset", degreesOrNone, whole(math.Inf(-1), math.Inf(1))},
	{"LOAD_CONTROL", "x-loadControlSetpoint", degreesOrNone, anyValue},
	{"LOAD_CONTROL", "x-loadControlPercentOffset", noUnit, anyValue},
}

// ownTypes are the types of signals whose names begin with x- (Annex B of the profile): all
// types of the schema, in any unit or none.
var ownTypes = []string{
	"delta", "level", "multiplier", "price", "priceMultiplier", "priceRelative", "setpoint",
	"x-loadControlCapacity", "x-loadControlLevelOffset", "x-loadControlPercentOffset", "x-loadControlSetpoint",
}

// signalRow is a row of the table.
type signalRow struct {
	name, typ string
	units     units
	values    values
}

// units are types of [oadr.Unit]; an empty type allows none, nil allows any and none.
type units []string

var (
	noUnit        = units{""}
	perKWh        = units{"currencyPerKWh"}
	perKW         = units{"currencyPerKW"}
	currency      = units{"currency"}
	power         = units{"powerReal", "powerApparent", "powerReactive"}
	energy        = units{"energyReal", "energyApparent", "energyReactive"}
	powerOrNone   = append(units{""}, power...)
	degreesOrNone = units{"", "temperature"}
)

// rowOf finds the row of a name and type. If there is none, types lists the types of that
// name; it is empty for an unknown name.
func rowOf(name, typ string) (row *signalRow, types []string) {
	if oadr.IsExtension(name) && label.Check(name) == "" {
		if slices.Contains(ownTypes, typ) {
			return &signalRow{name, typ, nil, anyValue}, nil
		}
		return nil, ownTypes
	}
	for i := range signalTable {
		switch row := &signalTable[i]; {
		case row.name != name:
		case row.typ == typ:
			return row, nil
		default:
			types = append(types, row.typ)
		}
	}
	return nil, types
}

// signalNames are the names in the table.
func signalNames() (names []string) {
	for _, row := range signalTable {
		if !slices.Contains(names, row.name) {
			names = append(names, row.name)
		}
	}
	return names
}

// badUnit returns what is wrong with a unit in this row, and in which field; an empty field
// is the unit itself.
func (r *signalRow) badUnit(u *oadr.Unit) (field, reason string) {
	stated := slices.DeleteFunc(slices.Clone(r.units), func(unit string) bool { return unit == "" })
	switch {
	case r.units == nil || u == nil && slices.Contains(r.units, "") || u != nil && slices.Contains(r.units, u.Type):
		return "", ""
	case u == nil:
		return "", fmt.Sprintf("is missing; %s %s is stated in %s", r.name, r.typ, strings.Join(stated, ", "))
	case len(stated) == 0:
		return "", fmt.Sprintf("%s %s has no unit; leave it out", r.name, r.typ)
	case len(stated) < len(r.units):
		stated = append(stated, "or leave the unit out")
	}
	return ".type", fmt.Sprintf("%q does not fit %s %s; use %s", u.Type, r.name, r.typ, strings.Join(stated, ", "))
}

// values is a range of values, of whole ones alone if whole is set.
type values struct {
	least, most float64
	whole       bool
}

var anyValue = between(math.Inf(-1), math.Inf(1))

func between(least, most float64) values { return values{least, most, false} }
func whole(least, most float64) values   { return values{least, most, true} }

func (v values) has(value float64) bool {
	return value >= v.least && value <= v.most && (!v.whole || value == math.Trunc(value))
}

func (v values) String() string {
	kind := "a number"
	if v.whole {
		kind = "a whole number"
	}
	if math.IsInf(v.most, 1) {
		return kind
	}
	return fmt.Sprintf("%s from %v to %v", kind, v.least, v.most)
}
