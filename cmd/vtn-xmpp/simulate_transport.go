package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/vtn-xmpp/vtn-xmpp/internal/fingerprint"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
	"github.com/vtn-xmpp/vtn-xmpp/ven/fleet"
)

func (c *simulateCommand) overHTTP() bool { return strings.HasPrefix(c.Transport, "http-") }

// setTransport reads the flags that say how the VENs speak with the VTN.
func (c *simulateCommand) setTransport(o *fleet.Options) error {
	for _, written := range c.VTNFingerprint {
		f, err := fingerprint.Normal(written)
		if err != nil {
			return fmt.Errorf("--vtn-fingerprint: %w", err)
		}
		o.VTNFingerprints = append(o.VTNFingerprints, f)
	}
	switch {
	case !c.overHTTP() && c.URL != "":
		return errors.New("--url needs --transport http-pull or http-push")
	case !c.overHTTP():
		return nil
	case c.URL == "":
		return errors.New("--transport " + c.Transport + " needs --url, the VTN's: https://HOST:PORT/")
	case c.JID != "" || c.Accounts != "" || c.PasswordFile != "" || c.Server != "" || c.VTN != "" || c.Stanza != "":
		return errors.New("--jid, --accounts, --password-file, --server, --vtn and --stanza are for XMPP; over HTTP give --url and --certificates or --cert")
	}
	o.HTTP = &ven.HTTP{URL: c.URL, PollInterval: c.Poll}
	if c.Transport == "http-push" {
		o.HTTP.Listen = c.Listen
	}
	return nil
}

// form is how the VENs write payloads.
func (c *simulateCommand) form() (oadr.Form, error) {
	f, err := oadr.ParseForm(c.Root)
	if err != nil {
		return f, fmt.Errorf("--payload-root: %w", err)
	}
	f.Signed = c.Sign
	if c.Profile != oadr.Profile20a {
		return f, nil
	}
	switch {
	case c.Root != "":
		return f, errors.New("2.0a has bare messages only: --payload-root is for 2.0b")
	case c.Sign:
		return f, errors.New("2.0a has no signatures: --sign is for 2.0b")
	case c.VENID == "" && !c.overHTTP():
		return f, errors.New("--profile 2.0a needs --ven-id, as the VTN's operator has entered the VENs")
	}
	return oadr.Form{Root: oadr.RootMessage, Profile: oadr.ProfileA}, nil
}

// httpAccounts are those of VENs over HTTP: their certificates.
func (c *simulateCommand) httpAccounts() ([]fleet.Account, error) {
	accounts, err := c.certified()
	if err != nil {
		return nil, err
	}
	if c.Profile == oadr.Profile20a {
		for i := range accounts {
			accounts[i].VENID = accounts[i].Name
		}
	}
	return accounts, nil
}

func (c *simulateCommand) certified() ([]fleet.Account, error) {
	switch {
	case c.Certificates != "" && c.Cert != "":
		return nil, errors.New("give --certificates or --cert, not both")
	case c.Certificates != "":
		accounts, err := fleet.Folder(c.Certificates)
		if err != nil {
			return nil, fmt.Errorf("--certificates: %w", err)
		}
		return accounts, nil
	case c.Cert == "":
		return nil, errors.New("over HTTP VENs need certificates: give --certificates or --cert")
	case c.Count < 1:
		return nil, fmt.Errorf("--count %d is not at least 1", c.Count)
	}
	accounts := fleet.Names(c.First, c.Count)
	return accounts, fleet.Certificates(accounts, c.First, c.Cert, c.Key)
}
