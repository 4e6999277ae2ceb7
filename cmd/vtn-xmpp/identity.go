package main

import (
	"errors"
	"fmt"

	"github.com/vtn-xmpp/vtn-xmpp/address"
	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/transport/xmpp"
)

// normalize brings an identity that an operator enters into the form in which
// its transport reports it.
func normalize(id core.Identity) (core.Identity, error) {
	if id.Transport != xmpp.Name {
		return id, fmt.Errorf("belongs to the transport %q, which is not offered; use %s", id.Transport, xmpp.Name)
	}
	account, err := address.Normal(id.Name)
	switch {
	case err != nil:
		return id, fmt.Errorf("is not a JID such as ven1@example.org: %w", err)
	case account.Local == "":
		return id, errors.New("has no name before the @; a VEN's account is one such as ven1@example.org")
	case account.Resource != "":
		return id, fmt.Errorf("has a resource; leave it out: %s", account.Bare())
	}
	id.Name = account.String()
	return id, nil
}
