// Package core is the VTN without its transports and its database. A [VTN] has six parts:
// [RegistrationService], [EventService], [OptService] and [ReportService] are the services
// of OpenADR, [Directory] keeps the VENs, and [Delivery] tells them what they are to know.
// Core decides and does no I/O: storage is behind [Registry], the wire behind [Transport],
// time behind [Clock].
//
// In: a transport decodes a payload and calls [VTN.Handle] with the [Peer] that sent it.
// Out: an operator's change raises a revision and marks VENs in one transaction; the
// dispatcher claims them, builds each payload from what is stored then, and hands it to the
// transport; [Delivery.Settle] records its outcome. docs/ARCHITECTURE.md explains the words.
//
// Rules in comments (E16 and the like) are those of docs/RULES.md.
package core
