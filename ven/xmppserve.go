package ven

import (
	"bytes"
	"encoding/xml"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// feature is what an OpenADR entity announces (X3).
const feature = "http://openadr.org/openadr2"

// serve takes each stanza that is no answer. The session's reader calls it, so it must
// not wait: what takes time becomes a job. Every get and set gets an answer (X6).
func (x *overXMPP) serve(s *session, r *stanza) {
	switch {
	case r.name.Local == "message":
		x.message(s, r)
	case !r.isRequest(): // presence is not for a VEN
	case len(r.children) != 1:
		s.reply(r.fail("modify", "bad-request"))
	case r.kind == "get":
		s.reply(about(r))
	case !isOpenADR(r.children[0].name):
		s.reply(r.fail("cancel", "service-unavailable"))
	case !x.trusts(r.from):
		x.cfg.Log.Warn("refused an OpenADR request that is not from the VTN", "from", r.from)
		s.reply(r.fail("auth", "forbidden"))
	default:
		x.take(s, r)
	}
}

// message takes a message that answers none of the VEN's requests. It ignores those
// without a payload of the VTN.
func (x *overXMPP) message(s *session, r *stanza) {
	payload, _ := r.payload()
	switch {
	case payload == nil || r.kind == "error":
	case !x.trusts(r.from):
		x.cfg.Log.Warn("ignored a message that is not from the VTN", "from", r.from)
	default:
		x.take(s, r)
	}
}

// isOpenADR: the namespace tells, that of 2.0b or of 2.0a (rule A1).
func isOpenADR(n xml.Name) bool { return n.Space == oadr.NS || n.Space == oadr.NS20a }

// about answers what anybody may ask: who the VEN is (XEP-0030, XEP-0092) and whether
// it is there (XEP-0199).
func about(r *stanza) []byte {
	var q struct {
		Node string `xml:"node,attr"`
	}
	c := r.children[0]
	if err := xml.Unmarshal(c.raw, &q); err != nil {
		return r.fail("modify", "bad-request")
	}
	switch c.name {
	case xml.Name{Space: nsPing, Local: "ping"}:
		return r.result(nil)
	case xml.Name{Space: nsVersion, Local: "query"}:
		return r.result([]byte(`<query xmlns='` + nsVersion + `'><name>vtn-xmpp reference VEN</name><version>1</version></query>`))
	case xml.Name{Space: nsInfo, Local: "query"}, xml.Name{Space: nsItems, Local: "query"}:
		if q.Node != "" {
			return r.fail("cancel", "item-not-found")
		}
		return r.result(disco(c.name.Space))
	}
	return r.fail("cancel", "service-unavailable")
}

// disco is the content of the answer to a query in one of XEP-0030's namespaces.
func disco(space string) []byte {
	var b bytes.Buffer
	b.WriteString(`<query xmlns='` + space + `'>`)
	if space == nsInfo {
		b.WriteString(`<identity category='client' type='bot' name='OpenADR VEN'/>`)
		for _, f := range []string{feature, nsInfo, nsItems, nsPing, nsVersion} {
			b.WriteString(`<feature var='` + f + `'/>`)
		}
	}
	b.WriteString(`</query>`)
	return b.Bytes()
}

// trusts reports whether a sender is the VTN: one of its service JIDs, or another
// address of their domain, since a component owns its whole domain. If that is the
// domain of the VEN's own server only the service JIDs count, since it has other
// accounts.
func (x *overXMPP) trusts(from string) bool {
	sender, err := asSent(from)
	if err != nil {
		return false
	}
	for _, service := range x.Services().all() {
		if sender.Bare().Equal(service.Bare()) {
			return true
		}
		if sender.Domain().Equal(service.Domain()) && !sender.Domain().Equal(x.names.domain) {
			return true
		}
	}
	return false
}

// take queues a request of the VTN. If too many wait already, the VEN asks the VTN to try
// again later.
func (x *overXMPP) take(s *session, r *stanza) {
	raw, kind := r.payload()
	b := stanzaBack{x, s, r}
	taken := x.server.enqueue(func() {
		x.tellOf(r)
		x.server.requested(inbound{raw, r.received, b, kind != IQ})
	})
	if !taken {
		b.fail("wait", "resource-constraint")
	}
}
