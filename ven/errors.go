package ven

import (
	"encoding/xml"
	"errors"
	"fmt"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// Errors of a VEN.
var (
	// ErrNotAuthorized says that the server refused the account, its password or
	// its certificate.
	ErrNotAuthorized = errors.New("the server refused the login; check the JID and its password or certificate")
	// ErrNotConnected says that the VTN or its server cannot be reached at the moment.
	// Unless it was closed, the VEN tries again.
	ErrNotConnected = errors.New("not connected")
	// ErrNoAnswer says that the other side did not answer within ten seconds.
	ErrNoAnswer = errors.New("no answer within 10 s")
	// ErrNoVTN says that service discovery found no VTN.
	ErrNoVTN = errors.New("found no VTN by service discovery; name its JID")
	// ErrNotRegistered says that the VEN has no registration with the VTN.
	ErrNotRegistered = errors.New("not registered; register first")
)

// StanzaError is an answer of type error to a stanza (RFC 6120 section 8.3).
type StanzaError struct {
	From      string // who answered; empty: the server
	Type      string // auth, cancel, continue, modify or wait
	Condition string // such as service-unavailable
	Text      string
}

func (e *StanzaError) Error() string {
	from := e.From
	if from == "" {
		from = "the server"
	}
	text := fmt.Sprintf("%s answers %s (%s)", from, e.Condition, e.Type)
	if e.Text != "" {
		text += ": " + e.Text
	}
	return text
}

const nsStanzas = "urn:ietf:params:xml:ns:xmpp-stanzas"

// stanzaError reads the error of a stanza of type error.
func stanzaError(s *stanza) *StanzaError {
	e := &StanzaError{From: s.from, Type: "cancel", Condition: "undefined-condition"}
	for _, c := range s.children {
		if c.name.Local != "error" {
			continue
		}
		var read struct {
			Type string `xml:"type,attr"`
			Any  []struct {
				XMLName xml.Name
				Text    string `xml:",chardata"`
			} `xml:",any"`
		}
		if xml.Unmarshal(c.raw, &read) != nil {
			return e
		}
		e.Type = read.Type
		for _, x := range read.Any {
			switch {
			case x.XMLName.Space != nsStanzas:
			case x.XMLName.Local == "text":
				e.Text = x.Text
			default:
				e.Condition = x.XMLName.Local
			}
		}
	}
	return e
}

// ResponseError is an OpenADR answer whose responseCode is not 200.
type ResponseError struct {
	Kind        oadr.Kind // of the answer
	Code        oadr.Code
	Description string
}

func (e *ResponseError) Error() string {
	return fmt.Sprintf("the VTN answers %s %d %s", e.Kind, e.Code, e.Description)
}

// refused is the error in an answer's eiResponse, nil if its code is 200.
func refused(m oadr.Message, r oadr.EIResponse) error {
	if r.Code == oadr.CodeOK {
		return nil
	}
	return &ResponseError{m.Kind(), r.Code, r.Description}
}

// registrationRequired reports whether an error means that the VTN does not know
// the VEN any more (rule G3).
func registrationRequired(err error) bool {
	var s *StanzaError
	var r *ResponseError
	switch {
	case errors.As(err, &s):
		return s.Condition == "registration-required"
	case errors.As(err, &r):
		return r.Code == oadr.CodeNotRegistered
	}
	return false
}
