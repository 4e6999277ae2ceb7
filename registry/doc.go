// Package registry stores what a VTN knows: [core.Registry] on SQLite and on
// PostgreSQL, one schema and one text of each statement for both.
//
// Statements are written in PostgreSQL's words. SQLite understands them but for
// a few, which sqlite.go names and replaces. Lists travel as one JSON parameter,
// so a batch is one statement on either. Each database's file says how it is
// opened, what makes a commit durable, and which failures are worth another try.
//
// Where a VEN stands with a topic is one row, the box (outbox.go). Marking is
// one UPDATE over all VENs of an event; claims and settlements load the boxes
// of their batch, change them in Go, and store them in one statement.
package registry
