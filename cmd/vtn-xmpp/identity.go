package main

import (
	"fmt"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/transport/simplehttp"
	"github.com/vtn-xmpp/vtn-xmpp/transport/xmpp"
)

// normalize brings an identity that an operator enters into the form in which
// its transport reports it.
func normalize(id core.Identity) (core.Identity, error) {
	normal, offered := map[string]func(string) (string, error){xmpp.Name: xmpp.Identity, simplehttp.Name: simplehttp.Identity}[id.Transport]
	if !offered {
		return id, fmt.Errorf("belongs to the transport %q, which is not offered; use %s or %s", id.Transport, xmpp.Name, simplehttp.Name)
	}
	name, err := normal(id.Name)
	if err != nil {
		return id, err
	}
	id.Name = name
	return id, nil
}
