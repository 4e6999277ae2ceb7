// Package api is the operator's HTTP API of a VTN: events, VENs, opts and reports
// as JSON, report data as CSV, too, under /api/v1, described at /openapi.json,
// beside /healthz, /readyz and /metrics.
//
// Input is read strictly and wholly before anything is stored; what is wrong
// comes back as one problem+json (RFC 9457) that names every field. A change is
// answered 2xx only after it is durable.
package api
