// Package reach says which hosts the VTN may connect to on behalf of others. Whoever
// chooses an address must not make the VTN connect to something inside the operator's
// network. The check is made when the connection is: on the address that the name stood
// for at that moment, so that a name that changes between a check and its use gains
// nothing.
package reach

import (
	"fmt"
	"net/netip"
	"syscall"
)

// Policy says where connections may go: to addresses of the public internet, and where
// Private is set to private and loopback ones, too.
type Policy struct {
	Private bool
	Setting string // the setting that sets Private
	Whom    string // whom connections are made to, such as "a VEN"
}

// Control is [net.Dialer.Control]: it refuses addresses that are out of reach.
func (p Policy) Control(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%.100q is no address to connect to", address)
	}
	return p.Check(at.Addr())
}

// Check fails for an address that is out of reach.
func (p Policy) Check(ip netip.Addr) error {
	kind := KindOf(ip)
	switch {
	case kind == Public, kind == Private && p.Private:
		return nil
	case kind == Private:
		return fmt.Errorf("%v is a private or loopback address; to connect to such hosts, set %s", ip, p.Setting)
	}
	return fmt.Errorf("%v is no address of %s (link-local, multicast, reserved, or a cloud's metadata service)", ip, p.Whom)
}

// Kind tells who is behind an IP address.
type Kind uint8

// Kinds.
const (
	Forbidden Kind = iota // nobody
	Private               // loopback, or in somebody's own network
	Public                // on the internet
)

// blocks lists what is not on the public internet (IANA's registries of special-purpose
// addresses, RFC 6890). Of IPv6, only 2000::/3 is.
type blocks []netip.Prefix

func parseBlocks(prefixes ...string) (b blocks) {
	for _, p := range prefixes {
		b = append(b, netip.MustParsePrefix(p))
	}
	return b
}

func (b blocks) contain(ip netip.Addr) bool {
	for _, p := range b {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}

var (
	privateBlocks = parseBlocks("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", // RFC 1918
		"100.64.0.0/10",          // carrier-grade NAT, RFC 6598
		"127.0.0.0/8", "::1/128", // loopback
		"fc00::/7") // unique local, RFC 4193
	forbiddenBlocks = parseBlocks("0.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
		"198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
		"2001::/23", "2001:db8::/32", "3fff::/20")
	// metadataHosts are cloud services that are on no address of the blocks above.
	metadataHosts = parseBlocks("100.100.100.200/32", "168.63.129.16/32", "fd00:ec2::/32", "fd20:ce::254/128")
	globalIPv6    = netip.MustParsePrefix("2000::/3")
	// Addresses that hold an IPv4 address, to which a gateway leads: NAT64 (RFC 6052) in
	// the last four bytes, 6to4 (RFC 3056) in bytes 2 to 5.
	nat64, sixToFour = netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("2002::/16")
)

// KindOf tells who is behind an IP address.
func KindOf(ip netip.Addr) Kind {
	if ip.Zone() != "" {
		return Forbidden
	}
	ip = ip.Unmap()
	switch raw := ip.As16(); {
	case nat64.Contains(ip):
		return KindOf(netip.AddrFrom4([4]byte(raw[12:16])))
	case sixToFour.Contains(ip):
		return KindOf(netip.AddrFrom4([4]byte(raw[2:6])))
	case metadataHosts.contain(ip), forbiddenBlocks.contain(ip):
		return Forbidden
	case privateBlocks.contain(ip):
		return Private
	case ip.Is6() && !globalIPv6.Contains(ip), !ip.IsValid():
		return Forbidden
	}
	return Public
}
