package xmpp

import (
	"github.com/vtn-xmpp/vtn-xmpp/internal/xmltext"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/transport/xmpp/stream"
)

// elementName is the name of the element that an IQ get or set holds. An empty local name
// stands for every name in the namespace.
type elementName struct{ space, local string }

// route is how a request that holds an element of some name is answered.
type route struct {
	serve     func(r *request, child stream.Element, around []stream.Element)
	sets      bool // takes sets as well as gets
	delegated bool // takes requests that the server delegated (XEP-0355), too
	toItself  bool // even those that an account sent to itself
}

// table holds what the component offers. All other requests are refused with
// service-unavailable (rule X6).
func (c *requests) table() map[elementName]route {
	return map[elementName]route{
		{oadr.NS, ""}:        {serve: c.openADR, sets: true, delegated: true, toItself: true},
		{oadr.NS20a, ""}:     {serve: c.openADR, sets: true}, // rule A5
		{nsItems, "query"}:   {serve: c.discoItems, delegated: true},
		{nsInfo, "query"}:    {serve: c.discoInfo},
		{nsPing, "ping"}:     {serve: c.pong},
		{nsVersion, "query"}: {serve: c.version},
	}
}

// dispatch passes a request on to whoever answers it. around are the elements it
// stands in.
func (c *requests) dispatch(r *request, child stream.Element, around []stream.Element) {
	prefix, local := child.Name()
	space := stream.Namespace(prefix, append(around, child)...)
	to, found := c.routes[elementName{space, string(local)}]
	if !found {
		to, found = c.routes[elementName{space, ""}]
	}
	toItself := r.toItself()
	switch {
	case !found,
		r.typ == "set" && !to.sets,
		r.via != nil && !to.delegated,
		r.via != nil && !toItself && r.to != r.via.from, // another account's address
		toItself && !to.toItself:
		c.refuse(r, noService, serviceUnavailable)
	default:
		to.serve(r, child, around)
	}
}

// openADR takes a payload. A server may delegate those of its own accounts only.
func (c *requests) openADR(r *request, child stream.Element, around []stream.Element) {
	if r.via != nil && !r.peerOf(r.via.from) {
		c.refuse(r, "delegation not believed", serviceUnavailable)
		return
	}
	c.queue(r, stream.Document(child, around...))
}

// pong answers a ping (XEP-0199).
func (c *requests) pong(r *request, _ stream.Element, _ []stream.Element) { c.reply(r, nil) }

// version answers what software this is (XEP-0092).
func (c *requests) version(r *request, _ stream.Element, _ []stream.Element) {
	b := []byte("<query xmlns='" + nsVersion + "'><name>vtn-xmpp</name><version>")
	b = xmltext.AppendValue(b, c.cfg.Version)
	c.reply(r, append(b, "</version></query>"...))
}
