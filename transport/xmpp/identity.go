package xmpp

import (
	"errors"
	"fmt"
	"strings"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/transport/xmpp/address"
)

// Identity returns the account that a person wrote in the form in which it stands
// in [core.Peer]: the bare JID as the server knows it.
func Identity(written string) (string, error) {
	account, err := address.Normal(written)
	switch {
	case err != nil:
		return "", fmt.Errorf("is not a JID such as ven1@example.org: %w", err)
	case account.Local == "":
		return "", errors.New("has no name before the @; a VEN's account is one such as ven1@example.org")
	case account.Resource != "":
		return "", fmt.Errorf("has a resource; leave it out: %s", account.Bare())
	}
	return account.String(), nil
}

// Compare is [core.Transport.Compare]. A registered address may begin with a
// scheme, such as xmpp:. Without a resource it names no client.
func (c *Component) Compare(registered string, heard core.Peer) core.AddressMatch {
	bare, resource, _ := strings.Cut(withoutScheme(registered), "/")
	_, heardResource, _ := strings.Cut(heard.Address, "/")
	switch {
	case resource == "" || !address.Same(bare, heard.Identity):
		return core.OtherIdentity
	case resource == heardResource:
		return core.SameClient
	}
	return core.OtherClient
}

// withoutScheme cuts the scheme off an address. A colon behind the localpart or in
// the resource ends none.
func withoutScheme(registered string) string {
	scheme, rest, found := strings.Cut(registered, ":")
	if !found || strings.ContainsAny(scheme, "@/") {
		return registered
	}
	return rest
}
