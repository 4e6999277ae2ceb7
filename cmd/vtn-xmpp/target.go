package main

import "github.com/vtn-xmpp/vtn-xmpp/api/client"

// named is what a target names, each with its kind before it, which is left out
// where bare is set.
func named(t *client.EITarget, bare bool) (parts []string) {
	if t == nil {
		return nil
	}
	add := func(kind string, values ...string) {
		for _, value := range values {
			if !bare {
				value = kind + ":" + value
			}
			parts = append(parts, value)
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
	return parts
}
