package core

import (
	"errors"
	"slices"

	"github.com/vtn-xmpp/vtn-xmpp/internal/label"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// applicant finds the VEN that registers, or makes one. own reports that the sender's
// identity belongs to the VEN already.
func (s *RegistrationService) applicant(r VENReader, from Peer, m *oadr.CreatePartyRegistration) (ven *VEN, own bool, err error) {
	ven, err = r.VENByIdentity(Identity{from.Transport, from.Identity})
	switch {
	case errors.Is(err, ErrNotFound), err == nil && !ven.DeletedAt.IsZero():
		ven, err = s.newcomer(r, from, m)
		return ven, false, err
	case err != nil:
		return nil, false, err
	case m.VENID != "" && m.VENID != ven.VENID: // N7
		return nil, true, refuse(oadr.CodeInvalidID, "venID is not the sender's")
	case m.RegistrationID == "": // N3, N6
		return ven, true, nil
	case ven.Registration == nil || ven.Registration.RegistrationID != m.RegistrationID: // N7
		return nil, true, refuse(oadr.CodeInvalidID, "registrationID is not the sender's; register without one to get a new one")
	}
	return ven, true, nil // N5
}

// newcomer finds or makes the VEN of a sender whose identity belongs to none (rule N4).
func (s *RegistrationService) newcomer(r VENReader, from Peer, m *oadr.CreatePartyRegistration) (*VEN, error) {
	if m.RegistrationID != "" {
		return nil, refuse(oadr.CodeInvalidID, "registrationID is not the sender's; register without one to get a new one")
	}
	ven, err := given(r, from, m.VENID)
	switch {
	case err != nil:
		return nil, err
	case ven == nil:
		return nil, refuse(oadr.CodeInvalidID, "venID %q is another VEN's", m.VENID)
	case ven.No == 0 && s.cfg.Registration == RegistrationKnown:
		return nil, refuse(oadr.CodeNotRegistered, "%s is not known here; ask the operator to enter it", from.Identity)
	}
	return ven, nil
}

// given returns the VEN that a newcomer becomes under a venID: one that was entered and
// never had an identity, or a new one. An empty venID makes a new one. given returns nil
// if the venID belongs to another VEN, or belonged to one that was deleted, since events
// may still name it.
func given(r VENReader, from Peer, venID string) (*VEN, error) {
	identity := Identity{from.Transport, from.Identity}
	if venID == "" {
		return &VEN{VENID: newID("ven-", 10), Identities: []Identity{identity}}, nil
	}
	ven, err := r.VEN(venID)
	switch {
	case err != nil && !errors.Is(err, ErrNotFound):
		return nil, err
	case err != nil, !ven.DeletedAt.IsZero() && (!ven.Identified || slices.Contains(ven.Identities, identity)):
		if reason := label.CheckName(venID); reason != "" {
			return nil, refuse(oadr.CodeInvalidData, "venID %s", reason)
		}
		return &VEN{VENID: venID, Identities: []Identity{identity}}, nil
	case ven.Identified:
		return nil, nil
	}
	ven.Identities = append(ven.Identities, identity)
	return ven, nil
}
