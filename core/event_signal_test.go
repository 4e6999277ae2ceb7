package core_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// table1 is Table 1 as the profile prints it, with what was decided about it: a
// LOAD_DISPATCH level without a unit, and load controls in a temperature.
const table1 = `
signalName                      | signalType                   | unit                    | values
SIMPLE                          | level                        | none                    | 0, 1, 2, 3
ELECTRICITY_PRICE, ENERGY_PRICE | price, priceRelative         | currency per kWh        | any
                                | priceMultiplier              | none                    | any
DEMAND_CHARGE                   | price, priceRelative         | currency per kW         | any
                                | priceMultiplier              | none                    | any
BID_PRICE                       | price                        | currency                | any
BID_LOAD                        | setpoint                     | power                   | any
BID_ENERGY                      | setpoint                     | energy                  | any
CHARGE_STATE                    | setpoint, delta              | energy                  | any
                                | multiplier                   | none                    | 0.0 to 1.0
LOAD_DISPATCH                   | setpoint, delta              | power                   | any
                                | multiplier                   | none                    | any
                                | level                        | power or none           | integers -10 to 10
LOAD_CONTROL                    | x-loadControlCapacity        | none                    | 0.0 to 1.0
                                | x-loadControlLevelOffset     | temperature or none     | integers
                                | x-loadControlSetpoint        | temperature or none     | any
                                | x-loadControlPercentOffset   | none                    | any
x-own                           | delta, level, multiplier, price, priceMultiplier, priceRelative, setpoint, x-loadControlCapacity, x-loadControlLevelOffset, x-loadControlPercentOffset, x-loadControlSetpoint | every | any`

// written is how a schema writes what the table calls a unit.
var written = map[string][]string{
	"none": {"none"}, "currency": {"currency"}, "currency per kWh": {"currencyPerKWh"}, "currency per kW": {"currencyPerKW"}, "temperature": {"temperature"},
	"power": {"powerReal", "powerApparent", "powerReactive"}, "energy": {"energyReal", "energyApparent", "energyReactive"},
	"every": slices.Sorted(maps.Keys(units)),
}

// values says which of those that a test tries are in a row.
var values = map[string]func(float64) bool{
	"any":                func(float64) bool { return true },
	"0, 1, 2, 3":         func(v float64) bool { return slices.Contains([]float64{0, 1, 2, 3}, v) },
	"0.0 to 1.0":         func(v float64) bool { return slices.Contains([]float64{0, 0.25, 1}, v) },
	"integers -10 to 10": func(v float64) bool { return slices.Contains([]float64{-10, -7, -1, 0, 1, 2, 3, 4, 10}, v) },
	"integers": func(v float64) bool {
		return slices.Contains([]float64{-1e30, -11, -10, -7, -1, 0, 1, 2, 3, 4, 10, 11, 50, 1e9}, v)
	},
}

var tried = []float64{-1e30, -11, -10.5, -10, -7, -1, -0.1, 0, 0.25, 1, 1.000001, 1.5, 2, 3, 4, 9.75, 10, 10.0001, 11, 50, 1e9}

type row struct {
	units  []string
	values func(float64) bool
}

// rows are the rows of the table by name and type.
func rows(t *testing.T) map[[2]string]row {
	all := map[[2]string]row{}
	var names []string
	for _, line := range strings.Split(strings.TrimSpace(table1), "\n")[1:] {
		column := strings.Split(line, "|")
		for i := range column {
			column[i] = strings.TrimSpace(column[i])
		}
		if column[0] != "" {
			names = strings.Split(column[0], ", ")
		}
		r := row{values: values[column[3]]}
		for _, unit := range strings.Split(column[2], " or ") {
			r.units = append(r.units, written[unit]...)
		}
		if r.units == nil || r.values == nil {
			t.Fatalf("the line %q cannot be read", line)
		}
		for _, name := range names {
			for _, typ := range strings.Split(column[1], ", ") {
				all[[2]string{name, typ}] = r
			}
		}
	}
	return all
}

// units is one of each type that the schema has.
var units = map[string]*oadr.Unit{
	"none": nil, "powerReal": kW, "powerApparent": {Type: "powerApparent", Scale: "k", Units: "VA", Hertz: 50, Voltage: 230, AC: true},
	"powerReactive": {Type: "powerReactive", Scale: "k", Units: "VAR", Hertz: 50, Voltage: 230, AC: true},
	"energyReal":    kWh, "energyApparent": {Type: "energyApparent", Scale: "k"}, "energyReactive": {Type: "energyReactive", Scale: "k"},
	"voltage": {Type: "voltage", Scale: "none"}, "current": {Type: "current", Scale: "none"}, "frequency": {Type: "frequency", Scale: "none"},
	"Therm": {Type: "Therm", Scale: "none"}, "temperature": celsius, "pulseCount": {Type: "pulseCount", PulseFactor: 2},
	"currency": eur, "currencyPerKWh": eurKWh, "currencyPerKW": eurKW, "currencyPerThm": {Type: "currencyPerThm", Scale: "none", Units: "EUR"},
	"customUnit": {Type: "customUnit", Scale: "none", Units: "widgets", Description: "per hour"},
}

