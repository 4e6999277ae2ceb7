package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/people"
)

// registerPreviews registers the operations that only say what others would do.
func (h *eventHandlers) registerPreviews(api huma.API, spec body) {
	preview := func(id, path, summary string) huma.Operation {
		op := forRole(operation(id, http.MethodPost, path, summary), people.Viewer)
		op.DefaultStatus = http.StatusOK
		op.Description = "Nothing is stored, and nobody is told anything. What would be refused is refused here in the same way."
		return op
	}
	add(api, preview("previewEvent", "/events/preview", "Say whom an event would reach, before it is created"), spec, h.previewEvent)
	change := preview("previewChange", "/events/{eventID}/preview", "Say whom an event would reach after a change, or reaches now if nothing changes")
	add(api, change, body{jsonType: patchOf[client.EventSpec](api)[patchType]}, h.previewChange)
}

func (h *eventHandlers) previewEvent(ctx context.Context, in *document) (*answered[client.EventPreview], error) {
	members, err := decodeObject(in.RawBody)
	if err != nil {
		return nil, refuse(ctx, err)
	}
	spec, err := parse(members, h.readEvent)
	if err != nil {
		return nil, refuse(ctx, err)
	}
	p, err := h.vtn.PreviewEvent(ctx, spec)
	if err != nil {
		return nil, refuse(ctx, err)
	}
	return answer(h.showPreview(p)), nil
}

func (h *eventHandlers) previewChange(ctx context.Context, in *struct {
	EventID string `path:"eventID"`
	RawBody []byte `contentType:"application/json"`
}) (*answered[client.EventPreview], error) {
	changes, err := decodeObject(in.RawBody)
	if err != nil {
		return nil, refuse(ctx, err)
	}
	p, err := h.vtn.PreviewChange(ctx, in.EventID, h.patch(changes))
	if err != nil {
		return nil, refuseOf(ctx, err, eventNamed(in.EventID))
	}
	return answer(h.showPreview(p)), nil
}

// patch is the change of an event that a merge patch makes.
func (h *eventHandlers) patch(changes map[string]any) func(core.EventSpec) (core.EventSpec, error) {
	return func(current core.EventSpec) (core.EventSpec, error) {
		members, err := patched(showSpec(current), changes)
		if err != nil {
			return core.EventSpec{}, err
		}
		return parse(members, h.readEvent)
	}
}

func (h *eventHandlers) showPreview(p *core.Preview) client.EventPreview {
	presences := map[string]int{}
	for _, presence := range []core.Presence{core.PresenceAvailable, core.PresenceUnavailable, core.PresenceUnknown} {
		presences[string(presence)] = p.Reach.Presences[presence]
	}
	return client.EventPreview{Event: h.showEvent(p.Event), Reach: client.Reach{
		VENs:          p.Reach.VENs,
		NotRegistered: p.Reach.NotRegistered,
		Transports:    p.Reach.Transports,
		Presences:     presences,
		Unreachable:   p.Reach.Unreachable,
		Unsaid:        p.Reach.Unsaid,
		OptedOut:      p.Reach.OptedOut,
		FirstOptedOut: list(p.Reach.FirstOptedOut),
		Bytes:         p.Reach.Bytes,
		MaxBytes:      p.Reach.MaxBytes,
	}}
}
