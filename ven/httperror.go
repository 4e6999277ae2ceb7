package ven

import (
	"fmt"
	"net/http"
)

// StatusError is an answer over HTTP whose status is not 200 (rule H2).
type StatusError struct {
	Status  int
	Service string // that was asked
	// Fingerprint is that of the VEN's certificate (rule T7), by which the VTN knows it.
	Fingerprint string
}

func (e *StatusError) Error() string {
	text := fmt.Sprintf("the VTN's %s answers %d %s", e.Service, e.Status, http.StatusText(e.Status))
	if e.Status == http.StatusForbidden {
		text += "; its operator must enter the VEN's certificate, " + e.Fingerprint + ", or wants signatures"
	}
	return text
}

// Unwrap makes a refused certificate an [ErrNotAuthorized].
func (e *StatusError) Unwrap() error {
	if e.Status == http.StatusForbidden {
		return ErrNotAuthorized
	}
	return nil
}

// final reports whether the VTN refuses this message for good (rule H20).
func (e *StatusError) final() bool {
	return e.Status >= 400 && e.Status < 500 || e.Status == http.StatusNotImplemented
}
