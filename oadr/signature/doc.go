// Package signature verifies and writes the XML signatures of OpenADR payloads (rules S1 to
// S15). [Codec] does both for a transport.
//
// It knows one structure only, the profile's: a ds:Signature beside the oadrSignedObject,
// with one reference to that and one to the ReplayProtect property. What is verified is
// rendered to bytes once, by [Canonical]; the same bytes are digested and then decoded, so
// that handlers see nothing that was not signed (rule S11).
//
// Whose certificate may sign, and whether a payload has to be signed, is not decided here:
// core does that with the [oadr.Signature] of a payload.
package signature
