package core

import "time"

// JournalKind is what an entry of the journal is about.
type JournalKind string

// Kinds of entries, and what happens to each.
const (
	JournalEvent        JournalKind = "event"        // created, modified, cancelled, completed
	JournalVEN          JournalKind = "ven"          // entered, modified, deleted
	JournalRegistration JournalKind = "registration" // registered, reregistered, cancelled
	JournalDelivery     JournalKind = "delivery"     // acknowledged, refused, unreachable
	JournalOpt          JournalKind = "opt"          // answered, optCreated, optReplaced, optCancelled
	JournalReport       JournalKind = "report"       // data
	JournalError        JournalKind = "error"        // eventRefused, requestRefused
	JournalAlarm        JournalKind = "alarm"        // see [AlarmLacking] and the others
)

// JournalKinds lists all kinds.
var JournalKinds = []JournalKind{JournalEvent, JournalVEN, JournalRegistration, JournalDelivery, JournalOpt, JournalReport, JournalError, JournalAlarm}

// JournalEntry is one thing that happened. Entries are numbered in the order in which they
// become visible: whoever has read up to a number has missed nothing before it.
type JournalEntry struct {
	No             int64
	At             time.Time
	Kind           JournalKind
	What           string
	VENID, EventID string // empty: it concerns none
	EventNo        int64  // instead of an EventID, for [JournalWriter.Note]
	Body           JournalBody

	json []byte // see [JournalEntry.JSON]
}

// JournalBody is what else is known. What does not apply is zero.
type JournalBody struct {
	ModificationNumber *uint32        `json:"modificationNumber,omitempty"`
	Revision           int64          `json:"revision,omitempty"`
	Events             []JournalOther `json:"events,omitempty"`
	By                 string         `json:"by,omitempty"`
	Transport          string         `json:"transport,omitempty"`
	Profile            string         `json:"profile,omitempty"`
	Identity           string         `json:"identity,omitempty"`
	Message            string         `json:"message,omitempty"`
	Opt                string         `json:"opt,omitempty"`
	OptID              string         `json:"optID,omitempty"`
	ReportRequestID    string         `json:"reportRequestID,omitempty"`
	Values             int            `json:"values,omitempty"`
	Code               int            `json:"code,omitempty"`
	Error              string         `json:"error,omitempty"`
	State              string         `json:"state,omitempty"` // of an alarm: raised, cleared
	Count              int            `json:"count,omitempty"`
	Since              string         `json:"since,omitempty"` // a time
}

// JournalOther is another event that a delivery told of.
type JournalOther struct {
	EventID            string `json:"eventID"`
	ModificationNumber uint32 `json:"modificationNumber"`
}

// JournalFilter chooses entries. A field that is empty chooses all.
type JournalFilter struct {
	Kinds          []JournalKind
	VENID, EventID string
}

// Takes reports whether a filter chooses an entry.
func (f *JournalFilter) Takes(e *JournalEntry) bool {
	return (len(f.Kinds) == 0 || hasKind(f.Kinds, e.Kind)) && (f.VENID == "" || f.VENID == e.VENID) && (f.EventID == "" || e.concerns(f.EventID))
}

func hasKind(kinds []JournalKind, kind JournalKind) bool {
	for _, k := range kinds {
		if k == kind {
			return true
		}
	}
	return false
}

func (e *JournalEntry) concerns(eventID string) bool {
	if e.EventID == eventID {
		return true
	}
	for i := range e.Body.Events {
		if e.Body.Events[i].EventID == eventID {
			return true
		}
	}
	return false
}
