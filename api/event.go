package api

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// Events is what the API needs of a [VTN] for events.
type Events interface {
	CreateEvent(ctx context.Context, spec core.EventSpec, by string) (*core.Event, error)
	ModifyEvent(ctx context.Context, eventID string, change func(core.EventSpec) (core.EventSpec, error), by string) (*core.Event, error)
	PreviewEvent(ctx context.Context, spec core.EventSpec) (*core.Preview, error)
	PreviewChange(ctx context.Context, eventID string, change func(core.EventSpec) (core.EventSpec, error)) (*core.Preview, error)
	ExtendEvent(ctx context.Context, eventID string, longer time.Duration, by string) (*core.Event, error)
	CancelEvent(ctx context.Context, eventID, by string) (*core.Event, error)
	Event(ctx context.Context, eventID string) (*core.Event, error)
	Events(ctx context.Context, before int64, limit int) (events []*core.Event, next int64, err error)
	EventVENs(ctx context.Context, eventID, after string, limit int) (vens []core.VENStatus, next string, err error)
	VENsOptedOutBySchedule(ctx context.Context, eventID, after string, limit int) (vens []core.VENStatus, next string, err error)
	EventCounts(ctx context.Context, eventID string) (core.Counts, error)
	EventHistory(ctx context.Context, eventID, venID string, after core.HistoryCursor, limit int) (entries []core.HistoryEntry, next core.HistoryCursor, err error)
	Status(e *core.Event) string
	Now() time.Time
}

type eventHandlers struct{ vtn Events }

func (h *eventHandlers) register(api huma.API) {
	spec := bodyOf[client.EventSpec](api)
	start := api.OpenAPI().Components.Schemas.Map()["EventSpec"].Properties["start"]
	start.Type, start.Format = "", ""
	start.OneOf = []*huma.Schema{{Type: huma.TypeString, Format: "date-time"}, {Type: huma.TypeString, Enum: []any{client.StartNow}}}
	add(api, operation("createEvent", http.MethodPost, "/events", "Create an event"), spec, h.createEvent)
	h.registerPreviews(api, spec)
	add(api, operation("listEvents", http.MethodGet, "/events", "List events, newest first"), nil, h.listEvents)
	add(api, operation("getEvent", http.MethodGet, "/events/{eventID}", "Show an event with the counts of its VENs"), nil, h.getEvent)
	patch := operation("patchEvent", http.MethodPatch, "/events/{eventID}", "Change an event")
	patch.Description = "What has begun or passed cannot be changed; a patch that does so is a conflict (409). That is the start of an active event, which signals it has, " +
		"their intervals that have passed and the value of the running interval. A completed or cancelled event cannot be changed at all. " +
		"The end of an active event, from now on, and everything that is yet to come can be changed."
	add(api, patch, patchOf[client.EventSpec](api), h.patchEvent)
	add(api, operation("extendEvent", http.MethodPost, "/events/{eventID}/extend", "Make an event last longer, by making the last interval of each signal longer"), nil, h.extendEvent)
	add(api, operation("cancelEvent", http.MethodPost, "/events/{eventID}/cancel", "Cancel an event"), nil, h.cancelEvent)
	add(api, operation("listEventVENs", http.MethodGet, "/events/{eventID}/vens", "List the state of an event with each of its VENs"), nil, h.listEventVENs)
	add(api, operation("eventHistory", http.MethodGet, "/events/{eventID}/history", "List what happened to an event, oldest first"), nil, h.eventHistory)
}

type eventPath struct {
	EventID string `path:"eventID"`
}

// document is a request whose body [parse] reads.
type document struct {
	RawBody []byte `contentType:"application/json"`
}

func (h *eventHandlers) createEvent(ctx context.Context, in *document) (*located[client.Event], error) {
	members, err := decodeObject(in.RawBody)
	if err != nil {
		return nil, refuse(ctx, err)
	}
	spec, err := parse(members, h.readEvent)
	if err != nil {
		return nil, refuse(ctx, err)
	}
	e, err := h.vtn.CreateEvent(ctx, spec, by(ctx))
	if err != nil {
		return nil, refuse(ctx, err)
	}
	out := h.showEvent(e)
	return &located[client.Event]{prefix + "/events/" + url.PathEscape(e.EventID), &out}, nil
}

