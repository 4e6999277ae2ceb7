// Package oadr holds the messages of OpenADR 2.0b as Go values, and reads and
// writes them. It knows no transport and no storage.
//
// A payload is an oadrPayload that holds an oadrSignedObject that holds exactly one
// message (schema oadr_20b.xsd). VENs in the field leave the wrappers out, so
// [Decode] reads all three shapes and [Append] writes the one that a [Form] names.
//
// Types have the schema's names without the oadr prefix. Times are in UTC.
// Durations are [time.Duration]: years and months are counted on the calendar if it
// is known when they begin, otherwise as 365 and 30 days, and written in days.
package oadr
