package core

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"
)

// wholeVEN is the part that an opt without parts is for.
var wholeVEN Part

// within returns the parts that a part lies in: itself first, the whole VEN last. A device class in
// a resource lies in the resource and in the class.
func (p Part) within() []Part {
	switch {
	case p == wholeVEN:
		return []Part{wholeVEN}
	case p.DeviceClass == "":
		return []Part{p, wholeVEN}
	}
	return []Part{p, {Kind: p.Kind, Name: p.Name}, {Kind: TargetDeviceClass, Name: p.DeviceClass}, wholeVEN}
}

// Key returns what tells apart the opts of one optID: a digest of the event, if any, and of the parts
// in any order (rule P2).
func (o *Opt) Key() string {
	parts := o.parts()
	slices.SortFunc(parts, Part.compare)
	digest := sha256.New()
	var number [8]byte
	write := func(n int64) { digest.Write(binary.BigEndian.AppendUint64(number[:0], uint64(n))) }
	write(o.EventNo)
	for _, p := range slices.Compact(parts) {
		for _, text := range []string{string(p.Kind), p.Name, p.DeviceClass} {
			write(int64(len(text)))
			digest.Write([]byte(text))
		}
	}
	return hex.EncodeToString(digest.Sum(nil)[:16])
}

func (p Part) compare(q Part) int {
	return slices.Compare([]string{string(p.Kind), p.Name, p.DeviceClass}, []string{string(q.Kind), q.Name, q.DeviceClass})
}

// scope is the set of parts that an opt is for, to compare it with others.
type scope struct {
	whole   bool
	parts   map[Part]bool
	named   map[Part]bool   // those parts without their device class
	classes map[string]bool // device classes that parts are, or are limited to
	plain   bool            // there is a part with all its device classes
	classed bool            // there is a device class of the whole VEN
}

func (o *Opt) scope() scope {
	parts := o.parts()
	s := scope{whole: len(parts) == 0, parts: map[Part]bool{}, named: map[Part]bool{}, classes: map[string]bool{}}
	for _, p := range parts {
		s.parts[p] = true
		switch {
		case p.Kind == TargetDeviceClass:
			s.classes[p.Name], s.classed = true, true
			continue
		case p.DeviceClass == "":
			s.plain = true
		default:
			s.classes[p.DeviceClass] = true
		}
		s.named[Part{Kind: p.Kind, Name: p.Name}] = true
	}
	return s
}

// covers reports whether all parts of another scope lie in this one.
func (s scope) covers(other scope) bool {
	switch {
	case s.whole:
		return true
	case other.whole:
		return false
	}
	for p := range other.parts {
		if !slices.ContainsFunc(p.within(), func(in Part) bool { return s.parts[in] }) {
			return false
		}
	}
	return true
}

// meets reports whether a part may lie in both scopes.
func (s scope) meets(other scope) bool {
	if s.whole || other.whole {
		return true
	}
	for p := range other.parts {
		if s.meetsPart(p) {
			return true
		}
	}
	return false
}

func (s scope) meetsPart(p Part) bool {
	switch {
	case p.Kind == TargetDeviceClass:
		return s.plain || s.classes[p.Name]
	case p.DeviceClass == "":
		return s.named[p] || s.classed
	}
	return slices.ContainsFunc(p.within(), func(in Part) bool { return s.parts[in] })
}
