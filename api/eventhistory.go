package api

import (
	"context"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/core"
)

func (h *eventHandlers) eventHistory(ctx context.Context, in *struct {
	EventID string `path:"eventID"`
	VENID   string `query:"venID" doc:"Only what concerns this VEN, and the event itself" maxLength:"1000"`
	Paging
}) (*answered[client.Page[client.HistoryEntry]], error) {
	after, err := core.ParseHistoryCursor(in.Cursor)
	if err != nil {
		return nil, refuse(ctx, errCursor)
	}
	entries, next, err := h.vtn.EventHistory(ctx, in.EventID, in.VENID, after, in.Limit)
	if err != nil {
		return nil, refuseOf(ctx, err, eventOrVEN(err, in.EventID, in.VENID))
	}
	cursor := ""
	if next != (core.HistoryCursor{}) {
		cursor = next.String()
	}
	return answerPage(entries, cursor, showHistoryEntry), nil
}

func showHistoryEntry(h core.HistoryEntry) client.HistoryEntry {
	return client.HistoryEntry{
		At:                 h.At.UTC(),
		What:               string(h.What),
		VENID:              h.VENID,
		ModificationNumber: h.ModificationNumber,
		By:                 h.By,
		Opt:                h.OptType,
		OptID:              h.OptID,
		Target:             showOptTarget(h.Others, h.Resources),
		Resources:          h.Resources,
		DeviceClasses:      h.DeviceClasses,
		Code:               h.Code,
		Error:              h.Error,
		SentAt:             moment(h.SentAt),
		Attempts:           h.Attempts,
	}
}
