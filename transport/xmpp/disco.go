package xmpp

import (
	"slices"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/transport/xmpp/stream"
)

// What a VEN looks for (rule X3).
const (
	featureOpenADR = "http://openadr.org/openadr2"
	nodeService    = "http://openadr.org/OpenADR2/" // and the service's name
)

// nodesOfServices is the node that lists the services, in the two spellings that
// the specification has for it: the query's and the answer's (9.3.4.9.2).
var nodesOfServices = []string{featureOpenADR + "#services", "http://openadr.org/OpenADR2#services"}

// services are the OpenADR services, each one item.
var services = []string{"EiEvent", "EiRegisterParty", "EiReport", "EiOpt"}

func isService(node string) bool {
	for _, s := range services {
		if node == nodeService+s {
			return true
		}
	}
	return false
}

// discoInfo answers what an address of the component is (XEP-0030 section 3), and
// tells a server what it may announce for a namespace that it delegates.
func (c *requests) discoInfo(r *request, query stream.Element, _ []stream.Element) {
	node := nodeOf(query)
	delegated, bare, delegation := delegationNode(node)
	features := []string{featureOpenADR}
	switch {
	case node == "":
		features = append(features, nsInfo, nsItems, nsPing, nsVersion)
	case slices.Contains(nodesOfServices, node), isService(node):
	case delegation && !bare && c.isHost(r.from):
		if delegated != oadr.NS && delegated != featureOpenADR {
			features = nil // the server has these itself
		}
	default:
		c.fail(r, itemNotFound)
		return
	}
	b := []byte("<query xmlns='" + nsInfo + "'")
	b = stream.AppendAttribute(b, "node", node)
	b = append(b, '>')
	if !delegation {
		b = append(b, "<identity category='component' type='generic' name='OpenADR VTN'/>"...)
	}
	for _, f := range features {
		b = append(b, "<feature"...)
		b = stream.AppendAttribute(b, "var", f)
		b = append(b, "/>"...)
	}
	c.reply(r, append(b, "</query>"...))
}

// discoItems answers what there is at an address (XEP-0030 section 4). For the
// node of services it lists the services. Without a node it lists the component on
// the server's own domain, and the service JID on the component's domain.
func (c *requests) discoItems(r *request, query stream.Element, _ []stream.Element) {
	node := nodeOf(query)
	b := []byte("<query xmlns='" + nsItems + "'")
	b = stream.AppendAttribute(b, "node", node)
	b = append(b, '>')
	switch {
	case slices.Contains(nodesOfServices, node):
		for _, s := range services {
			b = appendItem(b, c.service, nodeService+s, s)
		}
	case node == "" && r.via != nil:
		b = appendItem(b, c.domain, "", "OpenADR VTN")
	case node == "" && r.to == c.domain:
		b = appendItem(b, c.service, "", "OpenADR VTN")
	case node == "" || isService(node):
	default:
		c.fail(r, itemNotFound)
		return
	}
	c.reply(r, append(b, "</query>"...))
}

func appendItem(dst []byte, jid, node, name string) []byte {
	dst = append(dst, "<item"...)
	dst = stream.AppendAttribute(dst, "jid", jid)
	dst = stream.AppendAttribute(dst, "node", node)
	dst = stream.AppendAttribute(dst, "name", name)
	return append(dst, "/>"...)
}
