package api

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// Opts is what the API needs of a [VTN] for opts.
type Opts interface {
	Opts(ctx context.Context, q core.OptQuery, after core.OptCursor, limit int) (opts []core.ListedOpt, next core.OptCursor, err error)
	Now() time.Time
}

type optHandlers struct{ vtn Opts }

func (h *optHandlers) register(api huma.API) {
	add(api, operation("listOpts", http.MethodGet, "/opts", "List opts for events and by schedule, by venID and optID"), nil, h.listOpts)
}

func (h *optHandlers) listOpts(ctx context.Context, in *struct {
	VENID     string    `query:"venID" maxLength:"1000"`
	EventID   string    `query:"eventID" maxLength:"1000"`
	Active    bool      `query:"active" doc:"Only opts in force: a schedule during its periods, until newer ones replace it; an opt for an event until the event is over; an answer to an event until the event changes or is over"`
	At        time.Time `query:"at" doc:"With active: in force at this time instead of now"`
	Cancelled bool      `query:"cancelled" doc:"Cancelled opts, too"`
	Replaced  bool      `query:"replaced" doc:"Schedules that newer ones have replaced, too"`
	Answers   bool      `query:"answers" doc:"Answers that VENs gave to events in an oadrCreatedEvent, too; a VEN's answers follow its opts"`
	Deleted   bool      `query:"deleted" doc:"Opts of deleted VENs, too; with a venID or an eventID they are always included"`
	Paging
}) (*answered[client.Page[client.Opt]], error) {
	after, ok := parseOptCursor(in.Cursor)
	if !ok {
		return nil, refuse(ctx, errCursor)
	}
	q := core.OptQuery{VENID: in.VENID, EventID: in.EventID, Cancelled: in.Cancelled, Replaced: in.Replaced, Answers: in.Answers, Deleted: in.Deleted}
	switch {
	case in.Active && in.At.IsZero():
		q.ActiveAt = h.vtn.Now()
	case in.Active:
		q.ActiveAt = in.At
	case !in.At.IsZero():
		return nil, refuse(ctx, invalid("at", "needs active=true as well"))
	}
	opts, next, err := h.vtn.Opts(ctx, q, after, in.Limit)
	if err != nil {
		return nil, refuseOf(ctx, err, eventOrVEN(err, in.EventID, in.VENID))
	}
	return answerPage(opts, formatOptCursor(next), showOpt), nil
}

// formatOptCursor writes a cursor in letters, digits, - _ and dots: optIDs are as VENs
// make them. It is empty at the end of the list.
func formatOptCursor(p core.OptCursor) string {
	if p == (core.OptCursor{}) {
		return ""
	}
	var parts []string
	for _, s := range []string{p.VENID, p.OptID, p.EventID} {
		parts = append(parts, base64.RawURLEncoding.EncodeToString([]byte(s)))
	}
	return strings.Join(append(parts, strconv.FormatInt(p.No, 10)), ".")
}

func parseOptCursor(cursor string) (p core.OptCursor, ok bool) {
	if cursor == "" {
		return p, true
	}
	parts := strings.Split(cursor, ".")
	into := []*string{&p.VENID, &p.OptID, &p.EventID}
	if len(parts) != len(into)+1 {
		return p, false
	}
	var err error
	if p.No, err = strconv.ParseInt(parts[len(into)], 10, 64); err != nil {
		return p, false
	}
	for i, part := range parts[:len(into)] {
		text, err := base64.RawURLEncoding.DecodeString(part)
		if err != nil || !utf8.Valid(text) || bytes.IndexByte(text, 0) >= 0 {
			return p, false
		}
		*into[i] = string(text)
	}
	return p, true
}

func showOpt(o core.ListedOpt) client.Opt {
	out := client.Opt{
		VENID:         o.VENID,
		OptID:         o.OptID,
		OptType:       o.OptType,
		Reason:        o.Reason,
		MarketContext: o.MarketContext,
		EventID:       o.EventID,
		Target:        showOptTarget(o.Others, o.Resources),
		Resources:     list(o.Resources),
		DeviceClasses: list(o.DeviceClasses),
		CreatedAt:     o.CreatedAt.UTC(),
		ReceivedAt:    o.ReceivedAt.UTC(),
		CancelledAt:   moment(o.CancelledAt),
		ReplacedAt:    moment(o.ReplacedAt),
		Message:       string(oadr.KindCreateOpt),
	}
	if o.Answer {
		out.Message = string(oadr.KindCreatedEvent)
	}
	if o.EventID != "" {
		out.ModificationNumber = &o.ModificationNumber
	}
	for _, p := range o.Periods {
		out.Periods = append(out.Periods, client.OptPeriod{Start: p.Start.UTC(), End: moment(p.End)})
	}
	return out
}

// showOptTarget is all that an opt is for; nil if it is for the resources alone.
func showOptTarget(others oadr.Target, resources []string) *client.EITarget {
	if others.IsEmpty() {
		return nil
	}
	others.Resources = resources
	return showEITarget(&others)
}

// showPartOpts lists the opts of a VEN's parts by kind, name and device class.
func showPartOpts[T any](parts map[core.Part]T, opt func(T) (optType, optID string)) []client.PartOpt {
	var out []client.PartOpt
	for p, o := range parts {
		one := client.PartOpt{Kind: string(p.Kind), Name: p.Name, DeviceClass: p.DeviceClass}
		one.Opt, one.OptID = opt(o)
		out = append(out, one)
	}
	slices.SortFunc(out, func(a, b client.PartOpt) int {
		return cmp.Or(strings.Compare(a.Kind, b.Kind), strings.Compare(a.Name, b.Name), strings.Compare(a.DeviceClass, b.DeviceClass))
	})
	return out
}
