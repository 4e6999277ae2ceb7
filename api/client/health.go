package client

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// Readiness reports whether a VTN can do its job.
type Readiness struct {
	Ready bool   `json:"ready"`
	Parts []Part `json:"parts"`
}

// Part is something that must work before a VTN can do its job.
type Part struct {
	Name   string `json:"name"`
	Ready  bool   `json:"ready"`
	Reason string `json:"reason,omitempty"` // what does not work and what to do
	Note   string `json:"note,omitempty"`   // more about its state
}

// Ready asks whether the VTN is ready. It needs no token.
func (c *Client) Ready(ctx context.Context) (*Readiness, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.api.base+"/readyz", nil)
	if err != nil {
		return nil, err
	}
	resp, err := c.api.do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	var r Readiness
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxAnswer)).Decode(&r); err != nil || r.Parts == nil {
		return nil, fmt.Errorf("%s: not like a VTN", c.api.foreign(resp))
	}
	return &r, nil
}
