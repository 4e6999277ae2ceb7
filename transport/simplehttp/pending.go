package simplehttp

import (
	"container/list"
	"net/netip"
)

// pending are the connections whose certificate is not known yet, by the network that
// they come from.
type pending struct {
	count int
	from  map[string]*list.List // of *conn, oldest first; none is empty
}

func (p *pending) add(c *conn) {
	of := p.from[c.network]
	if of == nil {
		of = list.New()
		p.from[c.network] = of
	}
	c.pending = of.PushBack(c)
	p.count++
}

func (p *pending) remove(c *conn) {
	of := p.from[c.network]
	of.Remove(c.pending)
	c.pending = nil
	if of.Len() == 0 {
		delete(p.from, c.network)
	}
	p.count--
}

// excess returns the connection that has to go if too many are pending: the oldest of the
// network that most come from. So who makes very many parts with his own, and VENs
// elsewhere, whose handshakes take their time, are let in.
func (p *pending) excess() *conn {
	var most *list.List
	for _, of := range p.from {
		if most == nil || of.Len() > most.Len() {
			most = of
		}
	}
	return most.Front().Value.(*conn)
}

// networkOf returns where an address is: of IPv6 the network, since one host may use all
// addresses of it.
func networkOf(ip netip.Addr) string {
	if ip.Is4() {
		return ip.String()
	}
	of, _ := ip.WithZone("").Prefix(64) // no address of IPv6 is shorter
	return of.String()
}
