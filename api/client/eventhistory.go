package client

import (
	"context"
	"net/http"
	"time"
)

// HistoryEntry is something that happened to an event.
type HistoryEntry struct {
	At                 time.Time  `json:"at"`
	What               string     `json:"what" enum:"created,modified,cancelled,completed,withdrawn,venDeleted,retargeted,sent,unreachable,acknowledged,refused,answered,optCreated,optReplaced,optCancelled" doc:"The first four concern the event itself, the others one VEN"`
	VENID              string     `json:"venID,omitempty"`
	ModificationNumber uint32     `json:"modificationNumber" doc:"The VEN's modificationNumber if the entry concerns a VEN"`
	By                 string     `json:"by,omitempty" doc:"Who changed the event"`
	Opt                string     `json:"opt,omitempty" enum:"optIn,optOut"`
	OptID              string     `json:"optID,omitempty" doc:"The optID of an oadrCreateOpt"`
	Target             *EITarget  `json:"target,omitempty" doc:"Everything that the opt is for, as a union, if it names more than resources"`
	Resources          []string   `json:"resources,omitempty" nullable:"false" doc:"The resources that the opt is for; without resources and target it is for the whole VEN"`
	DeviceClasses      []string   `json:"deviceClasses,omitempty" nullable:"false" doc:"Only these device classes of all that"`
	Code               int        `json:"code,omitempty" doc:"OpenADR response code"`
	Error              string     `json:"error,omitempty"`
	SentAt             *time.Time `json:"sentAt,omitempty" doc:"When the push was last sent"`
	Attempts           int        `json:"attempts,omitempty" doc:"How often the push was sent"`
}

// EventHistory lists what happened to an event and its VENs, oldest first. With a
// venID it lists only what concerns the event itself and that VEN. cursor is the Next
// of an earlier page, or empty; limit 0 is the server's choice.
func (c *EventClient) EventHistory(ctx context.Context, eventID, venID, cursor string, limit int) (*Page[HistoryEntry], error) {
	return send[Page[HistoryEntry]](ctx, c.api, http.MethodGet, path("events", eventID)+"/history"+page(cursor, limit, "venID", venID), nil)
}
