package core

import (
	"context"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// handOuts answers VENs that poll (rules H7 to H11). What is handed out is in flight in the
// store alone, not in the window: another process may take the answer, and nobody waits
// for it. It is offered again after [Lease] and the backoff of a push. A VEN that keeps
// its interval has answered by its next poll, one that drains polls on within seconds;
// so the same message never comes back while a VEN drains.
type handOuts struct {
	*common
	sources sources
	room    partTeller
	settler *settler
}

// handOutTries bounds how many outboxes one poll looks into that have nothing to tell.
const handOutTries = 8

// handOut returns the most urgent message that is due to a VEN, as it is now, and marks it
// in flight. It returns nil if there is none, and when the next is due if that is known.
// What the VEN has just answered is stored first, or it would be offered again.
func (h *handOuts) handOut(ctx context.Context, ven *VEN, from Peer, form oadr.Form) (m oadr.Message, next time.Time, err error) {
	h.settler.outcomes.await(ctx, ven.No)
	for range handOutTries {
		now := h.clock.Now()
		c, next, err := h.reg.ClaimPoll(ctx, ven.No, now)
		if err != nil || c == nil {
			return nil, next, err
		}
		// The answer goes out in the form of the request, whatever pushes have.
		c.Route.Transport, c.Route.Form, c.Route.Stanza, c.PayloadRoot, c.Stanza = from.Transport, form, from.Stanza, "", ""
		m, err := h.message(ctx, *c, from, now)
		if m != nil || err != nil {
			return m, now, err
		}
	}
	return nil, h.clock.Now(), nil
}

// message builds what a claim tells its VEN. It settles what expects no answer, and
// returns nil if there is nothing to tell, or no way to.
func (h *handOuts) message(ctx context.Context, c Claim, from Peer, now time.Time) (oadr.Message, error) {
	contents, err := h.sources.contents(ctx, c.Topic, []Claim{c}, now)
	if err != nil {
		return nil, err
	}
	n := contents[c.VENNo]
	token := c.Token()
	settle := func(o Outcome) {
		h.settler.record(settling{Settlement: Settlement{Token: token, By: Identity{from.Transport, from.Identity}, Outcome: o}})
	}
	if n.message == nil { // what there was to tell was taken back meanwhile
		settle(Outcome{Result: Acknowledged})
		return nil, nil
	}
	token.Rev = n.rev
	if o, is := h.unsignable(c); is {
		settle(o)
		return nil, nil
	}
	m := n.message
	if events, is := m.(*oadr.DistributeEvent); is {
		if _, events, err = h.room.oneMessage(ctx, nil, c, events, n.omitted, inPush); err != nil {
			return nil, err
		}
		events.Response = &oadr.EIResponse{Code: oadr.CodeOK, Description: "OK"} // H11
		m = events
	}
	if size := len(oadr.Append(nil, c.form(), m)); size > h.cfg.MaxPayload {
		settle(h.overLimit("handed out", m.Kind(), size))
		return nil, nil
	}
	if n.unanswered {
		settle(Outcome{Result: Acknowledged})
	}
	h.metrics.handedOut.WithLabelValues(from.Transport, string(m.Kind())).Inc()
	h.log.Debug().Str("venID", c.VENID).Str("requestID", token.String()).Str("payload", string(m.Kind())).Int("attempt", c.Attempts).Msg("handed out")
	return m, nil
}
