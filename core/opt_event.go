package core

import (
	"slices"

	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// beFor sets the event of an opt. It refuses if the VEN cannot opt for the event, or not for
// these parts of itself (rules E17, P1).
func (o *Opt) beFor(tx Reader, ven *VEN, named *oadr.QualifiedEventID) error {
	c, err := concern(tx, ven, named.EventID)
	if err != nil {
		return err
	}
	e, err := tx.Event(named.EventID)
	switch {
	case err != nil:
		return err
	case e.ResponseRequired == oadr.ResponseNever:
		return refuse(oadr.CodeNotAllowed, "event %s has oadrResponseRequired never: no opt is taken for it", excerpt.Of(named.EventID))
	case named.ModificationNumber != c.ModificationNumber:
		return refuse(oadr.CodeOutOfSequence, "event %s has modificationNumber %d", excerpt.Of(named.EventID), c.ModificationNumber)
	}
	o.EventNo, o.ModificationNumber = c.EventNo, c.ModificationNumber
	if len(o.parts()) == 0 {
		return nil
	}
	return o.outside(tx, ven, e)
}

// outside refuses an opt for parts of the VEN that the event is not for. An event for the whole
// VEN is for all its parts, but only for known resources if any are known. An event for
// resources of the VEN is for those alone.
func (o *Opt) outside(tx Reader, ven *VEN, e *Event) error {
	matched, known, err := addressed(tx, ven, e)
	if err != nil {
		return err
	}
	whole := slices.ContainsFunc(matched, func(t Target) bool { return t.Kind != TargetResource })
	if !whole {
		known = nil
		for _, t := range matched {
			known = append(known, t.Value)
		}
	}
	for _, p := range o.parts() {
		switch {
		case p.Kind == TargetDeviceClass:
		case p.Kind == TargetResource && !slices.Contains(known, p.Name) && (!whole || len(known) > 0),
			p.Kind != TargetResource && !whole:
			return refuse(oadr.CodeTargetMismatch, "event %s is not for %s %s of this VEN", excerpt.Of(e.EventID), p.Kind.element(), excerpt.Of(p.Name))
		}
	}
	return outsideClasses(e, o.DeviceClasses)
}

// outsideClasses refuses device classes that no signal of the event is for. A signal without
// device classes is for all.
func outsideClasses(e *Event, classes []string) error {
	for _, class := range classes {
		if !slices.ContainsFunc(e.Signals, func(s Signal) bool { return len(s.DeviceClasses) == 0 || slices.Contains(s.DeviceClasses, class) }) {
			return refuse(oadr.CodeTargetMismatch, "event %s is not for device class %s", excerpt.Of(e.EventID), excerpt.Of(class))
		}
	}
	return nil
}

// addressed returns the targets of an event that match a VEN (rule E12), and the resources that
// the VEN is known to have.
func addressed(r Reader, ven *VEN, e *Event) (matched []Target, resources []string, err error) {
	labelled, err := r.VEN(ven.VENID)
	if err != nil {
		return nil, nil, err
	}
	version, err := r.EventVersion(e.No, ven.No)
	if err != nil {
		return nil, nil, err
	}
	if matched = version.Matched; matched == nil {
		labels := labelled.Labels()
		for _, t := range e.Targets {
			if slices.ContainsFunc(labels, func(l Target) bool { return l.Key() == t.Key() }) {
				matched = append(matched, t)
			}
		}
	}
	return matched, labelled.Resources, nil
}
