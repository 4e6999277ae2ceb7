package simplehttp

import (
	"net/netip"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

var _ core.AddressChecker = (*Transport)(nil)

// CheckAddress is [core.AddressChecker.CheckAddress]: no push would go to an address that
// is no URL of a host, or one by its number that is out of reach. What a name stands for
// is looked up with each push.
func (c *pushes) CheckAddress(address string) error {
	u, err := pushURL(core.Push{To: address, Kind: oadr.KindDistributeEvent})
	if err != nil {
		return err
	}
	if ip, err := netip.ParseAddr(u.Hostname()); err == nil {
		return reachOf(c.cfg).Check(ip)
	}
	return nil
}
