package oadr_test

import (
	"bytes"
	"encoding/xml"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/oadr/oadrtest"
)

// Everything that is written reads back as the same message in all three forms, and
// is valid (rule G7).
func TestG7RoundTrip(t *testing.T) {
	var written [][]byte
	covered := map[oadr.Kind]bool{}
	for _, test := range sendable {
		covered[test.message.Kind()] = true
		for _, root := range []oadr.Root{oadr.RootPayload, oadr.RootSignedObject, oadr.RootMessage} {
			form := oadr.Form{Root: root}
			t.Run(test.name+"/"+form.String(), func(t *testing.T) {
				raw := oadr.Append(nil, form, test.message)
				written = append(written, raw)
				p := decode(t, raw)
				if p.Form != form {
					t.Errorf("form %v, want %v", p.Form, form)
				}
				if !reflect.DeepEqual(p.Message, test.message) {
					t.Errorf("read back\n%#v, wrote\n%#v\n%s", p.Message, test.message, raw)
				}
			})
		}
	}
	for _, kind := range kinds {
		if !covered[kind] {
			t.Errorf("%s is not tested", kind)
		}
	}
	oadrtest.Validate(t, written...)
}

func TestAppendOfWhatCanOnlyBeReceived(t *testing.T) {
	if got := oadr.Append([]byte("before"), oadr.Form{}, &oadr.Unknown{Name: "oadrFoo"}); string(got) != "before" {
		t.Errorf("%q", got)
	}
}

func TestAppendKeepsWhatIsBefore(t *testing.T) {
	got := oadr.Append([]byte("<iq>"), oadr.Form{Root: oadr.RootMessage}, &oadr.Poll{VENID: "v"})
	want := `<iq><oadrPoll xmlns="http://openadr.org/oadr-2.0b/2012/07" xmlns:ei="http://docs.oasis-open.org/ns/energyinterop/201110" ei:schemaVersion="2.0b"><venID xmlns="http://docs.oasis-open.org/ns/energyinterop/201110">v</venID></oadrPoll>`
	if string(got) != want {
		t.Errorf("got\n%s, want\n%s", got, want)
	}
}

// There are no attributes except xmlns and the message's schemaVersion, no prefixes
// except in that one and in [writer.prefixed], and a declaration only where the
// namespace changes: servers rewrite every other form.
func TestSpec509DefaultNamespaceForm(t *testing.T) {
	for _, test := range sendable {
		for _, root := range []oadr.Root{oadr.RootPayload, oadr.RootSignedObject, oadr.RootMessage} {
			raw := oadr.Append(nil, oadr.Form{Root: root}, test.message)
			d := xml.NewDecoder(bytes.NewReader(raw))
			space := []string{""}
			for {
				token, err := d.RawToken()
				if err != nil {
					break
				}
				switch token := token.(type) {
				case xml.StartElement:
					in := space[len(space)-1]
					if token.Name.Space != "" && !(token.Name.Space == "ei" && strings.HasPrefix(token.Name.Local, "x-ei") && in == oadr.NSxcal) {
						t.Errorf("%s: %s has a prefix", test.name, token.Name.Local)
					}
					attributes := token.Attr
					if token.Name.Local == string(test.message.Kind()) {
						last := max(len(attributes)-2, 0)
						want := []xml.Attr{{Name: xml.Name{Space: "xmlns", Local: "ei"}, Value: oadr.NSei}, {Name: xml.Name{Space: "ei", Local: "schemaVersion"}, Value: "2.0b"}}
						if !slices.Equal(attributes[last:], want) {
							t.Fatalf("%s: the message has no schemaVersion:\n%s", test.name, raw)
						}
						attributes = attributes[:last]
					}
					for _, a := range attributes {
						if a.Name.Local != "xmlns" || a.Name.Space != "" || a.Value == in {
							t.Errorf("%s: %s has a needless %s=%q", test.name, token.Name.Local, a.Name.Local, a.Value)
						}
						in = a.Value
					}
					space = append(space, in)
				case xml.EndElement:
					space = space[:len(space)-1]
				}
			}
			if n := bytes.Count(raw, []byte("schemaVersion")); n != 1 {
				t.Errorf("%s: %d schemaVersions", test.name, n)
			}
		}
	}
}

