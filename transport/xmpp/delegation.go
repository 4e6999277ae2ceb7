package xmpp

import (
	"strings"

	"github.com/vtn-xmpp/vtn-xmpp/transport/xmpp/stream"
)

// unwrap takes a request that an account sent to the server's own domain out of
// the IQ in which the server delegated it (XEP-0355 section 4.3). inside are the
// elements that the request stands in, itself the last. via is nil if the IQ holds
// no delegated request. The caller checks first who sent the IQ, since only a server
// may say whom a request is from.
func unwrap(e stream.Element) (inner stream.Element, inside []stream.Element, via *envelope) {
	delegation := e.Child("delegation")
	forwarded := delegation.Child("forwarded")
	iq := forwarded.Child("iq")
	if len(iq.Tag) == 0 {
		return stream.Element{}, nil, nil
	}
	return iq, []stream.Element{delegation, forwarded, iq}, readEnvelope(e, delegation, forwarded)
}

// readEnvelope reads the three elements around a delegated request. It returns nil
// if they are something else.
func readEnvelope(iq, delegation, forwarded stream.Element) *envelope {
	prefix, local := delegation.Name()
	space := stream.Namespace(prefix, iq, delegation)
	if string(local) != "delegation" || !strings.HasPrefix(space, nsDelegate) {
		return nil
	}
	prefix, local = forwarded.Name()
	if string(local) != "forwarded" || stream.Namespace(prefix, iq, delegation, forwarded) != nsForward {
		return nil
	}
	return &envelope{id: iq.Attribute("id"), from: iq.Attribute("from"), to: iq.Attribute("to"), namespace: space}
}

// delegationNode reads the node with which a server asks what it may announce for a
// namespace that it delegates (XEP-0355 section 7): the version's namespace, "::" or
// ":bare:", and the delegated namespace. bare asks about the bare addresses of the
// server's accounts, otherwise it is about the server's own domain.
func delegationNode(node string) (delegated string, bare, ok bool) {
	rest, ok := strings.CutPrefix(node, nsDelegate)
	if !ok {
		return "", false, false
	}
	if _, delegated, ok = strings.Cut(rest, ":bare:"); ok {
		return delegated, true, true
	}
	_, delegated, ok = strings.Cut(rest, "::")
	return delegated, false, ok
}
