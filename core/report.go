package core

import (
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// ReportOffer is one report that a VEN can make, as it registered it (rule R1).
type ReportOffer struct {
	SpecifierID  string
	Name         string         // without METADATA_: TELEMETRY_USAGE …
	Keeps        *time.Duration // how much of it the VEN keeps; nil: it did not say
	CreatedAt    time.Time      // as the VEN says
	RegisteredAt time.Time
	Points       []oadr.ReportDescription
}

// rIDs returns the rIDs of the offer, in the order in which the VEN registered them.
func (o *ReportOffer) rIDs() []string {
	ids := make([]string, len(o.Points))
	for i, p := range o.Points {
		ids[i] = p.RID
	}
	return ids
}

// ReportSpec is what an operator wants reported: all data points that fit, of the VENs that
// the targets name. An empty field fits everything.
type ReportSpec struct {
	Targets     []Target
	SpecifierID string // METADATA asks for the registration of reports itself
	RIDs        []string
	ReportName  string // TELEMETRY_USAGE …
	ReportType  string // usage, demand …
	Measurement string // type of the unit: powerReal, voltage …

	Granularity time.Duration // 0: what the VEN uses
	ReportBack  time.Duration // 0: once
	Start       time.Time     // of the reports, or of the time that a history covers; zero: now
	Duration    time.Duration // 0: endless; of a history: until now. A history without Start covers the last Duration
	// Standing requests the reports again whenever a VEN registers some that fit, since
	// the VEN then forgets all requests (rule R2). It includes VENs that come later.
	Standing bool
	// Piggyback sends the request in the answer when the VEN registers its reports,
	// instead of by push (rule R4).
	Piggyback bool
}

// ReportOrder is a stored [ReportSpec]. If it is standing, it stands until EndedAt.
type ReportOrder struct {
	No      int64
	OrderID string
	ReportSpec
	CreatedAt time.Time
	CreatedBy string
	EndedAt   time.Time // zero: it still requests reports of VENs that come
	// Early says that the order is older than the check of orders against the profile
	// (rule R3). It stays valid.
	Early bool
}

// ReportState is the state of a report request.
type ReportState string

// Report states.
const (
	ReportPending    ReportState = "pending"    // the VEN has not agreed yet
	ReportActive     ReportState = "active"     // the VEN agreed, or sent data
	ReportRefused    ReportState = "refused"    // the VEN refused
	ReportCancelling ReportState = "cancelling" // cancelled, but not confirmed by the VEN: updates still count
	ReportCancelled  ReportState = "cancelled"
	ReportEnded      ReportState = "ended"     // the VEN registered its reports again, or its registration ended
	ReportCompleted  ReportState = "completed" // all data has come, or the time of the request is over
)

// open reports whether the VEN may still send data.
func (s ReportState) open() bool {
	return s == ReportPending || s == ReportActive || s == ReportCancelling
}

// ReportRequest asks one VEN for one report.
type ReportRequest struct {
	No              int64
	ReportRequestID string
	OrderID         string
	VENNo           int64
	VENID           string
	SpecifierID     string
	ReportName      string
	RIDs            []string
	Granularity     time.Duration
	ReportBack      time.Duration
	Start           time.Time
	Duration        time.Duration

	State     ReportState
	Rev       int64 // under which the VEN is told of the request, or of its cancellation
	Piggyback bool  // sent in an answer instead of by push
	ToFollow  bool  // cancelled with a last report (rule R8)
	LastOwed  bool  // the last report has not come yet
	// Of a cancellation that is sent in an answer (rule R4):
	RideUntil time.Time // it is pushed then if no update came that it could answer
	Rode      int       // updates since the one whose answer held it, that one included

	CreatedAt time.Time
	CreatedBy string
	ToldAt    time.Time // zero: not yet
	DataAt    time.Time // when the data of the latest interval came; zero: none came
	EndedAt   time.Time // zero: open
	Code      int       // of the VEN's answer; 0: it has not answered
	Error     string
}

// Status returns the state at now, as an operator sees it.
func (r *ReportRequest) Status(now time.Time) ReportState {
	if r.State != ReportActive {
		return r.State
	}
	switch {
	case r.ReportBack == 0 && !r.DataAt.IsZero():
		return ReportCompleted
	case r.ReportBack > 0 && r.Duration > 0 && now.After(r.begin().Add(r.Duration+r.ReportBack)):
		return ReportCompleted
	}
	return r.State
}

// begin returns when the reports begin.
func (r *ReportRequest) begin() time.Time {
	if r.Start.IsZero() {
		return r.CreatedAt
	}
	return r.Start
}

// takes reports whether an update for the request still counts (rules R5, R8).
func (r *ReportRequest) takes() bool {
	return r.State.open() || r.State == ReportCancelled && r.LastOwed
}

// unheard reports whether data that comes now changes the request, as the first data and
// the last report do.
func (r *ReportRequest) unheard() bool {
	return r.DataAt.IsZero() || r.State == ReportPending || r.State == ReportCancelled
}

// message returns the request as it is sent (rule R3).
func (r *ReportRequest) message() oadr.ReportRequest {
	m := oadr.ReportRequest{ReportRequestID: r.ReportRequestID, Specifier: oadr.ReportSpecifier{
		ReportSpecifierID:  r.SpecifierID,
		Granularity:        r.Granularity,
		ReportBackDuration: r.ReportBack,
	}}
	if r.ReportBack > 0 || !r.Start.IsZero() {
		m.Specifier.ReportInterval = &oadr.Period{Start: r.begin().Truncate(time.Second), Duration: r.Duration}
	}
	for _, id := range r.RIDs {
		m.Specifier.Payloads = append(m.Specifier.Payloads, oadr.SpecifierPayload{RID: id, ReadingType: oadr.ReadingNotApplicable})
	}
	return m
}

// VTNReport is an oadrRegisterReport of the VTN that a VEN requested (rule R9). The
// greeting, which every VEN gets after it registered, is none; see [OutboxWriter.Greet].
type VTNReport struct {
	VENNo          int64
	RequestID      string        // reportRequestID
	RegistrationID string        // under which the VEN requested it
	Rev            int64         // when it last became due
	Every          time.Duration // 0: once
	NextAt         time.Time     // when it will be due again; zero: not by time
	EndsAt         time.Time     // zero: never
}

// Value is the value of one data point in one interval. It is a number unless
// NoValue, Status or GreenButton is set.
type Value struct {
	RequestNo int64
	PointNo   int64  // 0: Green Button data, which has no data point
	RID       string // empty for Green Button data
	Start     time.Time
	Duration  time.Duration

	Value       float64
	NoValue     bool // the VEN says that it has none
	Status      *oadr.ResourceStatus
	GreenButton []oadr.XML

	Quality    string // empty: not given
	Confidence *uint32
	Accuracy   *float64
	ReceivedAt time.Time
}

// ValueQuery chooses values. They come oldest first.
type ValueQuery struct {
	RequestNo   int64 // 0: all requests for one report of a VEN, which VENNo and SpecifierID name
	VENNo       int64
	SpecifierID string
	RIDs        []string  // empty: all
	From, To    time.Time // including From, excluding To; zero: no bound
	After       ValueKey  // the last value of the page before; zero: from the beginning
	Newest      bool      // the last values instead of the first
	Limit       int       // at least 1
}

// ValueKey identifies a value, and orders the values of a query.
type ValueKey struct {
	Start              time.Time
	RequestNo, PointNo int64
}

// Key returns the key of the value.
func (v *Value) Key() ValueKey { return ValueKey{v.Start, v.RequestNo, v.PointNo} }

// Point identifies a data point of a VEN.
type Point struct {
	VENNo       int64
	SpecifierID string
	RID         string
}

// ReportMatch is an offer that fits a [ReportSpec], with those of its data points that
// fit.
type ReportMatch struct {
	VENNo       int64
	VENID       string
	SpecifierID string
	ReportName  string
	Keeps       *time.Duration // how much of it the VEN keeps; nil: it did not say
	Points      []MatchedPoint
}

// MatchedPoint is a data point and the periods in which the VEN can read it; both are zero
// if the VEN did not say.
type MatchedPoint struct {
	RID                  string
	MinPeriod, MaxPeriod time.Duration
}

// reads reports whether the VEN can report the point in steps of g.
func (p MatchedPoint) reads(g time.Duration) bool { return reads(p.MinPeriod, p.MaxPeriod, g) }

func reads(least, most, g time.Duration) bool {
	return g == 0 || most == 0 || g >= least && g <= most
}
