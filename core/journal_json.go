package core

import (
	"bytes"
	"encoding/json"
	"time"
)

// JSON is the entry as the API and webhooks show it. The result must not be changed.
func (e *JournalEntry) JSON() []byte {
	if e.json != nil {
		return e.json
	}
	var raw bytes.Buffer
	out := json.NewEncoder(&raw)
	out.SetEscapeHTML(false)
	err := out.Encode(struct {
		No      int64       `json:"no"`
		At      string      `json:"at"`
		Kind    JournalKind `json:"kind"`
		What    string      `json:"what"`
		VENID   string      `json:"venID,omitempty"`
		EventID string      `json:"eventID,omitempty"`
		Body    JournalBody `json:"body"`
	}{e.No, journalTime(e.At), e.Kind, e.What, e.VENID, e.EventID, e.Body})
	if err != nil {
		panic(err) // it holds nothing but texts and numbers
	}
	return bytes.TrimSuffix(raw.Bytes(), []byte("\n"))
}

// journalTime writes a time as the API does: in UTC, with milliseconds unless it is a whole
// second.
func journalTime(t time.Time) string {
	t = t.UTC().Truncate(time.Millisecond)
	if t.Nanosecond() == 0 {
		return t.Format("2006-01-02T15:04:05Z")
	}
	return t.Format("2006-01-02T15:04:05.000Z")
}
