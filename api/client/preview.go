package client

import (
	"context"
	"net/http"
)

// EventPreview is what an event or its change would be, and whom it would reach.
type EventPreview struct {
	Event Event `json:"event" doc:"With its warnings. Nothing of it is stored"`
	Reach Reach `json:"reach"`
}

// Reach counts the VENs that an event is for, without those that only report.
type Reach struct {
	VENs          int            `json:"vens" doc:"All of them"`
	NotRegistered int            `json:"notRegistered" doc:"They are told once they register"`
	Transports    map[string]int `json:"transports" doc:"Registered VENs by transport"`
	Presences     map[string]int `json:"presences" doc:"Registered VENs by presence: available, unavailable, unknown"`
	Unreachable   int            `json:"unreachable" doc:"Registered VENs whose last push found nobody"`
	Unsaid        int            `json:"unsaid" doc:"VENs of 2.0a, which cannot be told this event"`
	OptedOut      int            `json:"optedOutBySchedule" doc:"VENs whose schedules opt out of the whole event"`
	FirstOptedOut []string       `json:"firstOptedOut" nullable:"false" doc:"The first ten of those, by venID"`
	Bytes         int            `json:"bytes" doc:"Of the payload with this event alone, at most"`
	MaxBytes      int            `json:"maxBytes" doc:"That a payload may have (VTN_MAX_PAYLOAD). All events of a VEN go into one payload"`
}

// PreviewEvent says what CreateEvent would do with the same spec.
func (c *EventClient) PreviewEvent(ctx context.Context, spec any) (*EventPreview, error) {
	return send[EventPreview](ctx, c.api, http.MethodPost, "/events/preview", spec)
}

// PreviewChange says what PatchEvent would do with the same patch. With an empty patch it
// says whom the event reaches now, as a cancellation would.
func (c *EventClient) PreviewChange(ctx context.Context, eventID string, patch any) (*EventPreview, error) {
	return send[EventPreview](ctx, c.api, http.MethodPost, path("events", eventID)+"/preview", patch)
}
