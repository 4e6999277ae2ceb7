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

// rIDs are the data points of the offer, in the order of its registration.
func (o *ReportOffer) rIDs() []string {
	ids := make([]string, len(o.Points))
	for i, p := range o.Points {
		ids[i] = p.RID
	}
	return ids
}

// ReportSpec is what an operator wants reported: of the VENs that the targets
// name, all data points that fit. What is left empty fits everything.
type ReportSpec struct {
	Targets     []Target
	SpecifierID string // METADATA asks for the registration of reports itself
	RIDs        []string
	ReportName  string // TELEMETRY_USAGE …
	ReportType  string // usage, demand …
	Measurement string // type of the unit: powerReal, voltage …

	Granularity time.Duration // 0: the VEN's own
	ReportBack  time.Duration // 0: once
	Start       time.Time     // of the reports; of a history's time; zero: now
	Duration    time.Duration // 0: endless; of a history: until now, or since when where there is no Start
	// Standing asks again whenever a VEN registers reports that fit, since it
	// forgets all requests with that (rule R2). VENs that come later are asked, too.
	Standing bool
	// Piggyback waits for the VEN to register its reports, and rides in the
	// answer, instead of being pushed (rule R4).
	Piggyback bool
}

// ReportOrder is a ReportSpec as it was given, with what it needs to stand.
type ReportOrder struct {
	No      int64
	OrderID string
	ReportSpec
	CreatedAt time.Time
	CreatedBy string
	EndedAt   time.Time // zero: new VENs are still asked
	// Early says that it was given before orders were held to what the profile
	// allows (rule R3). It goes on.
	Early bool
}

// ReportState is how far a report request has got.
type ReportState string

// Report states.
const (
	ReportPending    ReportState = "pending"    // not agreed to so far
	ReportActive     ReportState = "active"     // the VEN agreed, or sent data
	ReportRefused    ReportState = "refused"    // the VEN said no
	ReportCancelling ReportState = "cancelling" // cancelled, not confirmed so far: updates still count
	ReportCancelled  ReportState = "cancelled"
	ReportEnded      ReportState = "ended"     // the VEN registered its reports anew, or is not registered any more
	ReportCompleted  ReportState = "completed" // all that was asked for has come, or its time is over
)

// open says whether the VEN may still be sending.
func (s ReportState) open() bool {
	return s == ReportPending || s == ReportActive || s == ReportCancelling
}

// ReportRequest is what one VEN is asked to report, under an ID of its own.
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
	Rev       int64 // of what the VEN is to be told last: the request, or its cancellation
	Piggyback bool  // that rides in an answer and is not pushed
	ToFollow  bool  // cancelled with a last report (rule R8)
	LastOwed  bool  // which has not come so far
	// Of a cancellation that rides (rule R4):
	RideUntil time.Time // when it is pushed, should no update come for it to ride in
	Rode      int       // updates since it rode in the answer to one, that one included

	CreatedAt time.Time
	CreatedBy string
	ToldAt    time.Time // zero: not so far
	DataAt    time.Time // when the data of the latest interval came; zero: none ever did
	EndedAt   time.Time // zero: open
	Code      int       // what the VEN answered; 0: nothing
	Error     string
}

// Status is the state at now, as an operator sees it.
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

// begin is when reports begin.
func (r *ReportRequest) begin() time.Time {
	if r.Start.IsZero() {
		return r.CreatedAt
	}
	return r.Start
}

// takes says whether an update for the request still counts (rules R5, R8).
func (r *ReportRequest) takes() bool {
	return r.State.open() || r.State == ReportCancelled && r.LastOwed
}

// unheard says whether data that comes changes the request: it is the first, or
// the last.
func (r *ReportRequest) unheard() bool {
	return r.DataAt.IsZero() || r.State == ReportPending || r.State == ReportCancelled
}

// message is the request as the VEN is told it (rule R3).
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

// VTNReport is an oadrRegisterReport of the VTN's that a VEN asked for (rule R9).
// That which each VEN is told after it registered is another thing: see [Tx.Greet].
type VTNReport struct {
	VENNo          int64
	RequestID      string        // reportRequestID
	RegistrationID string        // under which it was asked for
	Rev            int64         // when it last became due
	Every          time.Duration // 0: once
	NextAt         time.Time     // when it will be due again; zero: not by time
	EndsAt         time.Time     // zero: never
}

// Value is what one data point was during one interval. It is a number unless
// NoValue, Status or GreenButton is set.
type Value struct {
	RequestNo int64
	PointNo   int64  // 0: Green Button data, which names none
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
	RequestNo   int64     // of this request; 0: of all requests of a VEN's report
	VENNo       int64     // whose
	SpecifierID string    // which
	RIDs        []string  // empty: all
	From, To    time.Time // From counts in, To does not; zero: no bound
	After       ValueKey  // the last of the part before; zero: from the beginning
	Newest      bool      // the last ones, instead of the first
	Limit       int       // at least 1
}

// ValueKey is a value's place in the order of a query.
type ValueKey struct {
	Start              time.Time
	RequestNo, PointNo int64
}

// Key is the value's place.
func (v *Value) Key() ValueKey { return ValueKey{v.Start, v.RequestNo, v.PointNo} }

// Point names a data point of a VEN.
type Point struct {
	VENNo       int64
	SpecifierID string
	RID         string
}

// ReportMatch is an offer that fits what an operator wants, with the data
// points of it that do.
type ReportMatch struct {
	VENNo       int64
	VENID       string
	SpecifierID string
	ReportName  string
	Keeps       *time.Duration // how much of it the VEN keeps; nil: it did not say
	Points      []MatchedPoint
}

// MatchedPoint is a data point and how often it can be read; both zero where
// the VEN did not say.
type MatchedPoint struct {
	RID                  string
	MinPeriod, MaxPeriod time.Duration
}

// reads says whether the point can be reported in steps of g.
func (p MatchedPoint) reads(g time.Duration) bool { return reads(p.MinPeriod, p.MaxPeriod, g) }

func reads(least, most, g time.Duration) bool {
	return g == 0 || most == 0 || g >= least && g <= most
}
