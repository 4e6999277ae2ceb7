package client

import (
	"context"
	"net/http"
	"time"
)

// Notice is something that the VTN tells a VEN about its registration.
type Notice struct {
	Kind           string     `json:"kind" enum:"cancel,reregister"`
	RegistrationID string     `json:"registrationID"`
	RequestID      string     `json:"requestID" doc:"As the log has it"`
	Outcome        string     `json:"outcome" enum:"pending,told,refused,registered,dropped" doc:"pending: the VEN has not answered yet; told: the VEN has answered; refused: the VEN has refused; registered: the VEN has registered again, as requested; dropped: the notice became pointless, because the VEN registered anew or is no longer registered"`
	CreatedAt      time.Time  `json:"createdAt"`
	CreatedBy      string     `json:"createdBy"`
	ToldAt         *time.Time `json:"toldAt" nullable:"true" doc:"When the VEN answered"`
	EndedAt        *time.Time `json:"endedAt" nullable:"true"`
	ResponseCode   int        `json:"responseCode,omitempty" doc:"Of the VEN's answer"`
	Error          string     `json:"error,omitempty"`
}

// NoticeClient is the part of a [Client] for notices to VENs about their registration.
type NoticeClient struct{ api *connection }

// CancelRegistration ends a VEN's registration. The VTN pushes the cancellation until
// the VEN answers.
func (c *NoticeClient) CancelRegistration(ctx context.Context, venID string) (*Notice, error) {
	return send[Notice](ctx, c.api, http.MethodPost, path("vens", venID)+"/cancel-registration", nil)
}

// RequestReregistration asks a VEN to register again.
func (c *NoticeClient) RequestReregistration(ctx context.Context, venID string) (*Notice, error) {
	return send[Notice](ctx, c.api, http.MethodPost, path("vens", venID)+"/request-reregistration", nil)
}

// ListNotices lists a VEN's notices, newest first.
// cursor is the Next of an earlier page, or empty; limit 0 is the server's choice.
func (c *NoticeClient) ListNotices(ctx context.Context, venID, cursor string, limit int) (*Page[Notice], error) {
	return send[Page[Notice]](ctx, c.api, http.MethodGet, path("vens", venID)+"/notices"+page(cursor, limit), nil)
}
