package ven

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// answerEvents sends the answers to events when they are due, until the VEN is closed.
// Answers that are due together share an oadrCreatedEvent.
func (c *eventClient) answerEvents() {
	for c.life.Err() == nil {
		responses, next := c.set.due(time.Now())
		if len(responses) > 0 && c.VENID() != "" && c.State() != Disconnected {
			c.sendAnswers(responses)
			continue
		}
		var timer <-chan time.Time
		if next.ends {
			timer = time.After(next.length)
		}
		select {
		case <-timer:
		case <-c.due:
		case <-c.life.Done():
			return
		}
	}
}

// sendAnswers sends answers. Those that do not get through are due again later; those
// that the VTN refuses are out of date (450, 452) and are not sent again.
func (c *eventClient) sendAnswers(responses []oadr.EventResponse) {
	err := c.CreatedEvent(c.life, responses...)
	var no *ResponseError
	switch {
	case err == nil || c.life.Err() != nil:
		return
	case registrationRequired(err):
		c.set.postpone(responses, time.Now())
		c.registrar.reregister()
	case errors.As(err, &no):
		c.set.refused(responses)
	default:
		c.set.postpone(responses, time.Now())
	}
	c.cfg.Log.Warn("the VTN did not accept an answer to events", "venID", c.VENID(), "requestID", responses[0].RequestID, "error", err)
}

// CreatedEvent sends an oadrCreatedEvent. The VEN answers events by itself, so a
// program needs this only for other answers.
func (c *eventClient) CreatedEvent(ctx context.Context, responses ...oadr.EventResponse) error {
	m := c.createdEvent(responses)
	answer, _, err := expect[*oadr.Response](ctx, c.caller, m)
	if err != nil {
		return err
	}
	if err := refused(answer, answer.Response); err != nil {
		return err
	}
	c.answered(responses)
	return nil
}

// createdEvent is the message. The requestID of its eiResponse is empty, since it
// answers no request (G1).
func (c *eventClient) createdEvent(responses []oadr.EventResponse) *oadr.CreatedEvent {
	return &oadr.CreatedEvent{
		Response:  oadr.EIResponse{Code: oadr.CodeOK, Description: "OK"},
		Responses: responses,
		VENID:     c.VENID(),
	}
}

// answered records answers that the VTN accepted, and calls OnAnswer.
func (c *eventClient) answered(responses []oadr.EventResponse) {
	for _, e := range c.set.answered(responses) {
		c.cfg.Log.Info("answered", "venID", c.VENID(), "eventID", e.Descriptor.EventID, "requestID", e.RequestID, "opt", e.OptType)
		if c.cfg.OnAnswer != nil {
			c.cfg.OnAnswer(e)
		}
	}
}

// Opt answers a held event, or changes the earlier answer, by an oadrCreatedEvent.
// optType is OptIn or OptOut.
func (c *eventClient) Opt(ctx context.Context, eventID, optType string) error {
	for _, e := range c.Events() {
		if e.Descriptor.EventID == eventID {
			return c.CreatedEvent(ctx, oadr.EventResponse{
				Code:               oadr.CodeOK,
				RequestID:          e.RequestID,
				EventID:            eventID,
				ModificationNumber: e.Descriptor.ModificationNumber,
				OptType:            optType,
			})
		}
	}
	return fmt.Errorf("the VEN holds no event %s", eventID)
}
