package oadr

// append writes the unit as the itemBase of its type, or nothing if the schema does
// not have the type.
func (u *Unit) append(w *writer) {
	if u.Type == unitGreenButton {
		w.parts("oadr:"+unitGreenButton, []XML{u.GreenButton})
		return
	}
	base, ok := itemBases[u.Type]
	if !ok {
		return
	}
	description, units := base.description, u.Units
	if description == "" {
		description = u.Description
	}
	if units == "" && len(base.units) > 0 {
		units = base.units[0]
	}
	w.start(base.prefix + ":" + u.Type)
	w.text(base.prefix+":itemDescription", description)
	w.text(base.prefix+":itemUnits", units)
	if u.Type == "pulseCount" {
		w.float("oadr:pulseFactor", u.PulseFactor)
	} else {
		w.text("scale:siScaleCode", u.Scale)
	}
	if u.isPower() {
		w.start("power:powerAttributes")
		w.float("power:hertz", u.Hertz)
		w.float("power:voltage", u.Voltage)
		w.boolean("power:ac", u.AC)
		w.end()
	}
	w.end()
}
