// Package webhook asks the operator's own system who may register: it is a
// [core.Admission] that posts each application, signed, to an HTTP endpoint.
// docs/WEBHOOK.md describes it to whoever writes the endpoint.
//
// It fails closed: what is late, is not 200, or is not exactly what was agreed
// on is no decision.
package webhook
