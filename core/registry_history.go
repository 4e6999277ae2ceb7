package core

// HistoryReader is the part of [Reader] that tells what happened to events.
type HistoryReader interface {
	// EventHistory lists what happened to an event and to one of its VENs, or to all if
	// venNo is 0, oldest first, after the cursor. more says whether the list goes on.
	EventHistory(eventNo, venNo int64, after HistoryCursor, limit int) (entries []HistoryEntry, more bool, err error)
}

// HistoryWriter is the part of [Tx] that records what happened to events.
type HistoryWriter interface {
	// Record stores what a VEN said of an event, or that it was taken off. It does not
	// store a repetition, nor anything beyond [MaxHistory]. Of what it stores it tells the
	// journal, if it is something that a VEN said.
	Record(h HistoryEntry) error
}