func (h *eventHandlers) listEvents(ctx context.Context, in *Paging) (*answered[client.Page[client.Event]], error) {
	before, err := parseNumber(in.Cursor)
	if err != nil {
		return nil, refuse(ctx, err)
	}
	events, next, err := h.vtn.Events(ctx, before, in.Limit)
	if err != nil {
		return nil, refuse(ctx, err)
	}
	return answerPage(events, formatNumber(next), h.showEvent), nil
}

func (h *eventHandlers) getEvent(ctx context.Context, in *eventPath) (*answered[client.Event], error) {
	e, err := h.vtn.Event(ctx, in.EventID)
	if err != nil {
		return nil, refuseOf(ctx, err, eventNamed(in.EventID))
	}
	counts, err := h.vtn.EventCounts(ctx, in.EventID)
	if err != nil {
		return nil, refuseOf(ctx, err, eventNamed(in.EventID))
	}
	out := h.showEvent(e)
	out.VENs = showCounts(counts)
	return answer(out), nil
}

func (h *eventHandlers) patchEvent(ctx context.Context, in *struct {
	EventID string `path:"eventID"`
	RawBody []byte `contentType:"application/json"`
}) (*answered[client.Event], error) {
	changes, err := decodeObject(in.RawBody)
	if err != nil {
		return nil, refuse(ctx, err)
	}
	e, err := h.vtn.ModifyEvent(ctx, in.EventID, h.patch(changes), by(ctx))
	if err != nil {
		return nil, refuseOf(ctx, err, eventNamed(in.EventID))
	}
	return answer(h.showEvent(e)), nil
}

func (h *eventHandlers) extendEvent(ctx context.Context, in *struct {
	EventID string `path:"eventID"`
	By      string `query:"by" required:"true" maxLength:"100" doc:"How much longer the event will last" example:"PT30M"`
}) (*answered[client.Event], error) {
	longer, err := oadr.ParseDuration(in.By)
	if err != nil {
		return nil, refuse(ctx, invalid("by", err.Error()+"; use a duration such as PT30M"))
	}
	e, err := h.vtn.ExtendEvent(ctx, in.EventID, longer, by(ctx))
	if err != nil {
		return nil, refuseOf(ctx, err, eventNamed(in.EventID))
	}
	return answer(h.showEvent(e)), nil
}

func (h *eventHandlers) cancelEvent(ctx context.Context, in *eventPath) (*answered[client.Event], error) {
	e, err := h.vtn.CancelEvent(ctx, in.EventID, by(ctx))
	if err != nil {
		return nil, refuseOf(ctx, err, eventNamed(in.EventID))
	}
	return answer(h.showEvent(e)), nil
}

func (h *eventHandlers) listEventVENs(ctx context.Context, in *struct {
	EventID            string `path:"eventID"`
	OptedOutBySchedule bool   `query:"optedOutBySchedule" doc:"Only VENs whose schedules opt out of the event as a whole"`
	Paging
}) (*answered[client.Page[client.EventVEN]], error) {
	list := h.vtn.EventVENs
	if in.OptedOutBySchedule {
		list = h.vtn.VENsOptedOutBySchedule
	}
	vens, next, err := list(ctx, in.EventID, in.Cursor, in.Limit)
	if err != nil {
		return nil, refuseOf(ctx, err, eventNamed(in.EventID))
	}
	return answerPage(vens, next, showEventVEN), nil
}

func eventNamed(eventID string) string { return "event " + strconv.Quote(excerpt.Of(eventID)) }

// eventOrVEN names the VEN if err says that it does not exist, the event otherwise.
func eventOrVEN(err error, eventID, venID string) string {
	if errors.Is(err, core.ErrNoVEN) {
		return venNamed(venID)
	}
	return eventNamed(eventID)
}
