package oadrtest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// values makes random values of the schema's simple types.
type values struct {
	*rand.Rand
	ids int // counts what must be unique in a document
}

func (v *values) flag() bool { return v.IntN(2) == 0 }

// text returns any text, maybe an empty one.
func (v *values) text() string {
	runes := []rune("aZ09 _-.:/&<>\"'\t\n\r]=öß電\u00A0\U0001F50C")
	text := make([]rune, v.IntN(10))
	for i := range text {
		text[i] = runes[v.IntN(len(runes))]
	}
	return string(text)
}

// id returns a text that is not empty.
func (v *values) id() string { return fmt.Sprint(v.text(), v.Uint32()) }

func (v *values) maybe() string { return pick(v, "", v.text()) }

// extension returns an extension.
func (v *values) extension() string {
	return fmt.Sprintf("x-%s %d", pick(v, "own", "Größe", "&"), v.Uint32())
}

func (v *values) uri() string {
	return pick(v, "", "http://example.org/dr?a=b&c=d", "urn:x:y", "a/b#c")
}

func (v *values) maybeURI() string { return v.uri() }

// number returns a finite number that an xs:float can hold.
func (v *values) number() float64 {
	return pick(v, 0, math.MaxFloat32, -math.MaxFloat32, float64(v.IntN(100)), v.NormFloat64(), -v.ExpFloat64()*1e6, math.MaxFloat32*v.Float64(), math.SmallestNonzeroFloat32*v.Float64())
}

// time returns any time from the year 1 to 9999 except the first second, maybe with
// a fraction of a second.
func (v *values) time() time.Time {
	return v.second().Add(pick(v, 0, 500*time.Millisecond, time.Nanosecond))
}

// second is time without a fraction.
func (v *values) second() time.Time {
	first := time.Date(1, 1, 1, 0, 0, 1, 0, time.UTC).Unix()
	last := time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC).Unix()
	if v.flag() {
		first, last = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Unix(), time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	}
	return time.Unix(first+v.Int64N(last-first), 0).UTC()
}

// begin returns a time that leaves room, in the years 1 to 9999, for a duration
// before it and some after it.
func (v *values) begin() time.Time {
	t := v.time()
	return t.AddDate(min(max(t.Year(), 300), 9000)-t.Year(), 0, 0)
}

func (v *values) maybeBegin() time.Time { return pick(v, time.Time{}, v.begin()) }

func (v *values) maybeSecond() time.Time { return pick(v, time.Time{}, v.second()) }

// duration returns whole seconds, up to 292 years.
func (v *values) duration() time.Duration {
	limit := pick(v, 60, 3600, 86400, 86400*365, math.MaxInt64/int64(time.Second))
	return time.Duration(v.Int64N(limit)) * time.Second
}

func (v *values) code() oadr.Code { return oadr.Code(v.IntN(1000)) }

func (v *values) profile() string { return pick(v, "2.0a", "2.0b") }

func (v *values) transport() string { return pick(v, "simpleHttp", "xmpp") }

func (v *values) optType() string { return pick(v, "optIn", "optOut") }

func (v *values) signalName() string {
	return pick(v, "SIMPLE", "simple", "ELECTRICITY_PRICE", "ENERGY_PRICE", "DEMAND_CHARGE", "BID_PRICE", "BID_LOAD", "BID_ENERGY",
		"CHARGE_STATE", "LOAD_DISPATCH", "LOAD_CONTROL", v.extension())
}

func (v *values) signalType() string {
	return pick(v, "delta", "level", "multiplier", "price", "priceMultiplier", "priceRelative", "setpoint",
		"x-loadControlCapacity", "x-loadControlLevelOffset", "x-loadControlPercentOffset", "x-loadControlSetpoint")
}

