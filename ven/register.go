package ven

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// Registration is what a VTN gives a VEN.
type Registration struct {
	RegistrationID string
	VENID          string
	VTNID          string
}

// Registration is the current one; ok is false while there is none.
func (v *VEN) Registration() (r Registration, ok bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.registration, v.registered
}

// VENID is the registration's or, where there is none, the one to ask for.
func (v *VEN) VENID() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.registration.VENID != "" {
		return v.registration.VENID
	}
	return v.cfg.VENID
}

// Query asks what the VTN offers, and who the VEN is to it (N1, N2).
func (v *VEN) Query(ctx context.Context) (*oadr.CreatedPartyRegistration, error) {
	answer, _, err := expect[*oadr.CreatedPartyRegistration](ctx, v, &oadr.QueryRegistration{RequestID: newID()})
	if err != nil {
		return nil, err
	}
	return answer, refused(answer, answer.Response)
}

// Register registers the VEN, or renews its registration with the IDs it has
// (N3, N5). A refusal is a [*ResponseError]. Then the VEN registers its reports,
// though it have none, and asks for its events (Conformance Rule 405), unless it is
// [Config.Bare].
func (v *VEN) Register(ctx context.Context) (Registration, error) {
	given, err := v.register(ctx)
	switch {
	case err != nil:
	case v.cfg.Bare:
		v.announceReports()
	default:
		v.begin(ctx)
	}
	return given, err
}

// begin is what follows a registration. What fails of it comes later: the reports are
// registered again, and events are pushed.
func (v *VEN) begin(ctx context.Context) {
	_, err := v.registerReports(ctx, "")
	if err != nil {
		v.announceReports()
	}
	if err == nil || final(err) {
		if v.cfg.ReportOnly {
			return
		}
		_, err = v.RequestEvent(ctx, 0)
	}
	if err != nil && ctx.Err() == nil {
		v.cfg.Log.Warn("registered, but the VTN did not take what follows; it comes later", "venID", v.VENID(), "error", err)
	}
}

func (v *VEN) register(ctx context.Context) (Registration, error) {
	held, _ := v.Registration()
	answer, _, err := expect[*oadr.CreatedPartyRegistration](ctx, v, &oadr.CreatePartyRegistration{
		RequestID:        newID(),
		RegistrationID:   held.RegistrationID,
		VENID:            v.VENID(),
		ProfileName:      oadr.Profile20b,
		TransportName:    oadr.TransportXMPP,
		TransportAddress: v.transportAddress(),
		ReportOnly:       v.cfg.ReportOnly,
		VENName:          v.cfg.VENName,
	})
	if err == nil {
		err = refused(answer, answer.Response)
	}
	switch {
	case err != nil:
		return Registration{}, err
	case answer.RegistrationID == "" || answer.VENID == "":
		return Registration{}, errors.New("the VTN's answer to the registration has no registrationID or no venID")
	}
	given := Registration{answer.RegistrationID, answer.VENID, answer.VTNID}
	v.update(func() { v.registration, v.registered = given, true })
	return given, nil
}

func (v *VEN) transportAddress() string {
	if v.cfg.TransportAddress != "" {
		return v.cfg.TransportAddress
	}
	return v.JID().String()
}

// CancelRegistration ends the registration (N8); the VEN then holds no events.
func (v *VEN) CancelRegistration(ctx context.Context) error {
	held, ok := v.Registration()
	if !ok {
		return ErrNotRegistered
	}
	answer, _, err := expect[*oadr.CanceledPartyRegistration](ctx, v, &oadr.CancelPartyRegistration{
		RequestID: newID(), RegistrationID: held.RegistrationID, VENID: held.VENID,
	})
	if err == nil {
		err = refused(answer, answer.Response)
	}
	if err == nil {
		v.forget()
	}
	return err
}

// canceled takes the VTN's cancellation (N9).
func (v *VEN) canceled(w Responder, m *oadr.CancelPartyRegistration) {
	held, ok := v.Registration()
	if !ok || m.RegistrationID != held.RegistrationID {
		v.respond(w, m, oadr.CodeInvalidID, "no such registrationID")
		return
	}
	v.respond(w, m, oadr.CodeOK, "OK")
	v.forget()
}

// forget drops the registration and the events that came with it.
func (v *VEN) forget() {
	v.update(func() { v.registration, v.registered = Registration{}, false })
	v.reports.clear()
	if v.events.clear(time.Now()) && v.cfg.OnChange != nil {
		v.cfg.OnChange(nil)
	}
}

// reregister registers again in the background: the VTN asked for it (N10), or
// it does not know the VEN any more. It tries until it is done or refused.
func (v *VEN) reregister() {
	var busy bool
	v.update(func() {
		busy = v.reregistering
		v.reregistering = true
	})
	if busy {
		return
	}
	v.alive.Go(func() {
		defer v.update(func() { v.reregistering = false })
		if err := v.registerUntil(v.life); err != nil && v.life.Err() == nil {
			v.update(func() { v.registered = false })
			v.cfg.Log.Error("the VTN refuses the registration; ask its operator", "error", err)
		}
	})
}

// registerUntil tries until the VTN says yes or no. IDs that it does not know
// (452) are dropped and new ones asked for.
func (v *VEN) registerUntil(ctx context.Context) error {
	for b := (Backoff{}); ; {
		_, err := v.Register(ctx)
		var no *ResponseError
		switch held, _ := v.Registration(); {
		case err == nil:
			return nil
		case errors.As(err, &no) && no.Code == oadr.CodeInvalidID && held.RegistrationID != "":
			v.update(func() { v.registration, v.registered = Registration{}, false })
			continue
		case errors.As(err, &no):
			return err
		}
		v.cfg.Log.Warn("cannot register, trying again", "error", err)
		select {
		case <-time.After(b.Next()):
		case <-ctx.Done():
			return fmt.Errorf("register: %w", context.Cause(ctx))
		}
	}
}
