package xmpp

import (
	"strings"
	"testing"

	"mellium.im/xmpp/jid"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// TestPlainAddressesAreInNormalForm: RFC 7622's preparation does not change what plain
// accepts, and plain accepts addresses as they usually come.
func TestPlainAddressesAreInNormalForm(t *testing.T) {
	local := []string{"ven1", "a.b-c", "", "Ven1", "ven_1", "ven1 ", "vén", ".a", "a.", "a..b", "-a", "xn--", strings.Repeat("a", 63), strings.Repeat("a", 64)}
	domain := []string{"example.org", "localhost", "", "Example.org", "a..b", ".a", "a.", "xn--nxasmq6b", "10.0.0.1", "exämple.org"}
	resources := []string{"client", "1234567890abcdef", "a/b@c", "", "a b", "ä", "\x00", strings.Repeat("r", 255), strings.Repeat("r", 1100)}
	taken := 0
	for _, l := range local {
		for _, d := range domain {
			for _, r := range resources {
				address := l + "@" + d + "/" + r
				bare, of, ok := plain(address)
				if !ok {
					continue
				}
				taken++
				j, err := jid.Parse(address)
				if err != nil {
					t.Errorf("%q is taken for plain: %v", address, err)
				} else if j.String() != address || j.Bare().String() != bare || j.Domainpart() != of {
					t.Errorf("%q is split into %q of %q, prepared it is %q", address, bare, of, j)
				}
			}
		}
	}
	if _, _, ok := plain("ven1@example.org/client"); !ok || taken < 20 {
		t.Errorf("%d addresses are taken for plain", taken)
	}
	for _, address := range []string{"", "/", "@/", "ven1@example.org", "example.org/r", "ven1/r", "a@b@c/r"} {
		if _, _, ok := plain(address); ok {
			t.Errorf("%q is taken for a plain full JID", address)
		}
	}
}

// TestX6PeerIsAsTheServerHasIt, except that a domain in ASCII (xn--) is written in its
// own letters.
func TestX6PeerIsAsTheServerHasIt(t *testing.T) {
	c := New(Config{Domain: "vtn.exämple.org", AllowDomains: []string{"EXÄMPLE.org", "xn--strae-oqa.example"}}, nobody{})
	for from, identity := range map[string]string{
		"a’b@exämple.org/①":          "a’b@exämple.org",
		"①@xn--exmple-cua.org/r":     "①@exämple.org",
		"ven1@xn--exmple-cua.org/r":  "ven1@exämple.org",
		"ven1@straße.example/\ufe0f": "ven1@straße.example",
	} {
		p, err := c.peer(from)
		if err != nil || p.Identity != identity || p.Address != from || p.Barred != "" {
			t.Errorf("%s: %+v, %v", from, p, err)
		}
	}
	if p, err := c.peer("ven1@elsewhere.example/r"); err != nil || p.Barred == "" {
		t.Errorf("a stranger: %+v, %v", p, err)
	}
	if !c.isHost("xn--exmple-cua.org") {
		t.Error("the server's domain in ASCII is not known")
	}
}

// TestStrangersOfOneDomainShareABudget, since anybody can have many accounts of
// another domain.
func TestStrangersOfOneDomainShareABudget(t *testing.T) {
	for p, want := range map[core.Peer]string{
		{Identity: "ven1@example.org"}:              "ven1@example.org",
		{Identity: "a@elsewhere.org", Barred: "no"}: "elsewhere.org",
		{Identity: "b@elsewhere.org", Barred: "no"}: "elsewhere.org",
		{Identity: "elsewhere.org", Barred: "no"}:   "elsewhere.org",
	} {
		if got := payer(p); got != want {
			t.Errorf("%+v is paid by %q, want %q", p, got, want)
		}
	}
}
