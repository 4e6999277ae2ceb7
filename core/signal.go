package core

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

const signalSimple = "SIMPLE"

// signalTypes is rule E8: which types a signal may have, and in which units.
// An empty list of units is none at all, an empty unit in it that there need be none.
var signalTypes = map[string]map[string][]string{
	signalSimple:        {"level": nil},
	"ELECTRICITY_PRICE": {"price": perKWh, "priceRelative": perKWh, "priceMultiplier": nil},
	"ENERGY_PRICE":      {"price": perKWh, "priceRelative": perKWh, "priceMultiplier": nil},
	"DEMAND_CHARGE":     {"price": perKW, "priceRelative": perKW, "priceMultiplier": nil},
	"BID_PRICE":         {"price": {"currency"}},
	"BID_LOAD":          {"setpoint": power},
	"BID_ENERGY":        {"setpoint": energy},
	"CHARGE_STATE":      {"setpoint": energy, "delta": energy, "multiplier": nil},
	"LOAD_DISPATCH":     {"setpoint": power, "delta": power, "multiplier": nil, "level": nil},
	"LOAD_CONTROL": {"x-loadControlCapacity": nil, "x-loadControlLevelOffset": degrees,
		"x-loadControlPercentOffset": nil, "x-loadControlSetpoint": anyUnit},
}

var (
	perKWh  = []string{"currencyPerKWh"}
	perKW   = []string{"currencyPerKW"}
	power   = []string{"powerReal", "powerApparent", "powerReactive"}
	energy  = []string{"energyReal", "energyApparent", "energyReactive"}
	degrees = []string{"", "temperature"} // or none, as the program has it
	anyUnit = []string{"*"}
)

// freeTypes are the types a signal with a name of its own (x-…) may have: all
// of the schema's, in any unit or none.
var freeTypes = map[string][]string{
	"delta": anyUnit, "level": anyUnit, "multiplier": anyUnit, "price": anyUnit, "priceMultiplier": anyUnit,
	"priceRelative": anyUnit, "setpoint": anyUnit, "x-loadControlCapacity": anyUnit, "x-loadControlLevelOffset": anyUnit,
	"x-loadControlPercentOffset": anyUnit, "x-loadControlSetpoint": anyUnit,
}

// checkSignal finds what is wrong with one signal of an event.
func (c *check) signal(field string, s Signal, duration time.Duration) {
	types := signalTypes[s.Name]
	if oadr.IsOwn(s.Name) && badLabel(s.Name) == "" {
		types = freeTypes
	}
	units, ok := types[s.Type]
	switch {
	case types == nil:
		c.bad(field+".name", "E8", "%q is no signal; use one of %s, or a name of your own that begins with x-", s.Name, names(signalTypes))
	case !ok:
		c.bad(field+".type", "E8", "%q does not fit %s; use one of %s", s.Type, s.Name, names(types))
	default:
		c.unit(field+".unit", s, units)
	}
	for i, d := range s.DeviceClasses {
		at := fmt.Sprintf("%s.deviceClasses[%d]", field, i)
		if reason := badLabel(d); reason != "" {
			c.bad(at, "E12", "%s", reason)
		} else if err := oadr.CheckDeviceClass(d); err != nil {
			c.bad(at, "E12", "%s", err)
		}
		if len(c.problems) >= maxProblems {
			break
		}
	}
	c.intervals(field, s.Intervals, duration)
	if s.Name != signalSimple {
		return
	}
	for i, n := range s.Intervals {
		if n.Value != 0 && n.Value != 1 && n.Value != 2 && n.Value != 3 {
			c.bad(fmt.Sprintf("%s.intervals[%d].value", field, i), "E8", "%v is no SIMPLE level; use 0, 1, 2 or 3", n.Value)
		}
	}
}

func (c *check) unit(field string, s Signal, allowed []string) {
	free := len(allowed) == 1 && allowed[0] == "*"
	switch {
	case s.Unit == nil && len(allowed) > 0 && !free && allowed[0] != "":
		c.bad(field, "E8", "is missing; %s %s is stated in %s", s.Name, s.Type, strings.Join(allowed, ", "))
	case s.Unit == nil:
	case len(allowed) == 0:
		c.bad(field, "E8", "%s %s has no unit; leave it out", s.Name, s.Type)
	case !free && !slices.Contains(allowed, s.Unit.Type):
		c.bad(field+".type", "E8", "%q does not fit %s %s; use %s", s.Unit.Type, s.Name, s.Type, strings.Trim(strings.Join(allowed, ", "), ", "))
	default:
		c.knownUnit(field, s.Unit)
	}
}

// knownUnit checks what the schema asks of a unit.
func (c *check) knownUnit(field string, u *oadr.Unit) {
	var wrong *oadr.UnitError
	if errors.As(u.Check(), &wrong) {
		c.bad(field+"."+wrong.Field, "E8", "%s", wrong.Reason)
	}
}

// intervals checks rule E6: they add up to the period they divide.
func (c *check) intervals(field string, intervals []Interval, period time.Duration) {
	var sum time.Duration
	for i, n := range intervals {
		at := fmt.Sprintf("%s.intervals[%d]", field, i)
		if math.IsNaN(n.Value) || math.IsInf(n.Value, 0) {
			c.bad(at+".value", "E6", "must be a finite number")
		}
		switch {
		case n.Duration < 0 || n.Duration == 0 && period != 0:
			c.bad(at+".duration", "E6", "must be longer than PT0S")
		case n.Duration%time.Second != 0:
			c.bad(at+".duration", "", wholeSeconds)
		}
		sum += n.Duration
	}
	switch {
	case len(intervals) == 0:
		c.bad(field+".intervals", "E6", "must have at least one interval")
	case period == 0 && (len(intervals) > 1 || sum != 0):
		c.bad(field+".intervals", "E6", "an open-ended period (duration PT0S) has exactly one interval, of PT0S")
	case sum != period:
		c.bad(field+".intervals", "E6", "durations add up to %s, the period lasts %s", oadr.FormatDuration(sum), oadr.FormatDuration(period))
	}
}

func names[V any](m map[string]V) string {
	return strings.Join(slices.Sorted(maps.Keys(m)), ", ")
}
