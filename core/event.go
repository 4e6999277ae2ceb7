package core

import (
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// TargetKind is a way to target VENs.
type TargetKind string

// Target kinds. TargetAll has no value.
const (
	TargetAll           TargetKind = "all"
	TargetVENID         TargetKind = "venID"
	TargetGroup         TargetKind = "group"
	TargetResource      TargetKind = "resource"
	TargetParty         TargetKind = "party"
	TargetMarketContext TargetKind = "marketContext"
)

// field returns the field of an event's JSON that lists targets of this kind.
func (k TargetKind) field() string {
	switch k {
	case TargetAll:
		return "targets.all"
	case TargetParty:
		return "targets.parties"
	}
	return "targets." + string(k) + "s"
}

// Target names all VENs, one VEN, or those that carry a label.
type Target struct {
	Kind  TargetKind
	Value string
}

// Key returns the target as it is compared with others and with labels: market contexts in
// their normal form (rule 512 of the profile), all others as they are spelled.
func (t Target) Key() Target {
	if t.Kind == TargetMarketContext {
		t.Value = oadr.NormalURI(t.Value)
	}
	return t
}

// EventSpec is an event as an operator states it.
type EventSpec struct {
	EventID          string
	MarketContext    string
	Priority         uint32 // 1 highest, 0 none
	Start            time.Time
	Duration         time.Duration // 0: open ended
	Notification     time.Duration
	RampUp           time.Duration // negative counts as 0 (rule E4)
	Recovery         time.Duration
	StartAfter       time.Duration
	TestEvent        bool
	Comment          string
	ResponseRequired string // always, never
	Overlap          string // refuse, allow (rule E13)
	Signals          []Signal
	Baseline         *Baseline
	Targets          []Target
}

// Signal is one series of values of an event.
type Signal struct {
	Name          string
	Type          string
	Unit          *oadr.Unit
	DeviceClasses []string // mrids of endDeviceAssets
	Intervals     []Interval
}

// Interval is one step of a signal or baseline.
type Interval struct {
	Duration time.Duration
	Value    float64
}

// Baseline is an event's eiEventBaseline.
type Baseline struct {
	Start     time.Time
	Duration  time.Duration
	ID        string
	Name      string
	Resources []string
	Unit      *oadr.Unit
	Intervals []Interval
}

// Event is a stored event at its current modificationNumber.
type Event struct {
	No int64 // the registry's number, 0 before it is stored
	EventSpec
	ModificationNumber uint32 // each VEN is told its own, see [EventVersion]
	Rev                int64  // revision of the last change
	CreatedAt          time.Time
	ChangedAt          time.Time
	CancelledAt        time.Time // zero: not cancelled
	Size               Size      // at this modificationNumber
	Warnings           []Problem // what may be a slip; of the change that returned the event, not stored
}

// Status returns the status of the event at now (rule E4).
func (e *Event) Status(now time.Time) string {
	if !e.CancelledAt.IsZero() {
		return oadr.StatusCancelled
	}
	return e.timed(now)
}

// timed returns the status at now of an event that is not cancelled.
func (s *EventSpec) timed(now time.Time) string {
	switch {
	case now.Before(s.Start.Add(-max(s.RampUp, 0))):
		return oadr.StatusFar
	case now.Before(s.Start):
		return oadr.StatusNear
	case s.Duration == 0 || now.Before(s.Start.Add(s.Duration)):
		return oadr.StatusActive
	}
	return oadr.StatusCompleted
}

// End returns when the event leaves the set of every VEN (rule E21): dtstart + duration +
// startafter. It is zero for an open-ended event.
func (e *Event) End() time.Time {
	if e.Duration == 0 {
		return time.Time{}
	}
	return e.Start.Add(e.Duration + e.StartAfter)
}

// Opt is a VEN's yes or no by oadrCreateOpt, for an event or by schedule. Several opts may
// have the same optID; their [Opt.Key] differs (rule P2).
type Opt struct {
	No                 int64 // the registry's number, in order of arrival; 0 before it is stored
	VENNo              int64
	OptID              string
	EventNo            int64 // 0: a schedule
	ModificationNumber uint32
	OptType            string // optIn, optOut
	Reason             string
	MarketContext      string
	// What it is for: these resources and the parts that Others names, or the whole VEN if
	// both are empty; of these only the device classes, if there are any (rule P5).
	Resources     []string
	Others        oadr.Target // without resources, device classes and venIDs
	DeviceClasses []string
	Periods       []OptPeriod
	CreatedAt     time.Time // createdDateTime, by the VEN's clock
	ReceivedAt    time.Time
	CancelledAt   time.Time // zero: it is not cancelled
	ReplacedAt    time.Time // of a schedule: since when newer ones cover it whole (rule P6); zero: they do not
	Blocks        bool      // of a schedule: it replaced parts of older ones, for good (rule P6)
}

// OptPeriod is one span of an opt schedule.
type OptPeriod struct {
	Start time.Time
	End   time.Time // zero: open ended (rule P4)
}

// Answer is the last oadrCreatedEvent of a VEN for an event (rule E16).
type Answer struct {
	EventNo            int64
	VENNo              int64
	ModificationNumber uint32
	OptType            string // empty: none, since it only answers a cancellation
	OptAt              time.Time
	Code               int    // the eventResponse's responseCode
	Error              string // its responseDescription, if the code is not 200
	At                 time.Time
}
