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
			if units := string(c.token()); len(base.units) != 1 {
				u.Units = units
			}
		case base.prefix + ":itemDescription":
			if description := c.text(); base.description == "" {
				u.Description = description
			}
		case "scale:siScaleCode":
			u.Scale = string(c.token())
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
	if u.isPower() {
		e.require("power:powerAttributes")
	}
	if err := u.Check(); err != nil {
		c.refuse(name, "%s", err)
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
