package ven

import (
	"context"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/internal/wake"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// eventClient is the VEN's side of EiEvent: the events it holds, and its answers.
type eventClient struct {
	*caller
	registrar reregisterer
	set       eventSet
	due       wake.Signal // woken when an answer may be due
}

// Events are the events the VEN holds, in the VTN's order (E2).
func (c *eventClient) Events() []Event { return c.set.list() }

// PendingAnswers are the answers to events that the VEN has decided on and not
// yet given, whether or not they are due.
func (c *eventClient) PendingAnswers() []oadr.EventResponse { return c.set.unanswered() }

// RequestEvent asks for the events (oadrRequestEvent) and takes them as it takes a
// push. A replyLimit other than 0 asks for no more than the first so many (E24).
func (c *eventClient) RequestEvent(ctx context.Context, replyLimit uint32) (*oadr.DistributeEvent, error) {
	m := &oadr.RequestEvent{RequestID: newID(), VENID: c.VENID()}
	if replyLimit > 0 {
		m.ReplyLimit = &replyLimit
	}
	answer, received, err := expect[*oadr.DistributeEvent](ctx, c.caller, m)
	if err != nil {
		return nil, err
	}
	if answer.Response != nil {
		if err := refused(answer, *answer.Response); err != nil {
			return nil, err
		}
	}
	take := c.set.takeAll
	if replyLimit > 0 && len(answer.Events) >= int(replyLimit) { // there may be more
		take = c.set.takeFirst
	}
	d := take(answer, received)
	c.decide(d.fresh)
	c.tell(d)
	return answer, nil
}

// pushed takes a push: the whole set of events that concern this VEN (E1).
func (c *eventClient) pushed(w Responder, r Request, m *oadr.DistributeEvent) {
	if held, ok := c.Registration(); ok && !c.simple() && m.VTNID != held.VTNID {
		c.respond(w, m, oadr.CodeInvalidID, "vtnID is not the registration's")
		return
	}
	d := c.set.takeAll(m, r.Received)
	c.decide(d.fresh)
	c.respond(w, m, oadr.CodeOK, "OK")
	c.tell(d)
}

// decide decides how to answer events that are new or changed.
func (c *eventClient) decide(fresh []Event) {
	for _, e := range fresh {
		d := Decision{}
		switch {
		case e.Descriptor.Status == oadr.StatusCancelled:
			d.OptType = e.OptType // a cancellation is acknowledged, not opted on (E23)
		case c.cfg.Decide != nil:
			d = c.cfg.Decide(e.Event)
		}
		if d.OptType == "" {
			d.OptType = oadr.OptIn
		}
		if d.Code == 0 {
			d.Code = oadr.CodeOK
		}
		c.set.decide(e.Descriptor.EventID, e.Descriptor.ModificationNumber, d)
	}
}

// tell tells the VEN's program what changed, and wakes who answers events.
func (c *eventClient) tell(d difference) {
	for _, e := range d.fresh {
		c.cfg.Log.Info("event", "venID", c.VENID(), "eventID", e.ID(), "requestID", e.RequestID, "modificationNumber", e.Descriptor.ModificationNumber, "status", e.Status())
		if c.cfg.OnEvent != nil {
			c.cfg.OnEvent(e)
		}
	}
	if d.changed && c.cfg.OnChange != nil {
		c.cfg.OnChange(c.Events())
	}
	c.due.Wake()
}

// clear drops all events: the registration has ended.
func (c *eventClient) clear() {
	if c.set.clear(time.Now()) && c.cfg.OnChange != nil {
		c.cfg.OnChange(nil)
	}
}
