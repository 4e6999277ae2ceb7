package test

import (
	"encoding/xml"
	"fmt"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
)

// serviceJID is where the VTN's services are, and where its pushes come from.
const serviceJID = "vtn@" + vtnDomain

// answer is what came back for an IQ, as far as tests look at it.
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

	message oadr.Message // nil where the result is empty or an error
}

// outcome sums an answer up: "error TYPE CONDITION", or a result with the
// message's kind and response code: "oadrCreatedOpt 200", "oadrDistributeEvent",
// "empty".
func (a answer) outcome() string {
	switch {
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

// description is the answer's responseDescription.
func (a answer) description() string {
	if r := oadr.ResponseOf(a.message); r != nil {
		return r.Description
	}
	return ""
}

// askRaw sends anything in an IQ set, to the VTN where to is empty, and returns
// the answer. A payload in it is recorded.
func askRaw(t *testing.T, v *ven.VEN, to, inside string) answer {
	t.Helper()
	raw, err := v.SendRaw(t.Context(), to, []byte(inside))
	if err != nil {
		t.Fatal(err)
	}
	var a answer
	if err := xml.Unmarshal(raw, &a); err != nil {
		t.Fatalf("%v: %s", err, raw)
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
func ask(t *testing.T, v *ven.VEN, to string, m oadr.Message) answer {
	t.Helper()
	return askRaw(t, v, to, string(oadr.Append(nil, oadr.Form{}, m)))
}

// expectOutcome fails the test for an answer that is not as it should be.
func (a answer) expectOutcome(t *testing.T, want string) {
	t.Helper()
	if got := a.outcome(); got != want {
		t.Errorf("answered %q (%s), want %q", got, a.description(), want)
	}
}

// command is what a run of the command line left behind.
type command struct {
	stdout, stderr string
	status         int
}

// noSleep lets a program with the race detector end without the second it
// otherwise sleeps.
const noSleep = "GORACE=atexit_sleep_ms=0"
