package client

import (
	"context"
	"net/http"
	"time"
)

// HistoryEntry is one thing that happened to an event.
type HistoryEntry struct {
	At                 time.Time  `json:"at"`
	What               string     `json:"what" enum:"created,modified,cancelled,completed,withdrawn,venDeleted,retargeted,sent,unreachable,acknowledged,refused,answered,optCreated,optReplaced,optCancelled" doc:"The first four are of the event itself, the others of one VEN"`
	VENID              string     `json:"venID,omitempty"`
	ModificationNumber uint32     `json:"modificationNumber" doc:"The VEN's own where it is of one VEN"`
	By                 string     `json:"by,omitempty" doc:"Who changed the event"`
	Opt                string     `json:"opt,omitempty" enum:"optIn,optOut"`
	OptID              string     `json:"optID,omitempty" doc:"Of an oadrCreateOpt"`
	Target             *EITarget  `json:"target,omitempty" doc:"All that the opt is for, which adds up, where it names more than resources"`
	Resources          []string   `json:"resources,omitempty" nullable:"false" doc:"The opt is theirs; none, and no target: the whole VEN's"`
	DeviceClasses      []string   `json:"deviceClasses,omitempty" nullable:"false" doc:"Of all that, these alone"`
	Code               int        `json:"code,omitempty" doc:"OpenADR response code"`
	Error              string     `json:"error,omitempty"`
	SentAt             *time.Time `json:"sentAt,omitempty" doc:"When the push was sent, at its last attempt"`
	Attempts           int        `json:"attempts,omitempty" doc:"How often the push was sent"`
}

// EventHistory lists what happened to an event, oldest first: to the event and to
// all its VENs, or to one where venID is not empty. cursor is the Next of an
// earlier page, or empty; limit 0 is the server's choice.
func (c *EventClient) EventHistory(ctx context.Context, eventID, venID, cursor string, limit int) (*Page[HistoryEntry], error) {
	return send[Page[HistoryEntry]](ctx, c.api, http.MethodGet, path("events", eventID)+"/history"+page(cursor, limit, "venID", venID), nil)
}
