// Package registry stores what a VTN knows: [core.Registry] on SQLite and on
// PostgreSQL, one schema and one text of each statement for both.
//
// Statements are composed of text that both databases understand and of the
// pieces that [database.Dialect] writes. Lists travel as one JSON parameter, so a
// batch is one statement on either.
//
// Where a VEN stands with a topic is one row, the outbox (outbox.go). Marking,
// claiming and settling what is alike, as a fan-out's pushes are, are a few
// statements over all outboxes of a batch; what is not alike is loaded, changed in
// Go, and stored in one statement (settle.go).
package registry
