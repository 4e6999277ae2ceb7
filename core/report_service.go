package core

import (
	"context"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/internal/wake"
)

// ReportService is EiReport: it takes what VENs offer, and requests reports of them.
type ReportService struct {
	*common
	delivery   answerSettler
	vtnReports interface {
		publishDue(ctx context.Context, now time.Time) error
	}
	clockwork wake.Signal // what is due by time has changed
}

// ReportRecords reads what VENs offer and what came of requests.
type ReportRecords struct{ *common }