// TestE8EveryCombination tries each signal with each type and each unit. What
// fits reaches the VEN as it was stated, in a payload that validates.
func TestE8Spec104EveryCombination(t *testing.T) {
	fits := rows(t)
	names, types := []string{"x-", "x- own", "simple", "X-OWN", "PRICE", ""}, []string{"product", "x-own", "Level", ""}
	for key := range fits {
		names, types = append(names, key[0]), append(types, key[1])
	}
	names, types = distinct(names), distinct(types)
	r := start(t)
	ven := r.join("ven1")
	var right []core.Signal
	for _, name := range names {
		for _, typ := range types {
			for _, unit := range slices.Sorted(maps.Keys(units)) {
				s := signal(name, typ, units[unit], 1)
				row, ok := fits[[2]string{name, typ}]
				if slices.Contains(row.units, unit) {
					right = append(right, s)
					continue
				}
				field := "signals[0].name"
				switch {
				case ok && unit == "none", ok && slices.Equal(row.units, written["none"]):
					field = "signals[0].unit"
				case ok:
					field = "signals[0].unit.type"
				case slices.ContainsFunc(slices.Collect(maps.Keys(fits)), func(key [2]string) bool { return key[0] == name }):
					field = "signals[0].type"
				}
				p := r.refused(s)
				if p.Field != field || ok && !strings.Contains(p.Reason, name+" "+typ) {
					t.Errorf("%q %q in %s: %+v, want a problem with %s", name, typ, unit, p, field)
				}
				for _, unit := range row.units {
					if unit != "none" && !strings.Contains(p.Reason, unit) {
						t.Errorf("%q %q: %+v does not say that %s is possible", name, typ, p, unit)
					}
				}
			}
		}
	}
	for i := 0; len(right) > 0; i++ { // some at a time: a payload has a bound
		n := min(len(right), 50)
		r.create(at(fmt.Sprint("e", 100+i), time.Hour, time.Hour, func(s *core.EventSpec) { s.Signals = right[:n] }))
		set := r.set(ven)
		for j, got := range set[len(set)-1].Signals {
			want := right[j]
			if got.Name != want.Name || got.Type != want.Type || got.Intervals[0].Value != 1 || (got.Unit == nil) != (want.Unit == nil) ||
				got.Unit != nil && (got.Unit.Type != want.Unit.Type || got.Unit.Scale != want.Unit.Scale || got.Unit.Hertz != want.Unit.Hertz || got.Unit.PulseFactor != want.Unit.PulseFactor) {
				t.Errorf("the VEN has %+v in %+v, want %+v in %+v", got, got.Unit, want, want.Unit)
			}
		}
		right = right[n:]
		r.cancel(fmt.Sprint("e", 100+i))
		must[response](r, ven, answer("ven1", "x", fmt.Sprint("e", 100+i), 1, "optIn")) // so the set stays small
	}
}

// TestE8Spec104EveryValue tries values within and beyond what each row has.
func TestE8Spec104EveryValue(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	var right []core.Signal
	for key, row := range rows(t) {
		for _, unit := range row.units[:min(len(row.units), 3)] {
			s := core.Signal{Name: key[0], Type: key[1], Unit: units[unit]}
			for _, value := range tried {
				if row.values(value) {
					s.Intervals = append(s.Intervals, core.Interval{Duration: time.Minute, Value: value})
					continue
				}
				p := r.refused(signal(s.Name, s.Type, s.Unit, value))
				if p.Field != "signals[0].intervals[0].value" || !strings.Contains(p.Reason, fmt.Sprint(value)) || !strings.Contains(p.Reason, s.Name+" "+s.Type+"; use a ") {
					t.Errorf("%v as %v: %+v", value, key, p)
				}
			}
			last := &s.Intervals[len(s.Intervals)-1]
			last.Duration += time.Hour - time.Duration(len(s.Intervals))*time.Minute
			right = append(right, s)
		}
	}
	for i, some := range slices.Collect(slices.Chunk(right, 20)) { // a payload has a bound
		id := fmt.Sprint("e", 100+i)
		r.create(at(id, time.Hour, time.Hour, func(spec *core.EventSpec) { spec.Signals = some }))
		set := r.set(ven)
		for j, got := range set[len(set)-1].Signals {
			for k, n := range got.Intervals {
				if want := some[j].Intervals[k].Value; n.Value != want {
					t.Errorf("%s %s: value %d is %v, want %v", got.Name, got.Type, k, n.Value, want)
				}
			}
		}
		r.cancel(id)
		must[response](r, ven, answer("ven1", "x", id, 1, "optIn"))
	}
}

