package core

import "github.com/vtn-xmpp/vtn-xmpp/oadr"

// What one message may hold. The bounds keep transactions short, since others wait for
// them. A VEN with more to tell sends several messages.
const (
	maxResponses = 1000 // eventResponses
	maxReports   = 1000 // oadrReports
	maxValues    = 5000 // intervals or values of an oadrUpdateReport
	maxOffered   = 2000 // data points of an oadrRegisterReport
	maxNamed     = 1000 // reportRequestIDs that are pending or cancelled
)

// amount is the number of an element in a message, and the most that it may have.
type amount struct {
	element   string
	has, most int
}

// tooMuch refuses a message that holds more of an element than it may; nil means that it
// does not.
func tooMuch(m oadr.Message) *refusal {
	for _, n := range amounts(m) {
		if n.has > n.most {
			return refuse(oadr.CodeInvalidData, "%s stands there %d times, at most %d are taken in one message; send the rest in another", n.element, n.has, n.most)
		}
	}
	return nil
}

func amounts(m oadr.Message) []amount {
	switch m := m.(type) {
	case *oadr.CreatedEvent:
		return []amount{{"eventResponse", len(m.Responses), maxResponses}}
	case *oadr.UpdateReport:
		intervals := 0
		for i := range m.Reports {
			intervals += len(m.Reports[i].Intervals)
		}
		return []amount{{"oadrReport", len(m.Reports), maxReports}, {"interval", intervals, maxValues}, {"oadrReportPayload", valuesOf(m), maxValues}}
	case *oadr.RegisterReport:
		points := 0
		for i := range m.Reports {
			points += len(m.Reports[i].Descriptions)
		}
		return []amount{{"oadrReport", len(m.Reports), maxReports}, {"oadrReportDescription", points, maxOffered}}
	case *oadr.CreateReport:
		return []amount{{"oadrReportRequest", len(m.Requests), maxVTNReports}}
	case *oadr.RegisteredReport:
		return []amount{{"oadrReportRequest", len(m.Requests), maxVTNReports}}
	case *oadr.CreatedReport:
		return []amount{{"reportRequestID", len(m.Pending), maxNamed}}
	case *oadr.CanceledReport:
		return []amount{{"reportRequestID", len(m.Pending), maxNamed}}
	case *oadr.CancelReport:
		return []amount{{"reportRequestID", len(m.ReportRequestIDs), maxNamed}}
	}
	return nil
}

// valuesOf counts the values of an oadrUpdateReport.
func valuesOf(m *oadr.UpdateReport) (n int) {
	for i := range m.Reports {
		for j := range m.Reports[i].Intervals {
			n += len(m.Reports[i].Intervals[j].Payloads) + len(m.Reports[i].Intervals[j].GreenButton)
		}
	}
	return n
}