// Text that XML cannot hold is replaced, so that no ID or comment can break a
// stream.
func TestAppendEscapes(t *testing.T) {
	var written [][]byte
	for _, test := range []struct{ in, want string }{
		{"a&b<c>d\"e'f", "a&b<c>d\"e'f"},
		{"]]>", "]]>"},
		{"\r\n\t", "\r\n\t"},
		{"\x00\x01\x1f", "\uFFFD\uFFFD\uFFFD"},
		{"\x7f\u0085", "\x7f\u0085"},
		{"bad\xff\xc3", "bad\uFFFD\uFFFD"},
		{"\uFFFE\uFFFF", "\uFFFD\uFFFD"},
		{"\xed\xa0\x80", "\uFFFD\uFFFD\uFFFD"}, // a surrogate
		{"電\U0001F50C", "電\U0001F50C"},
		{" kept ", " kept "},
	} {
		raw := oadr.Append(nil, oadr.Form{}, &oadr.Poll{VENID: test.in})
		if got := decode(t, raw).Message.Sender(); got != test.want {
			t.Errorf("%q came back as %q, want %q\n%s", test.in, got, test.want, raw)
		}
		written = append(written, raw)
	}
	oadrtest.Validate(t, written...)
}

func TestCreatedDateTimeHasFixedWidth(t *testing.T) {
	size := 0
	for _, at := range []time.Time{
		noon,
		noon.Add(123456789),
		time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Date(9999, 12, 31, 23, 59, 59, 999, time.UTC),
		noon.In(time.FixedZone("", -5*60*60)),
	} {
		e := simpleEvent()
		e.Descriptor.CreatedDateTime = at
		raw := oadr.Append(nil, oadr.Form{}, &oadr.DistributeEvent{RequestID: "1", VTNID: "v", Events: []oadr.Event{e}})
		if size == 0 {
			size = len(raw)
		}
		if len(raw) != size {
			t.Errorf("%v: %d bytes, want %d", at, len(raw), size)
		}
		if want := at.UTC().Truncate(time.Second).Format(time.RFC3339); !strings.Contains(string(raw), ">"+want+"<") {
			t.Errorf("%v is not written as %s", at, want)
		}
	}
}

func TestFloatsArePlainDecimals(t *testing.T) {
	for _, test := range []struct {
		in   float64
		want string
	}{
		{0, "0"}, {1, "1"}, {0.1, "0.1"}, {-2.50, "-2.5"}, {1e6, "1000000"}, {1e21, "1000000000000000000000"}, {1e-7, "0.0000001"},
	} {
		e := simpleEvent()
		e.Signals[0].Intervals[0].Value = test.in
		raw := oadr.Append(nil, oadr.Form{}, &oadr.DistributeEvent{RequestID: "1", VTNID: "v", Events: []oadr.Event{e}})
		if !strings.Contains(string(raw), "<value>"+test.want+"</value>") {
			t.Errorf("%v is not written as %s:\n%s", test.in, test.want, raw)
		}
	}
}

// A level of 0 is never written as -0, which Table 1 does not have.
func TestE8Spec104MinusZeroIsZero(t *testing.T) {
	zero := math.Copysign(0, -1)
	e := simpleEvent()
	e.Signals[0].Intervals[0].Value, e.Signals[0].CurrentValue = zero, &zero
	if text := string(oadr.Append(nil, oadr.Form{}, &oadr.DistributeEvent{Events: []oadr.Event{e}})); strings.Contains(text, ">-0<") || strings.Count(text, ">0</value>") != 2 {
		t.Errorf("wrote %s", text)
	}
}

// Bytes cost: a push of a simple event with one interval takes 2,050 bytes with its
// stanza as the transport writes it and IDs of usual length. The event has what the
// VTN writes into each.
func TestSpec509PushIsCompact(t *testing.T) {
	const id, from, to, eventID, venID = "e2s-1z8k4", "vtn@vtn.example.org", "ven1@utility.example.com/adr/client1", "event-2026", "ven-12345"
	if len(id) != 9 || len(from)+len(to) != 55 || len(eventID) != 10 || len(venID) != 9 {
		t.Fatalf("the IDs have %d, %d, %d and %d characters", len(id), len(from)+len(to), len(eventID), len(venID))
	}
	event := simpleEvent()
	event.Descriptor.EventID = eventID
	event.Descriptor.Priority = new(uint32)
	event.Descriptor.TestEvent = "false"
	event.Target.VENs = []string{venID}
	m := &oadr.DistributeEvent{RequestID: id, VTNID: "VTN", Events: []oadr.Event{event}}
	stanza := "<iq type='set' id='" + id + "' from='" + from + "' to='" + to + "'></iq>"
	raw := oadr.Append([]byte(stanza), oadr.Form{}, m)
	if len(raw) > 2050 {
		t.Errorf("a push has %d bytes, over 2050", len(raw))
	}
	t.Logf("a push has %d bytes", len(raw))
	oadrtest.Validate(t, raw[len(stanza):])
}
