package oadr

// unit reads the itemBase the cursor stands on, nil when it is something else.
func (d *decoder) unit() *Unit {
	name := d.name
	u := &Unit{Type: localName(name)}
	if name == "oadr:"+unitGreenButton {
		u.GreenButton = d.part(NSatom, "feed")
		return u
	}
	base, ok := itemBases[u.Type]
	if !ok || name != base.prefix+":"+u.Type {
		return nil
	}
	e := d.enter()
	for name := range e.children() {
		switch name {
		case base.prefix + ":itemUnits":
			if u.Type == "customUnit" {
				u.Units = d.text()
			} else {
				u.Units = string(d.token())
			}
		case base.prefix + ":itemDescription":
			if u.Type == "customUnit" {
				u.Description = d.text()
			} else {
				d.skip() // a word for people: the type says it
			}
		case "scale:siScaleCode":
			if u.Type != "pulseCount" {
				u.Scale = string(d.token())
			}
		case "power:powerAttributes":
			if u.isPower() {
				u.decodePowerAttributes(d)
			}
		case "oadr:pulseFactor":
			if u.Type == "pulseCount" {
				u.PulseFactor = d.float()
			}
		}
	}
	e.require(base.prefix+":itemDescription", base.prefix+":itemUnits")
	switch {
	case u.isPower():
		e.require("scale:siScaleCode", "power:powerAttributes")
	case u.Type == "pulseCount":
		e.require("oadr:pulseFactor")
	default:
		e.require("scale:siScaleCode")
	}
	if wrong := u.checkSchema(); wrong != nil {
		e.mistyped(wrong.element(), wrong.Reason)
	}
	if len(base.units) == 1 { // it says nothing more than the type
		u.Units = ""
	}
	return u
}

func (u *Unit) decodePowerAttributes(d *decoder) {
	e := d.enter()
	for name := range e.children() {
		switch name {
		case "power:hertz":
			u.Hertz = d.float()
		case "power:voltage":
			u.Voltage = d.float()
		case "power:ac":
			u.AC = d.boolean()
		}
	}
	e.require("power:hertz", "power:voltage", "power:ac")
}
