package core

import (
	"context"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/internal/wake"
)

// ReportService is EiReport: it takes the offers of VENs, and requests reports of them.
type ReportService struct {
	*common
	delivery   answerSettler
	vtnReports interface {
		publishDue(ctx context.Context, now time.Time) error
	}
	clockwork wake.Signal // what is due by time has changed
}

// ReportRecords reads offers, orders, requests and the values that came.
type ReportRecords struct{ *common }
