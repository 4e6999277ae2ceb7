package core

// NumberOrNone is a modificationNumber, or none: its zero value.
type NumberOrNone struct {
	number uint32
	is     bool
}

// SomeNumber returns the modificationNumber n, not none.
func SomeNumber(n uint32) NumberOrNone { return NumberOrNone{n, true} }

// Get returns the modificationNumber, and false if there is none.
func (n NumberOrNone) Get() (number uint32, ok bool) { return n.number, n.is }

// Is reports whether it is this modificationNumber.
func (n NumberOrNone) Is(number uint32) bool { return n == SomeNumber(number) }
