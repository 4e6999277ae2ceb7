// Package core is what a VTN is: VENs, registrations, events, reports, opts, and
// what each VEN must be told. It decides and does no I/O of its own: storage is
// behind [Registry], the wire behind [Transport], time behind [Clock].
//
// In: a transport decodes a payload and calls [VTN.Handle] with the [Peer] it
// came from. Out: an operator's change raises revisions in one transaction and
// so makes VENs due; the dispatcher claims them, builds each payload from
// current state, and hands it to the transport; [VTN.Settle] records what
// became of it.
//
// Words: a change raises revisions; mark makes VENs due; claim takes what is
// due; push is one request to one VEN; settle records its outcome; park waits
// for news; a fan-out is all pushes of one change.
//
// Rules in comments (E16 and the like) are those of docs/RULES.md.
package core
