package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
	"github.com/vtn-xmpp/vtn-xmpp/people"
)

// audited records who wants to change what before it is done, and afterwards what the
// answer was. What cannot be recorded is not done. Sign-ins are recorded by [meHandlers.signIn],
// since nobody must be able to fill the log without credentials.
func audited(api huma.API, p *people.People) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		if p == nil || ctx.Method() == http.MethodGet || roleFor(ctx.Operation()) == people.Nobody {
			next(ctx)
			return
		}
		who, r := personOf(ctx.Context()), requestOf(ctx.Context())
		url := ctx.URL()
		no, err := p.Begin(ctx.Context(), people.Record{Actor: who.Name, Via: who.Via, Address: r.address, RequestID: r.id,
			Operation: ctx.Operation().OperationID, Path: excerpt.Of(url.Path)})
		if err != nil {
			refusal := problemOf(ctx.Context(), err, "record")
			_ = huma.WriteErr(api, ctx, refusal.Status, refusal.Detail)
			return
		}
		next(ctx)
		// The request may have run out of time; its outcome is recorded all the same.
		bound, cancel := context.WithTimeout(context.WithoutCancel(ctx.Context()), 5*time.Second)
		defer cancel()
		if err := p.End(bound, no, ctx.Status()); err != nil {
			zerolog.Ctx(ctx.Context()).Warn().Err(err).Msg("the outcome of a request is not in the audit log")
		}
	}
}

type auditHandlers struct{ people *people.People }

func (h *auditHandlers) register(api huma.API) {
	add(api, forRole(operation("listAudit", http.MethodGet, "/audit", "List who changed what, the newest first"), people.Administrator), nil, h.listAudit)
}

func (h *auditHandlers) listAudit(ctx context.Context, in *struct {
	Actor     string    `query:"actor" maxLength:"255" doc:"Only what this user did"`
	Operation string    `query:"operation" maxLength:"255" doc:"Only this operation, such as createEvent"`
	From      time.Time `query:"from" doc:"Only from this time on"`
	Until     time.Time `query:"until" doc:"Only before this time"`
	Paging
}) (*answered[client.Page[client.AuditRecord]], error) {
	before, err := parseNumber(in.Cursor)
	if err != nil {
		return nil, refuse(ctx, err)
	}
	f := people.RecordFilter{Actor: in.Actor, Operation: in.Operation, From: in.From, Until: in.Until}
	records, more, err := h.people.Records(ctx, f, before, in.Limit)
	if err != nil {
		return nil, refuse(ctx, err)
	}
	next := ""
	if more {
		next = formatNumber(records[len(records)-1].No)
	}
	return answerPage(records, next, func(r people.Record) client.AuditRecord {
		return client.AuditRecord{No: r.No, At: r.At, Actor: r.Actor, Via: r.Via, Address: r.Address, Operation: r.Operation, Path: r.Path, RequestID: r.RequestID, Status: r.Status}
	}), nil
}
