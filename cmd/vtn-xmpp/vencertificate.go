package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/internal/fingerprint"
	"github.com/vtn-xmpp/vtn-xmpp/transport/simplehttp"
)

// certificateChanges change which certificates a VEN has.
type certificateChanges struct {
	AddCertificate    []string `sep:"none" placeholder:"FILE" help:"Certificate that it may use, too: that of its next renewal."`
	AddFingerprint    []string `sep:"none" placeholder:"FINGERPRINT" help:"The same by the fingerprint."`
	RemoveFingerprint []string `sep:"none" placeholder:"FINGERPRINT" help:"Certificate that it may not use any more; its open connections are closed."`
}

// some reports whether there is anything to change.
func (c certificateChanges) some() bool {
	return len(c.AddCertificate)+len(c.AddFingerprint)+len(c.RemoveFingerprint) > 0
}

// identities returns the identities of a VEN after the changes.
func (c certificateChanges) identities(ctx context.Context, api *client.Client, venID string) ([]client.Identity, error) {
	v, err := api.GetVEN(ctx, venID)
	if err != nil {
		return nil, err
	}
	all := slices.Clone(v.Identities)
	add, err := fingerprintFlags{c.AddFingerprint, c.AddCertificate}.fingerprints()
	if err != nil {
		return nil, err
	}
	for _, written := range c.RemoveFingerprint {
		f, err := fingerprint.Normal(written)
		if err != nil {
			return nil, fmt.Errorf("--remove-fingerprint %w", err)
		}
		at := slices.Index(all, client.Identity{Transport: simplehttp.Name, Identity: f})
		if at < 0 {
			return nil, fmt.Errorf("--remove-fingerprint %s: %s has no such certificate", f, venID)
		}
		all = slices.Delete(all, at, at+1)
	}
	for _, f := range add {
		all = append(all, client.Identity{Transport: simplehttp.Name, Identity: f})
	}
	return all, nil
}

// merged is the merge patch of all changes.
func (c *venModify) merged(ctx context.Context, api *client.Client) (any, error) {
	if !c.some() {
		return c.patch()
	}
	patch := map[string]any{}
	if c.File != "" {
		return nil, errors.New("give a FILE or flags, not both")
	}
	for _, assignment := range c.Set {
		if err := assign(patch, assignment); err != nil {
			return nil, err
		}
	}
	if _, twice := patch["identities"]; twice {
		return nil, errors.New("give --set identities=… or the flags for certificates, not both")
	}
	var err error
	patch["identities"], err = c.identities(ctx, api, c.ID)
	return patch, err
}