func (v *values) reportName() string {
	return pick(v, "", v.extension(), "METADATA_HISTORY_USAGE", "HISTORY_USAGE", "METADATA_HISTORY_GREENBUTTON", "HISTORY_GREENBUTTON",
		"METADATA_TELEMETRY_USAGE", "TELEMETRY_USAGE", "METADATA_TELEMETRY_STATUS", "TELEMETRY_STATUS")
}

func (v *values) reportType() string {
	return pick(v, v.extension(), "reading", "usage", "demand", "setPoint", "deltaUsage", "deltaSetPoint", "deltaDemand", "baseline", "deviation",
		"avgUsage", "avgDemand", "operatingState", "upRegulationCapacityAvailable", "downRegulationCapacityAvailable", "regulationSetpoint",
		"storedEnergy", "targetEnergyStorage", "availableEnergyStorage", "price", "level", "powerFactor", "percentUsage", "percentDemand",
		"x-resourceStatus")
}

func (v *values) readingType() string {
	return pick(v, v.extension(), "Direct Read", "Net", "Allocated", "Estimated", "Summed", "Derived", "Mean", "Peak", "Hybrid", "Contract",
		"Projected", "x-RMS", "x-notApplicable")
}

// feed returns Green Button data whose parts declare their namespaces in different
// ways.
func (v *values) feed() oadr.XML {
	v.ids++
	block := pick(v,
		`<IntervalBlock xmlns="http://naesb.org/espi"><interval><duration>900</duration><start>%d</start></interval><IntervalReading><value>7</value></IntervalReading></IntervalBlock>`,
		`<espi:IntervalBlock xmlns:espi="http://naesb.org/espi"><espi:IntervalReading><espi:extension xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="espi:IntervalReading"><espi:value>%d</espi:value></espi:extension></espi:IntervalReading></espi:IntervalBlock>`,
	)
	return oadr.XML(fmt.Sprintf(pick(v,
		`<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:uuid:%d</id><title type="text">a &amp; b <!-- as sent --></title><updated>2026-11-24T12:00:00Z</updated><entry><content>%s</content></entry></feed>`,
		`<atom:feed xmlns:atom="http://www.w3.org/2005/Atom" xml:lang="de"><atom:id>%d</atom:id><atom:title><![CDATA[<usage>]]></atom:title><atom:updated>2026-11-24T12:00:00+01:00</atom:updated><atom:entry><atom:content>%s</atom:content></atom:entry></atom:feed>`,
	), v.ids, fmt.Sprintf(block, v.Uint32())))
}

// gml returns a polygon with unique IDs.
func (v *values) gml() oadr.XML {
	v.ids++
	points := fmt.Sprintf("%v %v %v %v", v.number(), v.number(), v.number(), v.number())
	return oadr.XML(fmt.Sprintf(pick(v,
		`<FeatureCollection xmlns="http://www.opengis.net/gml/3.2"><location><Polygon><exterior><LinearRing><posList>%[2]s</posList></LinearRing></exterior></Polygon></location></FeatureCollection>`,
		`<gml:FeatureCollection xmlns:gml="http://www.opengis.net/gml/3.2" gml:id="a%[1]d"><gml:location><gml:Polygon gml:id='b%[1]d'><gml:exterior><gml:LinearRing><gml:posList>%[2]s</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon></gml:location></gml:FeatureCollection>`,
	), v.ids, points))
}

// chooser returns a random number below n.
type chooser interface {
	IntN(n int) int
}

// pick returns one of the values.
func pick[T any](from chooser, values ...T) T { return values[from.IntN(len(values))] }

// optional returns a value or nil.
func optional[T any](from chooser, value func() T) *T {
	if from.IntN(2) == 0 {
		return nil
	}
	return new(value())
}

// anyOf returns up to two values, nil for none.
func anyOf[T any](from chooser, value func() T) (values []T) {
	for range from.IntN(3) {
		values = append(values, value())
	}
	return values
}

// some returns one to three values.
func some[T any](from chooser, value func() T) []T { return append(anyOf(from, value), value()) }
