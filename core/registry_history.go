package core

// HistoryReader is the part of [Reader] that tells what happened to events.
type HistoryReader interface {
	// EventHistory lists what happened to an event, oldest first, after a place:
	// to the event itself, and to one VEN, or to all where venNo is 0. more says
	// whether there is anything after that.
	EventHistory(eventNo, venNo int64, after HistoryCursor, limit int) (entries []HistoryEntry, more bool, err error)
}

// HistoryWriter is the part of [Tx] that records what happened to events.
type HistoryWriter interface {
	// Record keeps what a VEN said of an event, or that it was taken off. What it
	// only says again is not kept, nor is anything beyond [MaxHistory].
	Record(h HistoryEntry) error
}
