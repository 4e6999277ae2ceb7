package main

import (
	"encoding/json"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/oadr/oadrtest"
)

// G5: payload check names the element and the reason, as the VTN would. The exit status
// says whether anything is wrong.
func TestG5PayloadCheck(t *testing.T) {
	m := newMachine(t, nil)
	m.write("poll.xml", poll)
	m.write("value.xml", `<oadrCancelOpt xmlns="`+oadr.NS+`"><requestID xmlns="`+oadr.NSpyld+`">r-1</requestID><venID xmlns="`+oadr.NSei+`">ven-1</venID></oadrCancelOpt>`)
	m.write("profile.xml", string(oadr.Append(nil, oadr.Form{}, &oadr.CreatePartyRegistration{RequestID: "r-2", ProfileName: "xmpp", TransportName: "xmpp"})))
	m.write("unknown.xml", `<oadrFoo xmlns="`+oadr.NS+`"/>`)
	m.write("other.xml", `<query xmlns="jabber:iq:version"/>`)
	m.write("broken.xml", `<oadrPayload xmlns="`+oadr.NS+`">`+"\n<a></b>")
	m.write("big.xml", poll+strings.Repeat(" ", 300_000))
	m.write("deep.xml", `<oadrPoll xmlns="`+oadr.NS+`">`+strings.Repeat("<a>", 100))

	if r := m.run("payload", "check", "poll.xml"); r.status != 0 || r.stderr != "" || !strings.Contains(r.stdout, "valid") {
		t.Errorf("%+v", r)
	}
	if r := m.runWith(poll, "payload", "check", "-"); r.status != 0 || !strings.Contains(r.stdout, "ven-1") {
		t.Errorf("%+v", r)
	}
	if r := m.run("payload", "check", "poll.xml", "value.xml"); r.status != 1 || r.stderr != "vtn-xmpp: value.xml is not valid: oadrCancelOpt/optID is missing\n" {
		t.Errorf("%+v", r)
	}
	r := m.run("payload", "check", "-o", "json", "poll.xml", "value.xml", "unknown.xml", "other.xml", "broken.xml", "big.xml", "deep.xml", "none.xml", "profile.xml")
	if r.status != 1 || !strings.Contains(r.stderr, "8 of 9 payloads are not valid") {
		t.Errorf("status %d, %q", r.status, r.stderr)
	}
	var got struct{ Items []checked }
	if err := json.Unmarshal([]byte(r.stdout), &got); err != nil {
		t.Fatalf("%v: %s", err, r.stdout)
	}
	want := []checked{
		{File: "poll.xml", Message: "oadrPoll", Form: "oadrPayload", VENID: "ven-1", Valid: true},
		{File: "value.xml", Message: "oadrCancelOpt", Form: "message", VENID: "ven-1", RequestID: "r-1", Element: "oadrCancelOpt/optID", Reason: "is missing"},
		{File: "unknown.xml", Message: "oadrFoo", Form: "message", Element: "oadrFoo", Reason: "is not a message of OpenADR 2.0b"},
		{File: "other.xml", Reason: `not an OpenADR payload: the first element is query in namespace "jabber:iq:version"`},
		{File: "broken.xml", Reason: "malformed OpenADR payload: line 2: <a> is ended by </b>"},
		{File: "big.xml", Reason: "payload is too large: over 262144 bytes"},
		{File: "deep.xml", Reason: "payload is nested too deeply: over 64 levels"},
		{File: "none.xml", Reason: "open none.xml: no such file or directory"},
		{File: "profile.xml", Message: "oadrCreatePartyRegistration", Form: "oadrPayload", RequestID: "r-2", Element: "oadrProfileName", Reason: `"xmpp" is none of 2.0a, 2.0b`},
	}
	for i := range want {
		if i >= len(got.Items) || !reflect.DeepEqual(got.Items[i], want[i]) {
			t.Errorf("said\n%s, want item %d to be %+v", r.stdout, i, want[i])
		}
	}

	m.env = map[string]string{"VTN_MAX_PAYLOAD": "400000"}
	if r := m.run("payload", "check", "big.xml"); r.status != 0 {
		t.Errorf("with a larger limit: %+v", r)
	}
	if r := m.run("payload", "check", "--max-payload=0", "poll.xml"); r.status != 1 || !strings.Contains(r.stderr, "--max-payload") {
		t.Errorf("without limit: %+v", r)
	}
	if r := m.run("payload", "check"); r.status != 2 {
		t.Errorf("without files: %+v", r)
	}
}

