package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// Notices is what the API needs of a [VTN] for notices to VENs about their
// registration.
type Notices interface {
	CancelRegistration(ctx context.Context, venID, by string) (*core.Notice, error)
	RequestReregistration(ctx context.Context, venID, by string) (*core.Notice, error)
	Notices(ctx context.Context, venID string, before int64, limit int) (notices []core.Notice, next int64, err error)
}

type noticeHandlers struct{ vtn Notices }

func (h *noticeHandlers) register(api huma.API) {
	add(api, accepting("cancelRegistration", "/vens/{venID}/cancel-registration", "End a VEN's registration; it is pushed to the VEN until the VEN answers"), nil, h.cancelRegistration)
	add(api, accepting("requestReregistration", "/vens/{venID}/request-reregistration", "Ask a VEN to register again"), nil, h.requestReregistration)
	add(api, operation("listNotices", http.MethodGet, "/vens/{venID}/notices", "List notices to a VEN about its registration, newest first"), nil, h.listNotices)
}

func (h *noticeHandlers) cancelRegistration(ctx context.Context, in *venPath) (*answered[client.Notice], error) {
	return h.notify(ctx, in, h.vtn.CancelRegistration)
}

func (h *noticeHandlers) requestReregistration(ctx context.Context, in *venPath) (*answered[client.Notice], error) {
	return h.notify(ctx, in, h.vtn.RequestReregistration)
}

func (h *noticeHandlers) notify(ctx context.Context, in *venPath, do func(ctx context.Context, venID, by string) (*core.Notice, error)) (*answered[client.Notice], error) {
	n, err := do(ctx, in.VENID, by(ctx))
	if err != nil {
		return nil, refuseOf(ctx, err, venNamed(in.VENID))
	}
	return answer(showNotice(*n)), nil
}

func (h *noticeHandlers) listNotices(ctx context.Context, in *struct {
	VENID string `path:"venID"`
	Paging
}) (*answered[client.Page[client.Notice]], error) {
	before, err := parseNumber(in.Cursor)
	if err != nil {
		return nil, refuse(ctx, err)
	}
	notices, next, err := h.vtn.Notices(ctx, in.VENID, before, in.Limit)
	if err != nil {
		return nil, refuseOf(ctx, err, venNamed(in.VENID))
	}
	return answerPage(notices, formatNumber(next), showNotice), nil
}

func showNotice(n core.Notice) client.Notice {
	return client.Notice{
		Kind:           string(n.Kind),
		RegistrationID: n.RegistrationID,
		RequestID:      n.Token().String(),
		Outcome:        string(n.State),
		CreatedAt:      n.CreatedAt.UTC(),
		CreatedBy:      n.By,
		ToldAt:         moment(n.ToldAt),
		EndedAt:        moment(n.EndedAt),
		ResponseCode:   n.Code,
		Error:          n.Error,
	}
}
