package ven

import (
	"context"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// optClient is the VEN's side of EiOpt.
type optClient struct {
	*caller
	events interface{ Events() []Event }
}

// CreateOpt sends an oadrCreateOpt, for an event or a schedule (P1), and returns its
// optID. It fills in RequestID, OptID, VENID and CreatedDateTime if they are empty.
func (c *optClient) CreateOpt(ctx context.Context, opt oadr.CreateOpt) (optID string, err error) {
	if opt.RequestID == "" {
		opt.RequestID = newID()
	}
	if opt.OptID == "" {
		opt.OptID = newID()
	}
	if opt.VENID == "" {
		opt.VENID = c.VENID()
	}
	if opt.CreatedDateTime.IsZero() {
		opt.CreatedDateTime = time.Now().UTC()
	}
	answer, _, err := expect[*oadr.CreatedOpt](ctx, c.caller, &opt)
	if err != nil {
		return "", err
	}
	return opt.OptID, refused(answer, answer.Response)
}

// CancelOpt sends an oadrCancelOpt for an optID (P3).
func (c *optClient) CancelOpt(ctx context.Context, optID string) error {
	answer, _, err := expect[*oadr.CanceledOpt](ctx, c.caller, &oadr.CancelOpt{RequestID: newID(), OptID: optID, VENID: c.VENID()})
	if err != nil {
		return err
	}
	return refused(answer, answer.Response)
}
