package people

import "time"

// Record is one line of the audit log: somebody wanted to change something. It is
// stored before the change is made; Status 0 says that the process ended before the
// outcome was known.
type Record struct {
	No        int64
	At        time.Time
	Actor     string // a user's name, or [Token], [Local]; empty: not signed in
	Via       string // how the actor was known: session, token, none
	Address   string // where the request came from
	Operation string // operationID of the API, such as createEvent
	Path      string
	RequestID string // as the log of the process has it
	Status    int    // HTTP status of the answer
}

// RecordFilter chooses records. Empty fields choose all.
type RecordFilter struct {
	Actor, Operation string
	From, Until      time.Time
}

// MaxRecords bounds the audit log, beside its time.
const MaxRecords = 1_000_000
