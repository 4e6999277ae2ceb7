package client

import (
	"fmt"
	"strings"
)

// Problem says why a request was refused (RFC 9457).
type Problem struct {
	Title  string  `json:"title"`
	Status int     `json:"status"`
	Detail string  `json:"detail,omitempty"`
	Errors []Wrong `json:"errors,omitempty" doc:"Everything that is wrong with the input"`
	// RequestID finds the request in the server's log.
	RequestID string `json:"requestID,omitempty"`
}

// Wrong is one thing wrong with the input.
type Wrong struct {
	Field   string `json:"field" doc:"Where it is in the input" example:"signals[0].intervals[1].duration"`
	Rule    string `json:"rule,omitempty" doc:"The numbered rule it breaks" example:"E6"`
	Message string `json:"message" doc:"What is wrong and what would be right"`
}

// Error names each field with what is wrong with it.
func (p *Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.Detail)
	if p.Detail == "" {
		b.WriteString(p.Title)
	}
	for _, w := range p.Errors {
		fmt.Fprintf(&b, "\n  %s: %s", w.Field, w.Message)
		if w.Rule != "" {
			fmt.Fprintf(&b, " (rule %s)", w.Rule)
		}
	}
	if p.Status >= 500 && p.RequestID != "" {
		fmt.Fprintf(&b, " (requestID %s)", p.RequestID)
	}
	return b.String()
}
