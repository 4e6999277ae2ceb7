package oadr

// unit reads the itemBase the cursor stands on, nil when it is something else.
func (c *cursor) unit() *Unit {
	name := c.name
	u := &Unit{Type: localName(name)}
	if name == "oadr:"+unitGreenButton {
		u.GreenButton = c.part(NSatom, "feed")
		return u
	}
	base, ok := itemBases[u.Type]
	if !ok || name != base.prefix+":"+u.Type {
		return nil
	}
	e := c.enter()
	for name := range e.children() {
		switch name {
		case base.prefix + ":itemUnits":
			if u.Type == "customUnit" {
				u.Units = c.text()
			} else {
				u.Units = string(c.token())
			}
		case base.prefix + ":itemDescription":
			if u.Type == "customUnit" {
				u.Description = c.text()
			} else {
				c.skip() // a word for people: the type says it
			}
		case "scale:siScaleCode":
			if u.Type != "pulseCount" {
				u.Scale = string(c.token())
			}
		case "power:powerAttributes":
			if u.isPower() {
				u.decodePowerAttributes(c)
			}
		case "oadr:pulseFactor":
			if u.Type == "pulseCount" {
				u.PulseFactor = c.float()
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

func (u *Unit) decodePowerAttributes(c *cursor) {
	e := c.enter()
	for name := range e.children() {
		switch name {
		case "power:hertz":
			u.Hertz = c.float()
		case "power:voltage":
			u.Voltage = c.float()
		case "power:ac":
			u.AC = c.boolean()
		}
	}
	e.require("power:hertz", "power:voltage", "power:ac")
}
