package oadr

// Unit is an emix:itemBase: what the values of a signal or baseline mean.
type Unit struct {
	// Type is the element's local name: powerReal, powerApparent,
	// powerReactive, energyReal, energyApparent, energyReactive, voltage,
	// current, frequency, Therm, temperature, pulseCount, currency,
	// currencyPerKWh, currencyPerKW, currencyPerThm, customUnit or
	// oadrGBDataDescription.
	Type string
	// Scale is the siScaleCode: none, k, M …; pulseCount and
	// oadrGBDataDescription have none.
	Scale string
	// Units is itemUnits if the type leaves a choice: the ISO currency, celsius or
	// fahrenheit, W or J/s, or the units of a customUnit.
	Units string
	// Description is a custom unit's itemDescription.
	Description string
	// Hertz, Voltage and AC are the powerAttributes of the power types.
	Hertz, Voltage float64
	AC             bool
	// PulseFactor is kWh per count; only for pulseCount.
	PulseFactor float64
	// GreenButton is the atom:feed of an oadrGBDataDescription, which has no other
	// field.
	GreenButton XML
}
