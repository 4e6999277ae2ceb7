package core

import (
	"slices"
	"strings"

	"github.com/vtn-xmpp/vtn-xmpp/internal/label"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// Target kinds that only opts have: what else an eiTarget can name.
const (
	TargetDeviceClass          TargetKind = "deviceClass"
	TargetGroupName            TargetKind = "groupName"
	TargetMeterAsset           TargetKind = "meterAsset"
	TargetPnode                TargetKind = "pnode"
	TargetAggregatedPnode      TargetKind = "aggregatedPnode"
	TargetServiceDeliveryPoint TargetKind = "serviceDeliveryPoint"
	TargetServiceArea          TargetKind = "serviceArea"     // its GML
	TargetServiceLocation      TargetKind = "serviceLocation" // its GML
	TargetTransportInterface   TargetKind = "transportInterface"
)

// Part is a part of a VEN that an opt is for, as the VEN names it (rule P5).
type Part struct {
	Kind        TargetKind
	Name        string
	DeviceClass string // only the devices of this class in the part; empty: the whole part
}

// parts returns the parts that the opt is for, none for the whole VEN. Targets add up. If the opt
// names device classes, it is for these of each target.
func (o *Opt) parts() []Part {
	targets := append(named(TargetResource, o.Resources), partsOf(&o.Others)...)
	switch {
	case len(o.DeviceClasses) == 0:
		return targets
	case len(targets) == 0:
		return named(TargetDeviceClass, o.DeviceClasses)
	}
	parts := make([]Part, 0, len(targets)*len(o.DeviceClasses))
	for _, p := range targets {
		for _, p.DeviceClass = range o.DeviceClasses {
			parts = append(parts, p)
		}
	}
	return parts
}

// Extent returns about how many bytes a list of the parts of the opt takes.
func (o *Opt) Extent() (bytes int) {
	for _, p := range o.parts() {
		bytes += len(p.Name) + len(p.DeviceClass) + 3
	}
	return bytes
}

// named returns the parts of a kind with these names.
func named(kind TargetKind, names []string) (parts []Part) {
	for _, name := range names {
		parts = append(parts, Part{Kind: kind, Name: name})
	}
	return parts
}

// partsOf returns the parts that [Opt.Others] names.
func partsOf(t *oadr.Target) (parts []Part) {
	for _, of := range []struct {
		kind  TargetKind
		names []string
	}{
		{TargetGroup, t.Groups}, {TargetGroupName, t.GroupNames}, {TargetParty, t.Parties}, {TargetMeterAsset, t.MeterAssets}, {TargetPnode, t.Pnodes},
		{TargetAggregatedPnode, t.AggregatedPnodes}, {TargetServiceDeliveryPoint, t.ServiceDeliveryPoints},
	} {
		parts = append(parts, named(of.kind, of.names)...)
	}
	for _, i := range t.TransportInterfaces {
		parts = append(parts, Part{Kind: TargetTransportInterface, Name: i.PointOfReceipt + " to " + i.PointOfDelivery})
	}
	for _, area := range t.ServiceAreas {
		parts = append(parts, Part{Kind: TargetServiceArea, Name: string(area)})
	}
	for _, location := range t.ServiceLocations {
		parts = append(parts, Part{Kind: TargetServiceLocation, Name: string(location)})
	}
	return parts
}

// element returns the element of an eiTarget that names a part of this kind.
func (k TargetKind) element() string {
	switch k {
	case TargetResource, TargetGroup, TargetParty:
		return string(k) + "ID"
	case TargetDeviceClass:
		return "the mrid of an endDeviceAsset"
	}
	return string(k)
}

// aim sets the parts of the VEN that the opt of a message is for, or refuses them. An empty
// element counts as absent, but a target with only empty elements is not the whole VEN.
func (o *Opt) aim(ven *VEN, m *oadr.CreateOpt) *refusal {
	if slices.ContainsFunc(m.Target.VENs, func(id string) bool { return id != ven.VENID && id != "" }) {
		return refuse(oadr.CodeInvalidID, "eiTarget names another venID")
	}
	o.Others = oadr.Target{
		Groups: filled(m.Target.Groups), GroupNames: filled(m.Target.GroupNames), Parties: filled(m.Target.Parties), MeterAssets: filled(m.Target.MeterAssets),
		Pnodes: filled(m.Target.Pnodes), AggregatedPnodes: filled(m.Target.AggregatedPnodes), ServiceDeliveryPoints: filled(m.Target.ServiceDeliveryPoints),
		TransportInterfaces: m.Target.TransportInterfaces, ServiceAreas: m.Target.ServiceAreas, ServiceLocations: m.Target.ServiceLocations,
	}
	o.Resources = filled(m.Target.Resources)
	no := o.ofClasses(m)
	if no != nil {
		return no
	}
	targets := append(named(TargetResource, o.Resources), partsOf(&o.Others)...)
	if len(targets)*max(len(o.DeviceClasses), 1) > maxOptParts || len(o.DeviceClasses) > maxOptParts {
		return refuse(oadr.CodeInvalidData, "eiTarget names more than %d parts of the VEN, each with each device class", maxOptParts)
	}
	if o.Extent() > maxOptExtent {
		return refuse(oadr.CodeInvalidData, "the parts of the VEN that eiTarget names, each with each device class, have more than %d bytes", maxOptExtent)
	}
	for _, class := range o.DeviceClasses {
		if err := oadr.CheckDeviceClass(class); err != nil {
			return refuse(oadr.CodeInvalidData, "mrid of an endDeviceAsset: %v", err)
		}
	}
	if len(targets)+len(o.DeviceClasses)+len(filled(m.Target.VENs)) == 0 && !m.Target.IsEmpty() {
		return refuse(oadr.CodeInvalidData, "eiTarget names nothing: all its elements are empty")
	}
	for _, p := range append(targets, named(TargetDeviceClass, o.DeviceClasses)...) {
		switch most := label.MaxSize; p.Kind {
		case TargetServiceArea, TargetServiceLocation: // XML, which may be longer
		default:
			if p.Kind == TargetTransportInterface {
				most *= 2
			}
			if len(p.Name) > most || strings.ContainsAny(p.Name, "\n\r\t") {
				return refuse(oadr.CodeInvalidData, "%s must have 1 to %d bytes in one line", p.Kind.element(), most)
			}
		}
	}
	return nil
}

// ofClasses sets the device classes: those of oadrDeviceClass, or of eiTarget, where some VENs put
// them. If both name some, the opt is for those that are in both.
func (o *Opt) ofClasses(m *oadr.CreateOpt) *refusal {
	o.DeviceClasses = filled(m.Target.EndDeviceAssets)
	if m.DeviceClass == nil {
		return nil
	}
	other := *m.DeviceClass
	if other.EndDeviceAssets = nil; !other.IsEmpty() {
		return refuse(oadr.CodeInvalidData, "oadrDeviceClass names only device classes, by endDeviceAsset; all else belongs in eiTarget")
	}
	classes := filled(m.DeviceClass.EndDeviceAssets)
	switch {
	case len(o.DeviceClasses) == 0:
		o.DeviceClasses = classes
	case len(classes) > 0:
		o.DeviceClasses = filled(slices.DeleteFunc(o.DeviceClasses, func(c string) bool { return !slices.Contains(classes, c) }))
		if o.DeviceClasses == nil {
			return refuse(oadr.CodeInvalidData, "eiTarget and oadrDeviceClass name different device classes: no device class is in both")
		}
	}
	return nil
}

// filled returns the names that are not empty, nil for none.
func filled(names []string) (some []string) {
	for _, name := range names {
		if name != "" {
			some = append(some, name)
		}
	}
	return some
}
