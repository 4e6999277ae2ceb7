package client

import (
	"context"
	"net/http"
	"time"
)

// Notice is one thing a VEN was or is to be told about its registration.
type Notice struct {
	Kind           string     `json:"kind" enum:"cancel,reregister"`
	RegistrationID string     `json:"registrationID"`
	RequestID      string     `json:"requestID" doc:"As it stands in the log"`
	Outcome        string     `json:"outcome" enum:"pending,told,refused,registered,dropped" doc:"pending: not told so far; told: the VEN has answered; refused: it will not; registered: it registered again, as it was asked to; dropped: there was nothing left to tell, because it registered anew or is no longer registered"`
	CreatedAt      time.Time  `json:"createdAt"`
	CreatedBy      string     `json:"createdBy"`
	ToldAt         *time.Time `json:"toldAt" nullable:"true" doc:"When the VEN answered"`
	EndedAt        *time.Time `json:"endedAt" nullable:"true"`
	ResponseCode   int        `json:"responseCode,omitempty" doc:"Of the VEN's answer"`
	Error          string     `json:"error,omitempty"`
}

// NoticeClient is the part of a [Client] for what VENs are told about their registration.
type NoticeClient struct{ api *connection }

// CancelRegistration ends a VEN's registration; the VEN is told until it answers.
func (c *NoticeClient) CancelRegistration(ctx context.Context, venID string) (*Notice, error) {
	return send[Notice](ctx, c.api, http.MethodPost, path("vens", venID)+"/cancel-registration", nil)
}

// RequestReregistration has a VEN told to register again.
func (c *NoticeClient) RequestReregistration(ctx context.Context, venID string) (*Notice, error) {
	return send[Notice](ctx, c.api, http.MethodPost, path("vens", venID)+"/request-reregistration", nil)
}

// ListNotices lists what a VEN was told about its registration, newest first.
// cursor is the Next of an earlier page, or empty; limit 0 is the server's choice.
func (c *NoticeClient) ListNotices(ctx context.Context, venID, cursor string, limit int) (*Page[Notice], error) {
	return send[Page[Notice]](ctx, c.api, http.MethodGet, path("vens", venID)+"/notices"+page(cursor, limit), nil)
}
