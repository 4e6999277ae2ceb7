package client

import (
	"context"
	"net/http"
	"time"
)

// Opt is an opt of a VEN: by oadrCreateOpt, for an event or as a schedule, or by its
// answer to an event in an oadrCreatedEvent.
type Opt struct {
	VENID              string      `json:"venID"`
	Message            string      `json:"message" enum:"oadrCreateOpt,oadrCreatedEvent" doc:"The message that it came in; for an event, an oadrCreateOpt has precedence"`
	OptID              string      `json:"optID" doc:"Empty for an oadrCreatedEvent"`
	OptType            string      `json:"optType" enum:"optIn,optOut"`
	Reason             string      `json:"reason"`
	MarketContext      string      `json:"marketContext,omitempty" doc:"A schedule with a marketContext is for its events only"`
	EventID            string      `json:"eventID,omitempty"`
	ModificationNumber *uint32     `json:"modificationNumber,omitempty" doc:"Of the event"`
	Periods            []OptPeriod `json:"periods,omitempty" nullable:"false" doc:"Of a schedule"`
	Target             *EITarget   `json:"target,omitempty" doc:"Everything that the opt is for, as a union, if it names more than resources"`
	Resources          []string    `json:"resources" nullable:"false" doc:"Without resources and target the opt is for the whole VEN"`
	DeviceClasses      []string    `json:"deviceClasses" nullable:"false" doc:"Only these device classes of all that; none: all of them"`
	CreatedAt          time.Time   `json:"createdAt" doc:"createdDateTime, by the VEN's clock; an oadrCreatedEvent has none, so it is when the message came"`
	ReceivedAt         time.Time   `json:"receivedAt"`
	CancelledAt        *time.Time  `json:"cancelledAt,omitempty"`
	ReplacedAt         *time.Time  `json:"replacedAt,omitempty" doc:"When newer schedules had replaced this schedule completely. It still applies to the time before"`
}

// OptPeriod is one span of a schedule.
type OptPeriod struct {
	Start time.Time  `json:"start"`
	End   *time.Time `json:"end" nullable:"true" doc:"null: open ended"`
}

// OptClient is the part of a [Client] for opts.
type OptClient struct{ api *connection }

// OptFilter chooses opts. Its zero value chooses all opts that are neither cancelled
// nor replaced.
type OptFilter struct {
	VENID, EventID string
	Active         bool      // in force at At
	At             time.Time // zero: now
	Cancelled      bool      // cancelled opts, too
	Replaced       bool      // schedules that newer ones have replaced, too
	Answers        bool      // answers to events in an oadrCreatedEvent, too
	Deleted        bool      // opts of deleted VENs, too
}

// ListOpts lists opts by venID and optID. A VEN's answers to events, if f chooses
// them, follow its opts. cursor is the Next of an earlier page, or empty; limit 0 is
// the server's choice.
func (c *OptClient) ListOpts(ctx context.Context, f OptFilter, cursor string, limit int) (*Page[Opt], error) {
	chosen := []string{"venID", f.VENID, "eventID", f.EventID}
	chosen = append(chosen, flag("active", f.Active)...)
	if !f.At.IsZero() {
		chosen = append(chosen, "at", f.At.UTC().Format(time.RFC3339))
	}
	chosen = append(chosen, flag("cancelled", f.Cancelled)...)
	chosen = append(chosen, flag("replaced", f.Replaced)...)
	chosen = append(chosen, flag("answers", f.Answers)...)
	chosen = append(chosen, flag("deleted", f.Deleted)...)
	return send[Page[Opt]](ctx, c.api, http.MethodGet, "/opts"+page(cursor, limit, chosen...), nil)
}
