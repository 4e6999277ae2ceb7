package reach_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/internal/reach"
)

// TestT6AddressKinds: which addresses are whose.
func TestT6AddressKinds(t *testing.T) {
	for kind, addresses := range map[reach.Kind]string{
		reach.Public: "8.8.8.8 1.1.1.1 172.32.0.1 192.167.1.1 100.128.0.1 2a00:1450:4001::1 2600::1 ::ffff:8.8.8.8 64:ff9b::8.8.8.8 2002:808:808::1",
		reach.Private: "127.0.0.1 127.1.2.3 10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 100.64.0.1 100.127.1.1 ::1 fc00::1 fd12:3456::1 " +
			"::ffff:127.0.0.1 ::ffff:10.1.2.3 64:ff9b::10.0.0.1 64:ff9b::127.0.0.1 2002:a00:1::1 2002:7f00:1::",
		reach.Forbidden: "0.0.0.0 0.1.2.3 169.254.169.254 169.254.1.1 224.0.0.1 239.1.2.3 240.0.0.1 255.255.255.255 192.0.0.192 192.0.2.1 198.18.0.1 198.51.100.1 203.0.113.1 " +
			"168.63.129.16 100.100.100.200 :: fe80::1 fe80::1%eth0 fec0::1 ff02::1 ff0e::1 fd00:ec2::254 fd20:ce::254 2001:db8::1 2001::1 3fff::1 5f00::1 100::1 ::8.8.8.8 " +
			"::ffff:0.0.0.0 ::ffff:169.254.169.254 64:ff9b::169.254.169.254 64:ff9b:1::8.8.8.8 64:ff9b::224.0.0.1 2002:a9fe:a9fe::1 ::ffff:0:127.0.0.1",
	} {
		for address := range strings.FieldsSeq(addresses) {
			ip := netip.MustParseAddr(address)
			if got := reach.KindOf(ip); got != kind {
				t.Errorf("%s: %d, want %d", address, got, kind)
			}
			if err := (reach.Policy{}).Check(ip); (err == nil) != (kind == reach.Public) {
				t.Errorf("%s: %v", address, err)
			}
			if err := (reach.Policy{Private: true}).Check(ip); (err == nil) != (kind != reach.Forbidden) {
				t.Errorf("%s, private ones allowed: %v", address, err)
			}
		}
	}
	if reach.KindOf(netip.Addr{}) != reach.Forbidden {
		t.Error("no address at all is one")
	}
}
