package api

import (
	"strings"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// readUnit reads an emix:itemBase. A member that does not belong to the unit's type
// is refused: the payload would lose it.
func readUnit(o *object) *oadr.Unit {
	if o == nil {
		return nil
	}
	o.need("type")
	u := &oadr.Unit{
		Type:        o.text("type"),
		Scale:       o.text("scale"),
		Units:       o.text("units"),
		Description: o.text("description"),
		Hertz:       o.number("hertz"),
		Voltage:     o.number("voltage"),
		PulseFactor: o.number("pulseFactor"),
	}
	if u.Scale == "" && u.Type != "pulseCount" {
		u.Scale = "none"
	}
	power, currency := isPower(u.Type), isCurrency(u.Type)
	u.AC = o.booleanOr("ac", power)
	if code := o.text("currency"); currency {
		u.Units = code
		o.need("currency")
	}
	for _, m := range []struct {
		name string
		fits bool
		of   string
	}{
		{"hertz", power, "power types"}, {"voltage", power, "power types"}, {"ac", power, "power types"},
		{"currency", currency, "currency types"},
		{"description", u.Type == "customUnit", "customUnit"},
		{"pulseFactor", u.Type == "pulseCount", "pulseCount"},
	} {
		if o.set(m.name) && !m.fits {
			o.found.add(o.field(m.name), "is for %s only; leave it out", m.of)
		}
	}
	if currency && o.set("units") {
		o.found.add(o.field("units"), "is called currency here")
	}
	return u
}

func isPower(unitType string) bool    { return strings.HasPrefix(unitType, "power") }
func isCurrency(unitType string) bool { return strings.HasPrefix(unitType, "currency") }

func showUnit(u *oadr.Unit) *client.Unit {
	if u == nil {
		return nil
	}
	out := &client.Unit{Type: u.Type, Scale: u.Scale, Units: u.Units, Description: u.Description}
	switch {
	case isPower(u.Type):
		out.Hertz, out.Voltage, out.AC = &u.Hertz, &u.Voltage, &u.AC
	case isCurrency(u.Type):
		out.Currency, out.Units = u.Units, ""
	case u.Type == "pulseCount":
		out.PulseFactor = &u.PulseFactor
	}
	return out
}
