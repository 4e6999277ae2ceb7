package main

import (
	"fmt"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/transport/xmpp"
)

// normalize brings an identity that an operator enters into the form in which
// its transport reports it.
func normalize(id core.Identity) (core.Identity, error) {
	if id.Transport != xmpp.Name {
		return id, fmt.Errorf("belongs to the transport %q, which is not offered; use %s", id.Transport, xmpp.Name)
	}
	name, err := xmpp.Identity(id.Name)
	if err != nil {
		return id, err
	}
	id.Name = name
	return id, nil
}
