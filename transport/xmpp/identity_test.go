package xmpp

import (
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// TestX5CompareRegisteredAddress: case does not count before the resource, and the
// address may begin with a scheme.
func TestX5CompareRegisteredAddress(t *testing.T) {
	c := New(Config{Domain: "vtn.example.org"}, nobody{})
	for registered, want := range map[string]core.AddressMatch{
		"":                             core.OtherIdentity,
		"ven1@example.org":             core.OtherIdentity,
		"ven1@example.org/":            core.OtherIdentity,
		"other@example.org/client":     core.OtherIdentity,
		"other@example.org/gateway":    core.OtherIdentity,
		"https://example.org/oadr":     core.OtherIdentity,
		"ven1@example.org/client":      core.SameClient,
		"VEN1@example.org/client":      core.SameClient,
		"xmpp:VEN1@Example.org/client": core.SameClient,
		"ven1@example.org/gateway":     core.OtherClient,
		"ven1@example.org/Client":      core.OtherClient,
		"xmpp:VEN1@example.org/a:b/c":  core.OtherClient,
		"ven1@example.org/a:b":         core.OtherClient,
	} {
		heard := core.Peer{Transport: Name, Identity: "ven1@example.org", Address: "ven1@example.org/client"}
		if got := c.Compare(registered, heard); got != want {
			t.Errorf("%q: %d, want %d", registered, got, want)
		}
	}
}
