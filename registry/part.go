package registry

// partBytes is about how many stored bytes one part of a list holds. What is made
// of them in memory and in JSON is several times that.
const partBytes = 1 << 20

// part counts what a part of a list holds: so many items, or about partBytes of
// them, whichever comes first, and one at least. A nil part holds all there is.
type part struct {
	limit, items, bytes int
	more                bool // there is something after it
}

// full says whether the part holds no more. It is asked where there is an item for it.
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
