package ven

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// Registration is what a VTN gives a VEN.
type Registration struct {
	RegistrationID string
	VENID          string
	VTNID          string
}

// reregisterer registers the VEN again when the VTN does not know it any more.
type reregisterer interface{ reregister() }

// registrationClient is the VEN's side of EiRegisterParty.
type registrationClient struct {
	*caller
	transport transport
	// What begins with a registration and ends with it.
	events interface {
		RequestEvent(ctx context.Context, replyLimit uint32) (*oadr.DistributeEvent, error)
		clear()
	}
	reports interface {
		RegisterReports(ctx context.Context) (*oadr.RegisteredReport, error)
		announce()
		clear()
	}
	busy atomic.Bool // registering again
}

// Query asks what the VTN offers, and who the VEN is to it (N1, N2).
func (c *registrationClient) Query(ctx context.Context) (*oadr.CreatedPartyRegistration, error) {
	answer, _, err := expect[*oadr.CreatedPartyRegistration](ctx, c.caller, &oadr.QueryRegistration{RequestID: newID()})
	if err != nil {
		return nil, err
	}
	return answer, refused(answer, answer.Response)
}

// Register registers the VEN, or renews its registration with the IDs it has (N3,
// N5). A refusal is a [*ResponseError]. The VEN then registers its reports, even if
// it has none, and asks for its events (Conformance Rule 405), unless it is
// [Config.Bare]. In 2.0a nobody registers: the VEN only asks for its events there.
func (c *registrationClient) Register(ctx context.Context) (Registration, error) {
	if c.simple() {
		return c.registerSimply(ctx)
	}
	given, err := c.register(ctx)
	switch {
	case err != nil:
	case c.cfg.Bare:
		c.reports.announce()
	default:
		c.begin(ctx)
	}
	return given, err
}

// begin sends what follows a registration. What fails here is made up for later:
// the reports are registered again, and events are pushed.
func (c *registrationClient) begin(ctx context.Context) {
	_, err := c.reports.RegisterReports(ctx)
	if err != nil {
		c.reports.announce()
	}
	if err == nil || final(err) {
		if c.cfg.ReportOnly {
			return
		}
		_, err = c.events.RequestEvent(ctx, 0)
	}
	if err != nil && ctx.Err() == nil {
		c.cfg.Log.Warn("registered, but what follows did not get through; it is sent later", "venID", c.VENID(), "error", err)
	}
}

// register is Register without what follows.
func (c *registrationClient) register(ctx context.Context) (Registration, error) {
	held, _ := c.Registration()
	m := &oadr.CreatePartyRegistration{
		RequestID:      newID(),
		RegistrationID: held.RegistrationID,
		VENID:          c.VENID(),
		ProfileName:    oadr.Profile20b,
		ReportOnly:     c.cfg.ReportOnly,
		XMLSignature:   c.cfg.Form.Signed,
		VENName:        c.cfg.VENName,
	}
	c.transport.introduce(m)
	answer, _, err := expect[*oadr.CreatedPartyRegistration](ctx, c.caller, m)
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
	c.update(func() {
		c.registration, c.registered, c.left = given, true, false
		if answer.PollFreq != nil {
			c.pollFreq = *answer.PollFreq
		}
	})
	return given, nil
}

// registerSimply is what a VEN of 2.0a does instead of registering, since its operator
// has entered it at the VTN (rule A4): it asks for its events. Over XMPP it does not even
// do that (rule A5).
func (c *registrationClient) registerSimply(ctx context.Context) (Registration, error) {
	held, _ := c.Registration()
	if !c.transport.catchesUp() || c.cfg.Bare {
		return held, nil
	}
	_, err := c.events.RequestEvent(ctx, 0)
	return held, err
}

// CancelRegistration ends the registration (N8); the VEN then holds no events.
func (c *registrationClient) CancelRegistration(ctx context.Context) error {
	held, ok := c.Registration()
	if !ok {
		return ErrNotRegistered
	}
	c.update(func() { c.left = true }) // what else it sent may be answered first
	answer, _, err := expect[*oadr.CanceledPartyRegistration](ctx, c.caller, &oadr.CancelPartyRegistration{
		RequestID: newID(), RegistrationID: held.RegistrationID, VENID: held.VENID,
	})
	if err == nil {
		err = refused(answer, answer.Response)
	}
	if err != nil {
		c.update(func() { c.left = false })
		return err
	}
	c.forget()
	return nil
}

// canceled takes the VTN's cancellation (N9).
func (c *registrationClient) canceled(w Responder, m *oadr.CancelPartyRegistration) {
	held, ok := c.Registration()
	if !ok || m.RegistrationID != held.RegistrationID {
		c.respond(w, m, oadr.CodeInvalidID, "no such registrationID")
		return
	}
	c.respond(w, m, oadr.CodeOK, "OK")
	c.forget()
}

// forget drops the registration, and the reports and events that came with it.
func (c *registrationClient) forget() {
	c.update(func() { c.registration, c.registered, c.left = Registration{}, false, true })
	c.reports.clear()
	c.events.clear()
}

// reregister registers again in the background, because the VTN asked for it (N10)
// or does not know the VEN any more. It tries until the VTN accepts or refuses. A VEN that
// left stays away.
func (c *registrationClient) reregister() {
	if c.simple() || c.gone() || !c.busy.CompareAndSwap(false, true) {
		return
	}
	c.alive.Go(func() {
		defer c.busy.Store(false)
		if err := c.registerUntil(c.life); err != nil && c.life.Err() == nil {
			c.update(func() { c.registered = false })
			c.cfg.Log.Error("the VTN refuses the registration; ask its operator", "error", err)
		}
	})
}

// gone reports whether the VEN left.
func (c *registrationClient) gone() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.left
}

// registerUntil tries until the VTN accepts or refuses. If the VTN does not know
// the VEN's IDs (452), the VEN drops them and asks for new ones.
func (c *registrationClient) registerUntil(ctx context.Context) error {
	for b := (Backoff{}); ; {
		_, err := c.Register(ctx)
		var no *ResponseError
		switch held, _ := c.Registration(); {
		case err == nil:
			return nil
		case errors.As(err, &no) && no.Code == oadr.CodeInvalidID && held.RegistrationID != "":
			c.update(func() { c.registration, c.registered = Registration{}, false })
			continue
		case errors.As(err, &no):
			return err
		}
		c.cfg.Log.Warn("cannot register, trying again", "error", err)
		select {
		case <-time.After(b.Next()):
		case <-ctx.Done():
			return fmt.Errorf("register: %w", context.Cause(ctx))
		}
	}
}
