package core

import (
	"context"

	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// notEntered tells a sender of 2.0a what to do (rule A4).
const notEntered = "no such VEN of 2.0a is known here; ask the operator to enter it"

// handleA takes one message of 2.0a. ven is its sender, nil if that is a stranger. A VEN
// speaks 2.0a only if the operator entered it so: there is no other registration, and no
// code 463 (rule A4).
func (v *VTN) handleA(ctx context.Context, from Peer, ven *VEN, p *oadr.Payload) (oadr.Message, error) {
	switch {
	case ven != nil && ven.speaks(oadr.Profile20a):
	case v.cfg.StrangersError:
		return nil, ErrNotRegistered
	default:
		return v.answer(p.Message, nil, oadr.CodeInvalidID, notEntered), nil
	}
	v.hear(ctx, ven, from, p)
	if reply := v.inadmissible(ven, p); reply != nil {
		return reply, nil
	}
	switch m := p.Message; m.(type) {
	case *oadr.RequestEvent, *oadr.CreatedEvent, *oadr.Response:
		return v.serve(ctx, ven, from, p)
	default:
		return v.answer(m, ven, oadr.CodeNotRecognized, excerpt.Of(string(m.Kind()))+" is not for a VTN in 2.0a"), nil
	}
}

// in20b takes the registration off a VEN of 2.0a that sends 2.0b: in that it is not
// registered so far (rule A4).
func (v *VEN) in20b() {
	if v != nil && v.speaks(oadr.Profile20a) {
		v.Registration = nil
	}
}

// speaks reports whether the VEN is registered under a profile.
func (v *VEN) speaks(profile string) bool {
	return v.Registration != nil && v.Registration.Profile == profile
}
