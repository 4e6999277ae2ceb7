package api

import (
	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/core"
)

func readTargets(o *object) (list []core.Target) {
	if o.boolean("all") {
		list = append(list, core.Target{Kind: core.TargetAll})
	}
	for _, of := range targetLists(&client.Targets{}) {
		for _, value := range o.texts(of.name) {
			list = append(list, core.Target{Kind: of.kind, Value: value})
		}
	}
	return list
}

// targetList is one of the lists in [client.Targets], with its kind in core.
type targetList struct {
	name   string
	kind   core.TargetKind
	values *[]string
}

func targetLists(t *client.Targets) []targetList {
	return []targetList{
		{"venIDs", core.TargetVENID, &t.VENIDs},
		{"groups", core.TargetGroup, &t.Groups},
		{"resources", core.TargetResource, &t.Resources},
		{"parties", core.TargetParty, &t.Parties},
		{"marketContexts", core.TargetMarketContext, &t.MarketContexts},
	}
}

func showTargets(targets []core.Target) client.Targets {
	var out client.Targets
	lists := targetLists(&out)
	for _, l := range lists {
		*l.values = []string{}
	}
	for _, t := range targets {
		if t.Kind == core.TargetAll {
			out.All = true
		}
		for _, l := range lists {
			if l.kind == t.Kind {
				*l.values = append(*l.values, t.Value)
			}
		}
	}
	return out
}