// wrongChanges are changes that today's rules refuse in signals that older rules
// allowed, by the field that the VTN names.
var wrongChanges = map[string]func(*core.EventSpec){
	"signals[4].deviceClasses[0]":   func(s *core.EventSpec) { s.Signals = append(s.Signals, s.Signals[3]); s.Signals[4].Name = "x-own" },
	"signals[0].intervals[0].value": func(s *core.EventSpec) { s.Signals[0] = signal(s.Signals[0].Name, s.Signals[0].Type, nil, 4.5) },
	"signals[1].type":               func(s *core.EventSpec) { s.Signals[1].Type = "price" },
	"signals[2].unit":               func(s *core.EventSpec) { s.Signals[2] = signal("CHARGE_STATE", "multiplier", kWh, 3) },
	"signals[3].deviceClasses[1]":   func(s *core.EventSpec) { s.Signals[3].DeviceClasses = []string{"Toaster", "thermostat"} },
}

// An event that was stored under older, wider rules can be shown, sent, cancelled, and
// changed in its other fields (rules E8, E12).
func TestE8E12Spec104Spec111StoredBeforeStays(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	e := r.create(simple(venIDs("ven1")...))
	e.Signals = []core.Signal{
		signal("LOAD_DISPATCH", "level", nil, 1.5), signal("LOAD_CONTROL", "x-loadControlSetpoint", kW, 1), signal("CHARGE_STATE", "multiplier", nil, 3), signal("SIMPLE", "level", nil, 2),
	}
	e.Signals[3].DeviceClasses = []string{"Toaster"}
	if err := r.reg.Update(t.Context(), func(tx core.Tx) error { return tx.PutEvent(e, "test") }); err != nil {
		t.Fatal(err)
	}
	says := func(what string, lasts time.Duration) {
		t.Helper()
		m := r.set(ven)[0]
		if len(m.Signals) != 4 || m.Signals[0].Intervals[0].Value != 1.5 || m.Signals[1].Unit == nil || m.Signals[2].Intervals[0].Value != 3 ||
			!slices.Equal(m.Signals[3].Target.EndDeviceAssets, []string{"Toaster"}) || m.ActivePeriod.Duration != lasts {
			t.Errorf("%s, it is %+v", what, m)
		}
		if shown, err := r.Event(t.Context(), e.EventID); err != nil || len(shown.Signals) != 4 {
			t.Errorf("%s, it is shown as %+v, %v", what, shown, err)
		}
	}
	says("as stored", time.Hour)
	modify := func(change func(*core.EventSpec)) error {
		_, err := r.ModifyEvent(t.Context(), e.EventID, func(s core.EventSpec) (core.EventSpec, error) {
			s.Signals = slices.Clone(s.Signals)
			change(&s)
			return s, nil
		}, "test")
		return err
	}
	if err := modify(func(s *core.EventSpec) { s.Priority = 3 }); err != nil {
		t.Errorf("with another priority: %v", err)
	}
	says("with another priority", time.Hour)
	longer := func(s *core.EventSpec) {
		s.Duration = 2 * time.Hour
		for i, sig := range s.Signals {
			last := sig.Intervals[0]
			s.Signals[i].Intervals = []core.Interval{last, last} // as long again
		}
	}
	if err := modify(longer); err != nil {
		t.Errorf("longer: %v", err)
	}
	says("longer", 2*time.Hour)
	for field, change := range wrongChanges {
		var invalid *core.InvalidError
		if err := modify(change); !errors.As(err, &invalid) || !slices.ContainsFunc(invalid.Problems, func(p core.Problem) bool { return p.Field == field }) {
			t.Errorf("a change of %s: %v", field, err)
		}
	}
	r.cancel(e.EventID)
	if m := r.set(ven)[0]; m.Descriptor.Status != oadr.StatusCancelled || len(m.Signals) != 4 {
		t.Errorf("cancelled, it is %+v", m)
	}
}

func distinct(all []string) []string {
	slices.Sort(all)
	return slices.Compact(all)
}
