package main

import "github.com/vtn-xmpp/vtn-xmpp/api/client"

// targetName is one thing that a target names.
type targetName struct{ kind, name string }

// kindsAndNames lists what a target names, as KIND:NAME. t may be nil.
func kindsAndNames(t *client.EITarget) (list []string) {
	for _, n := range targetNames(t) {
		list = append(list, n.kind+":"+n.name)
	}
	return list
}

// namesOnly lists what a target names, without the kinds. t may be nil.
func namesOnly(t *client.EITarget) (list []string) {
	for _, n := range targetNames(t) {
		list = append(list, n.name)
	}
	return list
}

func targetNames(t *client.EITarget) (list []targetName) {
	if t == nil {
		return nil
	}
	add := func(kind string, names ...string) {
		for _, name := range names {
			list = append(list, targetName{kind, name})
		}
	}
	add("resource", t.Resources...)
	add("deviceClass", t.DeviceClasses...)
	add("group", t.Groups...)
	add("groupName", t.GroupNames...)
	add("ven", t.VENIDs...)
	add("party", t.Parties...)
	add("meterAsset", t.MeterAssets...)
	add("pnode", t.Pnodes...)
	add("aggregatedPnode", t.AggregatedPnodes...)
	add("serviceDeliveryPoint", t.ServiceDeliveryPoints...)
	for _, i := range t.TransportInterfaces {
		add("transportInterface", i.PointOfReceipt+" to "+i.PointOfDelivery)
	}
	for range t.ServiceAreas {
		add("serviceArea", "(GML)")
	}
	for range t.ServiceLocations {
		add("serviceLocation", "(GML)")
	}
	return list
}
