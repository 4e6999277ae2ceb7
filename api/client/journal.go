package client

import "time"

// JournalEntry is one thing that happened.
type JournalEntry struct {
	No      int64       `json:"no" doc:"Entries are numbered in the order in which they become visible. Where a stream goes on"`
	At      time.Time   `json:"at"`
	Kind    string      `json:"kind" enum:"event,ven,registration,delivery,opt,report,error,alarm"`
	What    string      `json:"what" doc:"event: created, modified, cancelled, completed; ven: entered, modified, deleted; registration: registered, reregistered, cancelled; delivery: acknowledged, refused, unreachable; opt: answered, optCreated, optReplaced, optCancelled; report: data; error: eventRefused, requestRefused; alarm: lacking, connection, store, each with a state"`
	VENID   string      `json:"venID,omitempty"`
	EventID string      `json:"eventID,omitempty" doc:"Of a delivery: the event whose change was pushed"`
	Body    JournalBody `json:"body"`
}

// JournalBody is what else is known of a [JournalEntry].
type JournalBody struct {
	ModificationNumber *uint32        `json:"modificationNumber,omitempty" doc:"Of the event"`
	Revision           int64          `json:"revision,omitempty" doc:"A push tells a VEN all of its events: after an acknowledged delivery it holds what changed up to this revision"`
	Events             []JournalOther `json:"events,omitempty" nullable:"false" doc:"Other events that a delivery told of"`
	By                 string         `json:"by,omitempty" doc:"Who did it; empty: the VEN"`
	Transport          string         `json:"transport,omitempty"`
	Profile            string         `json:"profile,omitempty"`
	Identity           string         `json:"identity,omitempty" doc:"Who sent a message that was refused"`
	Message            string         `json:"message,omitempty" doc:"Its name"`
	Opt                string         `json:"opt,omitempty" doc:"optIn or optOut"`
	OptID              string         `json:"optID,omitempty"`
	ReportRequestID    string         `json:"reportRequestID,omitempty"`
	Values             int            `json:"values,omitempty" doc:"How many values came"`
	Code               int            `json:"code,omitempty" doc:"OpenADR response code"`
	Error              string         `json:"error,omitempty"`
	State              string         `json:"state,omitempty" doc:"Of an alarm: raised or cleared"`
	Count              int            `json:"count,omitempty" doc:"How many VENs an alarm is about"`
	Since              string         `json:"since,omitempty" doc:"Since when an alarm stands: a time"`
}

// JournalOther is another event that a delivery told of.
type JournalOther struct {
	EventID            string `json:"eventID"`
	ModificationNumber uint32 `json:"modificationNumber"`
}
