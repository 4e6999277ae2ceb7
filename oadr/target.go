package oadr

// Target is ei:eiTarget and the other elements of its type. Programs use groups,
// resources, VENs, parties, and end device assets for device classes. Several
// elements of one name add up.
type Target struct {
	AggregatedPnodes      []string             `json:",omitempty"` // power:node of each; likewise below
	EndDeviceAssets       []string             `json:",omitempty"` // power:mrid of each, a device class such as Thermostat
	MeterAssets           []string             `json:",omitempty"` // power:mrid of each
	Pnodes                []string             `json:",omitempty"`
	ServiceAreas          []XML                `json:",omitempty"` // the gml:FeatureCollection of each
	ServiceDeliveryPoints []string             `json:",omitempty"`
	ServiceLocations      []XML                `json:",omitempty"` // the gml:FeatureCollection of each
	TransportInterfaces   []TransportInterface `json:",omitempty"`
	Groups                []string             `json:",omitempty"`
	GroupNames            []string             `json:",omitempty"`
	Resources             []string             `json:",omitempty"`
	VENs                  []string             `json:",omitempty"`
	Parties               []string             `json:",omitempty"`
}

// IsEmpty reports whether the target has no element at all.
func (t *Target) IsEmpty() bool { return t.size() == 0 }

func (t *Target) size() int {
	return len(t.AggregatedPnodes) + len(t.EndDeviceAssets) + len(t.MeterAssets) + len(t.Pnodes) + len(t.ServiceAreas) + len(t.ServiceDeliveryPoints) +
		len(t.ServiceLocations) + len(t.TransportInterfaces) + len(t.Groups) + len(t.GroupNames) + len(t.Resources) + len(t.VENs) + len(t.Parties)
}

// TransportInterface is power:transportInterface: the nodes at its two ends.
type TransportInterface struct {
	PointOfReceipt, PointOfDelivery string
}

// decode reads an eiTarget or an element of its type and adds what it names to t.
func (t *Target) decode(d *decoder) { t.read(d, d.enter()) }

// decodeKnown is decode for a target that means everything if it is empty. It
// refuses one that holds only unknown elements, since they narrow the target and
// must not be ignored.
func (t *Target) decodeKnown(d *decoder) {
	name, before := d.name, t.size()
	e := d.enter()
	t.read(d, e)
	if e.holds && t.size() == before {
		d.impossible(name, "names nothing that is known here")
	}
}

func (t *Target) read(d *decoder, e *element) {
	for name := range e.each() {
		switch name {
		case "power:aggregatedPnode":
			t.AggregatedPnodes = append(t.AggregatedPnodes, d.held("power:node"))
		case "power:endDeviceAsset":
			t.EndDeviceAssets = append(t.EndDeviceAssets, d.held("power:mrid"))
		case "power:meterAsset":
			t.MeterAssets = append(t.MeterAssets, d.held("power:mrid"))
		case "power:pnode":
			t.Pnodes = append(t.Pnodes, d.held("power:node"))
		case "emix:serviceArea":
			t.ServiceAreas = append(t.ServiceAreas, d.part(NSgml, "FeatureCollection"))
		case "power:serviceDeliveryPoint":
			t.ServiceDeliveryPoints = append(t.ServiceDeliveryPoints, d.held("power:node"))
		case "power:serviceLocation":
			t.ServiceLocations = append(t.ServiceLocations, d.part(NSgml, "FeatureCollection"))
		case "power:transportInterface":
			t.TransportInterfaces = append(t.TransportInterfaces, d.transportInterface())
		case "ei:groupID":
			t.Groups = append(t.Groups, d.text())
		case "ei:groupName":
			t.GroupNames = append(t.GroupNames, d.text())
		case "ei:resourceID":
			t.Resources = append(t.Resources, d.text())
		case "ei:venID":
			t.VENs = append(t.VENs, d.text())
		case "ei:partyID":
			t.Parties = append(t.Parties, d.text())
		}
	}
}

// target adds what the element names to before, which is nil for the first element.
func (d *decoder) target(before *Target) *Target {
	if before == nil {
		before = new(Target)
	}
	before.decode(d)
	return before
}

func (d *decoder) transportInterface() (i TransportInterface) {
	e := d.enter()
	for name := range e.children() {
		switch name {
		case "power:pointOfReceipt":
			i.PointOfReceipt = d.text()
		case "power:pointOfDelivery":
			i.PointOfDelivery = d.text()
		}
	}
	e.require("power:pointOfReceipt", "power:pointOfDelivery")
	return i
}

// append writes the target as an element of its type.
func (t *Target) append(w *writer, name string) {
	w.start(name)
	w.each("power:aggregatedPnode", "power:node", t.AggregatedPnodes)
	w.each("power:endDeviceAsset", "power:mrid", t.EndDeviceAssets)
	w.each("power:meterAsset", "power:mrid", t.MeterAssets)
	w.each("power:pnode", "power:node", t.Pnodes)
	w.parts("emix:serviceArea", t.ServiceAreas)
	w.each("power:serviceDeliveryPoint", "power:node", t.ServiceDeliveryPoints)
	w.parts("power:serviceLocation", t.ServiceLocations)
	for _, i := range t.TransportInterfaces {
		w.start("power:transportInterface")
		w.text("power:pointOfReceipt", i.PointOfReceipt)
		w.text("power:pointOfDelivery", i.PointOfDelivery)
		w.end()
	}
	w.texts("ei:groupID", t.Groups)
	w.texts("ei:groupName", t.GroupNames)
	w.texts("ei:resourceID", t.Resources)
	w.texts("ei:venID", t.VENs)
	w.texts("ei:partyID", t.Parties)
	w.end()
}
