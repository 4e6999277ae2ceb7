package registry

// partBytes is the approximate number of stored bytes in one part of a list. In
// memory and in JSON it is several times that.
const partBytes = 1 << 20

// part counts what a part of a list holds: limit items or about partBytes, whichever
// comes first, but at least one item. A nil part has no limits.
type part struct {
	limit, items, bytes int
	more                bool // there are items after it
}

// full reports whether the part is full. It must be called when there is one more item.
func (p *part) full() bool {
	if p == nil {
		return false
	}
	p.more = p.items >= p.limit || p.items > 0 && p.bytes >= partBytes
	return p.more
}

func (p *part) add(bytes int) {
	if p != nil {
		p.items++
		p.bytes += bytes
	}
}
