package ven

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// answerEvents sends the answers to events when they are due, those that are
// due together in one oadrCreatedEvent.
func (v *VEN) answerEvents() {
	for v.life.Err() == nil {
		responses, next := v.events.due(time.Now())
		if len(responses) > 0 && v.VENID() != "" && v.State() != Disconnected {
			v.sendAnswers(responses)
			continue
		}
		var timer <-chan time.Time
		if next >= 0 {
			timer = time.After(next)
		}
		select {
		case <-timer:
		case <-v.poked:
		case <-v.life.Done():
			return
		}
	}
}

// sendAnswers sends answers and repeats later what did not get through. What
// the VTN refuses is out of date (450, 452) and not said again.
func (v *VEN) sendAnswers(responses []oadr.EventResponse) {
	err := v.CreatedEvent(v.life, responses...)
	var no *ResponseError
	switch {
	case err == nil || v.life.Err() != nil:
		return
	case registrationRequired(err):
		v.events.postpone(responses, time.Now())
		v.reregister()
	case errors.As(err, &no):
		v.events.refused(responses)
	default:
		v.events.postpone(responses, time.Now())
	}
	v.cfg.Log.Warn("answer to events not taken", "venID", v.VENID(), "requestID", responses[0].RequestID, "error", err)
}

// CreatedEvent sends an oadrCreatedEvent. The VEN sends those that pushes ask
// for by itself; this one is for others.
func (v *VEN) CreatedEvent(ctx context.Context, responses ...oadr.EventResponse) error {
	m := v.createdEvent(responses)
	answer, _, err := expect[*oadr.Response](ctx, v, m)
	if err != nil {
		return err
	}
	if err := refused(answer, answer.Response); err != nil {
		return err
	}
	v.answered(responses)
	return nil
}

// createdEvent is the message; its eiResponse answers nothing, so its requestID
// is empty (G1).
func (v *VEN) createdEvent(responses []oadr.EventResponse) *oadr.CreatedEvent {
	return &oadr.CreatedEvent{
		Response:  oadr.EIResponse{Code: oadr.CodeOK, Description: "OK"},
		Responses: responses,
		VENID:     v.VENID(),
	}
}

// answered notes answers the VTN has taken and tells of them.
func (v *VEN) answered(responses []oadr.EventResponse) {
	for _, e := range v.events.answered(responses) {
		v.cfg.Log.Info("answered", "venID", v.VENID(), "eventID", e.Descriptor.EventID, "requestID", e.RequestID, "opt", e.OptType)
		if v.cfg.OnAnswer != nil {
			v.cfg.OnAnswer(e)
		}
	}
}

// Opt answers a held event, or changes an earlier answer to it, by an
// oadrCreatedEvent.
func (v *VEN) Opt(ctx context.Context, eventID, optType string) error {
	for _, e := range v.Events() {
		if e.Descriptor.EventID == eventID {
			return v.CreatedEvent(ctx, oadr.EventResponse{
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

// CreateOpt sends an oadrCreateOpt, for an event or a schedule (P1), and returns
// its optID. An empty RequestID, OptID, VENID or CreatedDateTime is filled in.
func (v *VEN) CreateOpt(ctx context.Context, opt oadr.CreateOpt) (optID string, err error) {
	if opt.RequestID == "" {
		opt.RequestID = newID()
	}
	if opt.OptID == "" {
		opt.OptID = newID()
	}
	if opt.VENID == "" {
		opt.VENID = v.VENID()
	}
	if opt.CreatedDateTime.IsZero() {
		opt.CreatedDateTime = time.Now().UTC()
	}
	answer, _, err := expect[*oadr.CreatedOpt](ctx, v, &opt)
	if err != nil {
		return "", err
	}
	return opt.OptID, refused(answer, answer.Response)
}

// CancelOpt sends an oadrCancelOpt for an optID (P3).
func (v *VEN) CancelOpt(ctx context.Context, optID string) error {
	answer, _, err := expect[*oadr.CanceledOpt](ctx, v, &oadr.CancelOpt{RequestID: newID(), OptID: optID, VENID: v.VENID()})
	if err != nil {
		return err
	}
	return refused(answer, answer.Response)
}
