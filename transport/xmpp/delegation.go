package xmpp

import "strings"

// unwrap takes a request that an account sent to the server's own domain out of
// the IQ in which the server delegated it (XEP-0355 section 4.3). With it come
// the elements it stands in, itself the last. The envelope is nil where the IQ
// is none of the kind. Who sent the IQ must be checked before: only a server may
// say whom a request is from.
func unwrap(e element) (inner element, inside []element, via *envelope) {
	delegation := e.child("delegation")
	forwarded := delegation.child("forwarded")
	iq := forwarded.child("iq")
	if len(iq.tag) == 0 {
		return element{}, nil, nil
	}
	return iq, []element{delegation, forwarded, iq}, readEnvelope(e, delegation, forwarded)
}

// readEnvelope reads the three elements around a delegated request, nil where
// they are something else.
func readEnvelope(iq, delegation, forwarded element) *envelope {
	prefix, local := delegation.name()
	space := namespace(prefix, iq, delegation)
	if string(local) != "delegation" || !strings.HasPrefix(space, nsDelegate) {
		return nil
	}
	prefix, local = forwarded.name()
	if string(local) != "forwarded" || namespace(prefix, iq, delegation, forwarded) != nsForward {
		return nil
	}
	return &envelope{id: iq.attribute("id"), from: iq.attribute("from"), to: iq.attribute("to"), namespace: space}
}

// delegationNode reads the node with which a server asks what it may announce
// for a namespace that it delegates, at its own domain or, bare, at the bare
// addresses of its accounts (XEP-0355 section 7): the version's namespace, "::"
// or ":bare:", and the delegated namespace.
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
