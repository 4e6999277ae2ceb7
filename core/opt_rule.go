package core

// ruled says which of a VEN's opts rules which part of it: the newest that is for the part, or for
// a part that it lies in.
type ruled map[Part]*ruledPart

// ruledPart holds the opts for exactly one part.
type ruledPart struct {
	newest *Opt
	// Opts that are over and took the part from older ones, the newest last. Such an opt no
	// longer says anything, but opts that came before it was over do not rule the part again.
	over []*Opt
}

// rule lets an opt that stands rule its parts. Older opts must have been added before.
func (r ruled) rule(o *Opt) {
	for _, of := range r.partsOf(o) {
		of.newest = o
	}
}

// ruleUntilOver is rule for an opt that is over.
func (r ruled) ruleUntilOver(o *Opt) {
	for _, of := range r.partsOf(o) {
		for n := len(of.over); n > 0 && !of.over[n-1].CancelledAt.After(o.CancelledAt); n = len(of.over) {
			of.over = of.over[:n-1]
		}
		of.over = append(of.over, o)
	}
}

// partsOf returns the entries for the parts of an opt, which it makes if there are none.
func (r ruled) partsOf(o *Opt) (entries []*ruledPart) {
	parts := o.parts()
	if len(parts) == 0 {
		parts = []Part{wholeVEN}
	}
	for _, p := range parts {
		if r[p] == nil {
			r[p] = &ruledPart{}
		}
		entries = append(entries, r[p])
	}
	return entries
}

// parts adds the parts that opts name to a set, and returns it.
func (r ruled) parts(to map[Part]bool) map[Part]bool {
	for p := range r {
		to[p] = true
	}
	return to
}

// of returns the opt that rules a part, nil for none.
func (r ruled) of(p Part) (newest *Opt) {
	within := p.within()
	for _, in := range within {
		if of := r[in]; of != nil && of.newest != nil && (newest == nil || newest.before(of.newest)) {
			newest = of.newest
		}
	}
	if newest == nil {
		return nil
	}
	for _, in := range within {
		of := r[in]
		if of == nil {
			continue
		}
		for _, o := range of.over {
			if newest.before(o) && (newest.No < o.No || newest.ReceivedAt.Before(o.CancelledAt)) {
				return nil
			}
		}
	}
	return newest
}

// before reports whether an opt is older than another: by the VEN's clock or, if that says the
// same, by when they came.
func (o *Opt) before(other *Opt) bool {
	switch {
	case !o.CreatedAt.Equal(other.CreatedAt):
		return o.CreatedAt.Before(other.CreatedAt)
	case !o.ReceivedAt.Equal(other.ReceivedAt):
		return o.ReceivedAt.Before(other.ReceivedAt)
	}
	return o.No != 0 && (other.No == 0 || o.No < other.No)
}

// apart returns those parts for which another opt holds than for the parts that they lie in, or
// than for the whole VEN if they lie in none.
func apart(parts map[Part]bool, holds func(Part) *Opt) map[Part]*Opt {
	found := map[Part]*Opt{}
	for p := range parts {
		if p == wholeVEN {
			continue
		}
		o, differs, lies := holds(p), false, false
		for _, in := range p.within()[1:] {
			if in != wholeVEN && parts[in] || in == wholeVEN && !lies {
				lies = true
				differs = differs || holds(in) != o
			}
		}
		if differs {
			found[p] = o
		}
	}
	return found
}

// sortPart sets the opt of a part in the map for its kind.
func sortPart[T any](p Part, opt T, resources, deviceClasses *map[string]T, others *map[Part]T) {
	switch {
	case p.Kind == TargetResource && p.DeviceClass == "":
		*resources = with(*resources, p.Name, opt)
	case p.Kind == TargetDeviceClass:
		*deviceClasses = with(*deviceClasses, p.Name, opt)
	default:
		*others = with(*others, p, opt)
	}
}

// with sets a key in a map, which it makes if there is none.
func with[K comparable, T any](m map[K]T, key K, value T) map[K]T {
	if m == nil {
		m = map[K]T{}
	}
	m[key] = value
	return m
}
