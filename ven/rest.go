package ven

import "time"

// rest is how long there is nothing to do. The zero rest has no end.
type rest struct {
	length time.Duration
	ends   bool
}

// shorten makes the rest end after d at the latest.
func (r *rest) shorten(d time.Duration) {
	if !r.ends || d < r.length {
		*r = rest{d, true}
	}
}