// A payload of 2.0a is checked as such, and stays one.
func TestA1PayloadOf20a(t *testing.T) {
	m := newMachine(t, nil)
	raw := string(oadr.Append(nil, oadr.Form{Root: oadr.RootMessage, Profile: oadr.ProfileA}, &oadr.RequestEvent{RequestID: "q", VENID: "ven-1"}))
	m.write("request.xml", raw)
	m.write("poll.xml", `<oadrPoll xmlns="`+oadr.NS20a+`"/>`)
	r := m.run("payload", "check", "request.xml", "poll.xml")
	if r.status != 1 || !strings.Contains(r.stdout, "2.0a") || !strings.Contains(r.stderr, "poll.xml is not valid: oadrPoll is not a message of OpenADR 2.0a") {
		t.Errorf("%+v", r)
	}
	for _, form := range []string{"as-is", "oadrPayload"} {
		if r := m.run("payload", "format", "--form="+form, "request.xml"); r.status != 0 || r.stdout != raw+"\n" {
			t.Errorf("as %s: %+v", form, r)
		}
	}
}

// G7: payload format writes what the VTN would send.
func TestG7PayloadFormat(t *testing.T) {
	m := newMachine(t, nil)
	m.write("poll.xml", poll)
	m.write("bad.xml", `<oadrPoll xmlns="`+oadr.NS+`"/>`)
	message := &oadr.Poll{VENID: "ven-1"}
	want := string(oadr.Append(nil, oadr.Form{}, message)) + "\n"
	if r := m.run("payload", "format", "poll.xml"); r.status != 0 || r.stdout != want {
		t.Errorf("wrote %+v, want %s", r, want)
	}
	if r := m.runWith(poll, "payload", "format", "-", "poll.xml"); r.status != 0 || r.stdout != want+want {
		t.Errorf("wrote %+v, want %s twice", r, want)
	}
	if r := m.run("payload", "format", "bad.xml", "poll.xml"); r.status != 1 || r.stdout != want || !strings.Contains(r.stderr, "bad.xml is not valid: oadrPoll/venID is missing") {
		t.Errorf("wrote %+v, want %s and an error", r, want)
	}
	m.write("worse.xml", "none")
	if r := m.run("payload", "format", "bad.xml", "poll.xml", "worse.xml"); r.status != 1 || r.stdout != want ||
		!strings.Contains(r.stderr, "bad.xml is not valid: oadrPoll/venID is missing\nworse.xml is not valid: ") {
		t.Errorf("wrote %+v, want %s and each error", r, want)
	}
	for _, root := range []oadr.Root{oadr.RootPayload, oadr.RootSignedObject, oadr.RootMessage} {
		form := oadr.Form{Root: root}
		want := string(oadr.Append(nil, form, message))
		r := m.run("payload", "format", "-o", "json", "--form", form.String(), "poll.xml")
		var got struct{ Items []formatted }
		if err := json.Unmarshal([]byte(r.stdout), &got); err != nil || !reflect.DeepEqual(got.Items, []formatted{{"poll.xml", want}}) {
			t.Errorf("as %s: %v, %+v, want %s", form, err, r, want)
		}
	}
	if r := m.run("payload", "format", "--form=soap", "poll.xml"); r.status != 2 {
		t.Errorf("an unknown form: %+v", r)
	}
}

// All samples are valid, and remain valid when they are written again.
func TestPayloadSamples(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(oadrtest.SharedDir(t), "samples", "*.xml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no samples: %v", err)
	}
	m := newMachine(t, nil)
	var got struct{ Items []formatted }
	r := m.run(append([]string{"payload", "format", "-o", "json"}, files...)...)
	if err := json.Unmarshal([]byte(r.stdout), &got); err != nil || r.status != 0 || len(got.Items) != len(files) {
		t.Fatalf("%v, %+v", err, r)
	}
	var payloads [][]byte
	for _, f := range got.Items {
		payloads = append(payloads, []byte(f.Payload))
	}
	oadrtest.Validate(t, payloads...)
}
