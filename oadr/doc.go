// Package oadr holds the messages of OpenADR 2.0b as Go values, and reads and
// writes them. It knows no transport and no storage.
//
// A payload is an oadrPayload holding an oadrSignedObject holding exactly one
// message (schema oadr_20b.xsd); real VENs leave the wrappers out, so [Decode]
// takes all three shapes and [Append] writes whichever a [Form] asks for.
//
// Types carry the schema's names without the oadr prefix. Times are UTC,
// durations are [time.Duration]: years and months are counted on the calendar
// from where they begin, else as 365 and 30 days, and written in days.
package oadr
