// Package wake wakes a goroutine that waits for something to do.
package wake

// Signal is received from by one goroutine, which then looks for what there is to
// do. It carries nothing, so that nothing is lost when it is woken twice.
type Signal chan struct{}

// New returns a signal that nobody has sent.
func New() Signal { return make(Signal, 1) }

// Wake lets the next receive from s return at once. It never blocks: calls before
// that receive count as one. Wake does nothing if s is nil.
func (s Signal) Wake() {
	select {
	case s <- struct{}{}:
	default:
	}
}
