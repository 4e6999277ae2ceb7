// Package client calls the operator's API of a VTN, and defines its JSON: server and
// client both use the types here.
//
// Durations are ISO 8601 text such as PT1H30M, in whole seconds. Times are in UTC;
// those that OpenADR messages carry are in whole seconds, too.
package client
