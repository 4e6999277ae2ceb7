package test

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// serviceJID is the address of the VTN's services, from which it pushes.
const serviceJID = "vtn@" + vtnDomain

// speaker sends a payload to the VTN, or over XMPP to another address, and returns what comes back: a stanza, or the body of an HTTP
// response.
type speaker interface {
	SendRaw(ctx context.Context, to string, inside []byte) ([]byte, error)
}

// statusError is an HTTP response that holds no payload.
type statusError int

func (e statusError) Error() string { return fmt.Sprintf("status %d", int(e)) }

// answer is the answer to a request, as far as tests check it.
type answer struct {
	Type  string `xml:"type,attr"`
	From  string `xml:"from,attr"`
	Error struct {
		Type       string `xml:"type,attr"`
		Conditions []struct {
			XMLName xml.Name
		} `xml:",any"`
	} `xml:"error"`
	Inside []byte `xml:",innerxml"`

	status  statusError  // 0: that of a payload
	message oadr.Message // nil where the result is empty or an error
}

// outcome sums an answer up: "error TYPE CONDITION", "status NUMBER", or the result's message kind and response code, such as "oadrCreatedOpt 200",
// "oadrDistributeEvent" or "empty".
func (a answer) outcome() string {
	switch {
	case a.status != 0:
		return a.status.Error()
	case a.Type == "error":
		return fmt.Sprintf("error %s %s", a.Error.Type, a.Error.Conditions[0].XMLName.Local)
	case a.message == nil:
		return "empty"
	}
	if r := oadr.ResponseOf(a.message); r != nil {
		return fmt.Sprintf("%s %d", a.message.Kind(), r.Code)
	}
	return string(a.message.Kind())
}

// description returns the answer's responseDescription.
func (a answer) description() string {
	if r := oadr.ResponseOf(a.message); r != nil {
		return r.Description
	}
	return ""
}

// askRaw sends anything, over XMPP in an IQ set, and returns the answer, whose payload it records. An empty to means the VTN.
func askRaw(t *testing.T, v speaker, to, inside string) answer {
	t.Helper()
	raw, err := v.SendRaw(t.Context(), to, []byte(inside))
	var a answer
	switch {
	case errors.As(err, &a.status):
		return a
	case err != nil:
		t.Fatal(err)
	case !bytes.HasPrefix(raw, []byte("<iq")):
		a.Inside = raw
	default:
		if err := xml.Unmarshal(raw, &a); err != nil {
			t.Fatalf("%v: %s", err, raw)
		}
	}
	if a.Type == "error" || len(a.Inside) == 0 {
		return a
	}
	received.Record(a.Inside)
	p, err := oadr.Decode(a.Inside, oadr.DefaultLimits)
	if err != nil || p.Invalid != nil {
		t.Fatalf("%v %v: %s", err, p, raw)
	}
	a.message = p.Message
	return a
}

// ask sends a message and returns the answer.
func ask(t *testing.T, v speaker, to string, m oadr.Message) answer {
	t.Helper()
	return askRaw(t, v, to, string(oadr.Append(nil, oadr.Form{}, m)))
}

// expectOutcome fails the test if an answer has another outcome.
func (a answer) expectOutcome(t *testing.T, want string) {
	t.Helper()
	if got := a.outcome(); got != want {
		t.Errorf("answered %q (%s), want %q", got, a.description(), want)
	}
}

// command is the result of a command.
type command struct {
	stdout, stderr string
	status         int
}

// noSleep ends a program with the race detector at once, instead of after a second.
const noSleep = "GORACE=atexit_sleep_ms=0"
