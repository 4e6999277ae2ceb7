package client

import (
	"context"
	"net/http"
	"time"
)

// Opt is what a VEN said: by oadrCreateOpt, for an event or by schedule, or of an
// event in an oadrCreatedEvent.
type Opt struct {
	VENID              string      `json:"venID"`
	Message            string      `json:"message" enum:"oadrCreateOpt,oadrCreatedEvent" doc:"What it was said in; of an event an oadrCreateOpt goes before"`
	OptID              string      `json:"optID" doc:"Empty in an oadrCreatedEvent"`
	OptType            string      `json:"optType" enum:"optIn,optOut"`
	Reason             string      `json:"reason"`
	MarketContext      string      `json:"marketContext,omitempty" doc:"A schedule with one is for its events alone"`
	EventID            string      `json:"eventID,omitempty"`
	ModificationNumber *uint32     `json:"modificationNumber,omitempty" doc:"Of the event"`
	Periods            []OptPeriod `json:"periods,omitempty" nullable:"false" doc:"Of a schedule"`
	Target             *EITarget   `json:"target,omitempty" doc:"All that it is for, which adds up, where it names more than resources"`
	Resources          []string    `json:"resources" nullable:"false" doc:"None, and no target: the whole VEN"`
	DeviceClasses      []string    `json:"deviceClasses" nullable:"false" doc:"Of all that, these alone; none: all of it"`
	CreatedAt          time.Time   `json:"createdAt" doc:"createdDateTime, by the VEN's clock; of an oadrCreatedEvent, which has none, when it came"`
	ReceivedAt         time.Time   `json:"receivedAt"`
	CancelledAt        *time.Time  `json:"cancelledAt,omitempty"`
	ReplacedAt         *time.Time  `json:"replacedAt,omitempty" doc:"Of a schedule: when newer ones had replaced all of it. It still says what was so before"`
}

// OptPeriod is one span of a schedule.
type OptPeriod struct {
	Start time.Time  `json:"start"`
	End   *time.Time `json:"end" nullable:"true" doc:"null: open ended"`
}

// OptClient is the part of a [Client] for opts.
type OptClient struct{ api *connection }

// OptFilter chooses opts; its zero value is all that are neither cancelled nor replaced.
type OptFilter struct {
	VENID, EventID string
	Active         bool      // in force at At
	At             time.Time // zero: now
	Cancelled      bool      // those cancelled, too
	Replaced       bool      // schedules that newer ones have replaced, too
	Answers        bool      // what VENs said of events in oadrCreatedEvents, too
	Deleted        bool      // those of VENs that are deleted, too
}

// ListOpts lists opts by venID and optID, and behind each VEN's, where they are
// asked for, its answers to events. cursor is the Next of an earlier page, or empty;
// limit 0 is the server's choice.
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
