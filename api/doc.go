// Package api is the operator's HTTP API of a VTN. Under /api/v1 it has events,
// VENs, opts and reports as JSON, and report data also as CSV. /openapi.json
// describes it. Besides that there are /healthz, /readyz and /metrics.
//
// The API reads input strictly and completely before it stores anything. It
// answers bad input with one problem+json (RFC 9457) that names every wrong field.
// It answers a change with 2xx only after the change is durable.
package api
