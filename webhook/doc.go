// Package webhook asks the operator's own system who may register. It is a
// [core.Admission] that posts each application, signed, to an HTTP endpoint.
// docs/WEBHOOK.md describes the protocol for those who write the endpoint.
//
// It fails closed: an answer that is late, is not 200, or is not exactly of the
// agreed form is no decision.
package webhook
