// Package client speaks the operator's API of a VTN, and holds its JSON: the
// types here are what both sides send. It knows HTTP and nothing else.
//
// Durations are ISO 8601 text such as PT1H30M, in whole seconds. Times are UTC;
// those that OpenADR carries are in whole seconds too.
package client
