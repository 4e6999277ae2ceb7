// Package registry stores what a VTN knows. It implements [core.Registry] on SQLite
// and on PostgreSQL, with one schema (schema.sql) for both.
//
// Statements are composed of text that both databases understand and of the pieces
// that [database.Dialect] writes. A list is one JSON parameter, so a batch is one
// statement.
//
// How a VEN stands with a topic is one row, its outbox (outbox.go). The pushes of a
// fan-out are alike: a few statements mark, claim or settle all of them. Settlements
// that are not alike are read, applied in Go, and stored in one statement
// (outbox_settle.go).
//
// Registry and tx are composed of parts, one for each concern; a part names the others
// that it calls. Files are named for the role of the contract that they implement.
package registry
