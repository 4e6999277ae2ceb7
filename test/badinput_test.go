package test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
)

// marker is in everything bad that is sent, and must not be in the log.
const marker = "m4rk3r"

// payload wraps a message, or what is sent instead of one, as a VEN does.
func payload(inside ...string) string {
	return `<oadrPayload xmlns="` + oadr.NS + `" xmlns:ei="` + oadr.NSei + `" xmlns:pyld="` + oadr.NSpyld + `" xmlns:xcal="` + oadr.NSxcal + `" xmlns:emix="` + oadr.NSemix + `">` +
		`<oadrSignedObject>` + strings.Join(inside, "") + `</oadrSignedObject></oadrPayload>`
}

// badInput is a message or stanza, and what it must cause.
type badInput struct {
	name    string
	sent    string
	to      string // empty: the service
	want    string // the answer, see [answer.outcome]
	says    string // in its responseDescription
	counter string
	log     string // empty if the input is good
}

// badSender is the VEN that sends bad input. It has answered modificationNumber 1 of an event.
type badSender struct {
	s       *stack
	h       *holder
	id      string
	otherID string // of another VEN
	other   *client.VEN
	e       *client.Event
}

// TestBadInput has one VEN send every kind of bad input that a VTN must survive. Each
// case names the answer that the rules demand. In all of them the input is counted and
// logged without the payload, and the VEN's next request is answered as usual.
//
// Input that the server itself stops is tested elsewhere: ill-formed XML, comments, DTDs
// and entities end the client's stream. See TestCutter and FuzzCutter in
// transport/xmpp/stream, and TestG5NotAPayload and FuzzDecode in oadr.
func TestBadInput(t *testing.T) {
	s := start(t, "VTN_LOG_LEVEL=info", "VTN_RATE=1000")
	h, id := s.mute()
	_, otherID := s.mute()
	other, err := s.GetVEN(t.Context(), otherID)
	if err != nil {
		t.Fatal(err)
	}
	e := s.create(event(id))
	s.patchEvent(e.EventID, patch{"comment": "changed"}) // its modificationNumber is 1
	s.delivery(e.EventID, id, "acknowledged")
	b := &badSender{s, h, id, otherID, other, e}
	for _, c := range slices.Concat(b.stanzas(), b.messages(), b.large(), b.fields(), b.answers(), b.long()) {
		t.Run(c.name, func(t *testing.T) { b.send(t, c) })
	}
	if got := s.status(e.EventID, id); got.Opt != oadr.OptIn {
		t.Errorf("after all of it the opt is %s", got.Opt)
	}
	// The VTN still delivers events and registers VENs.
	s.patchEvent(e.EventID, patch{"comment": "changed again"})
	s.delivery(e.EventID, id, "acknowledged")
	s.join()
}

// send sends bad input and checks the answer, the counter, the log and the VEN's next request.
func (b *badSender) send(t *testing.T, c badInput) {
	s := b.s.in(t)
	before, lines := s.counters(), len(s.vtn.Output.Lines())
	a := askRaw(t, b.h.VEN, c.to, strings.ReplaceAll(c.sent, "<oadrPayload", "<oadrPayload about='"+marker+"'"))
	a.expectOutcome(t, c.want)
	if !strings.Contains(a.description(), c.says) {
		t.Errorf("the description %q does not name %s", a.description(), c.says)
	}
	s.grows(before, c.counter)
	said := func() string { return strings.Join(s.vtn.Output.Lines()[lines:], "\n") }
	s.eventually("the log to name "+c.log, func() bool { return strings.Contains(said(), c.log) })
	if all := said(); strings.Contains(all, marker) || strings.Contains(all, "xmlns") {
		t.Errorf("the log has a payload: %s", all)
	}
	ask(t, b.h.VEN, "", &oadr.RequestEvent{RequestID: "next", VENID: b.id}).expectOutcome(t, "oadrDistributeEvent 200")
}

// series returns the name of a counter with its labels, which are names and values in turn.
func series(name string, labels ...string) string {
	var b strings.Builder
	for i := 0; i < len(labels); i += 2 {
		fmt.Fprintf(&b, ",%s=%q", labels[i], labels[i+1])
	}
	return name + "{" + strings.TrimPrefix(b.String(), ",") + "}"
}

func rejected(reason string) string { return series("vtn_xmpp_rejected_total", "reason", reason) }

func undecoded(kind string) string { return series("vtn_xmpp_undecoded_total", "kind", kind) }

func counted(message oadr.Kind, code string) string {
	return series("vtn_requests_total", "code", code, "message", string(message), "transport", "xmpp")
}

func requestEvent(venID string) string {
	return written(&oadr.RequestEvent{RequestID: "x", VENID: venID})
}

// query is a payload that is as it should be.
func query() string {
	return payload(`<oadrQueryRegistration><pyld:requestID>x</pyld:requestID></oadrQueryRegistration>`)
}

// nested returns a payload with elements inside each other.
func nested(levels int) string {
	return `<oadrPayload xmlns="` + oadr.NS + `">` + strings.Repeat("<"+marker+">", levels) + strings.Repeat("</"+marker+">", levels) + `</oadrPayload>`
}

// schedule returns a schedule of an hour with some of its text replaced.
func (b *badSender) schedule(replace ...string) string {
	return written(&oadr.CreateOpt{
		OptID: "o", OptType: oadr.OptOut, OptReason: "economic", VENID: b.id, RequestID: "x", CreatedDateTime: time.Now(), Schedule: true,
		Availability: []oadr.Available{{Start: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC), Duration: time.Hour}},
	}, replace...)
}

// stanzas are stanzas that hold no payload.
func (b *badSender) stanzas() []badInput {
	return []badInput{
		{name: "an IQ with no child", sent: "",
			want: "error modify bad-request", counter: rejected("not one child"), log: "not one child"},
		{name: "an IQ with text only", sent: marker,
			want: "error modify bad-request", counter: rejected("not one child"), log: "not one child"},
		{name: "an IQ with two children", sent: query() + query(),
			want: "error modify bad-request", counter: rejected("not one child"), log: "not one child"},
		{name: "an IQ with another namespace", sent: `<oadrPayload xmlns="urn:` + marker + `"/>`,
			want: "error cancel service-unavailable", counter: rejected("no such service"), log: "no such service"},
		{name: "the namespace of no profile", sent: `<oadrRequestEvent xmlns="http://openadr.org/oadr-2.0c/2012/07"><x>` + marker + `</x></oadrRequestEvent>`,
			want: "error cancel service-unavailable", counter: rejected("no such service"), log: "no such service"},
	}
}

// messages are payloads without a message that the VTN can take, or without its IDs.
func (b *badSender) messages() []badInput {
	return []badInput{
		{name: "no message in the oadrSignedObject", sent: payload(),
			want: "error modify bad-request", counter: undecoded("malformed"), log: "could not be taken"},
		{name: "two messages in one oadrSignedObject", sent: payload(`<oadrPoll><ei:venID>`+marker+`</ei:venID></oadrPoll>`, `<oadrPoll><ei:venID>`+marker+`</ei:venID></oadrPoll>`),
			want: "error modify bad-request", counter: undecoded("malformed"), log: "could not be taken"},
		{name: "an unknown message", sent: payload(`<oadrSurprise><pyld:requestID>x</pyld:requestID><ei:text>` + marker + `</ei:text></oadrSurprise>`),
			want: "oadrResponse 453", says: "oadrSurprise", counter: counted("unknown", "453"), log: `"453"`},
		{name: "a message that a VTN never receives", sent: written(&oadr.DistributeEvent{RequestID: "x", VTNID: marker}),
			want: "oadrResponse 453", says: "oadrDistributeEvent", counter: counted(oadr.KindDistributeEvent, "453"), log: `"453"`},
		{name: "requestID missing in a query", sent: payload(`<oadrQueryRegistration/>`),
			want: "oadrCreatedPartyRegistration 200", counter: counted(oadr.KindQueryRegistration, "200")},
		{name: "requestID missing", sent: payload(`<oadrRequestEvent><pyld:eiRequestEvent><ei:venID>` + b.id + `</ei:venID></pyld:eiRequestEvent></oadrRequestEvent>`),
			want: "oadrDistributeEvent 200", counter: counted(oadr.KindRequestEvent, "200")},
		{name: "venID missing", sent: payload(`<oadrRequestEvent><pyld:eiRequestEvent><pyld:requestID>x</pyld:requestID></pyld:eiRequestEvent></oadrRequestEvent>`),
			want: "oadrDistributeEvent 459", says: "oadrRequestEvent/eiRequestEvent/venID", counter: counted(oadr.KindRequestEvent, "459"), log: "venID is missing"},
		{name: "optional venID missing", sent: payload(`<oadrCancelPartyRegistration><pyld:requestID>x</pyld:requestID><ei:registrationID>` + marker + `</ei:registrationID></oadrCancelPartyRegistration>`),
			want: "oadrCanceledPartyRegistration 452", says: "registrationID", counter: counted(oadr.KindCancelPartyRegistration, "452"), log: `"452"`},
		{name: "a wrong venID", sent: requestEvent("nobody"),
			want: "oadrDistributeEvent 452", says: "venID", counter: counted(oadr.KindRequestEvent, "452"), log: `"nobody"`},
		{name: "another VEN's venID", sent: requestEvent(b.otherID),
			want: "oadrDistributeEvent 452", says: "venID", counter: counted(oadr.KindRequestEvent, "452"), log: b.otherID},
		{name: "the right venID in another case", sent: requestEvent(strings.ToUpper(b.id)),
			want: "oadrDistributeEvent 452", says: "venID", counter: counted(oadr.KindRequestEvent, "452"), log: strings.ToUpper(b.id)},
	}
}

// large are payloads beyond the limits of size and depth.
func (b *badSender) large() []badInput {
	return []badInput{
		{name: "300 kB", sent: payload(`<oadrPoll><ei:venID>` + marker + strings.Repeat("x", 300_000) + `</ei:venID></oadrPoll>`),
			want: "error modify policy-violation", counter: undecoded("too large"), log: "too large"},
		{name: "700 kB", sent: payload(`<oadrPoll><ei:venID>` + marker + strings.Repeat("x", 700_000) + `</ei:venID></oadrPoll>`),
			want: "error modify policy-violation", counter: undecoded("too large"), log: "too large"},
		{name: "what the server makes far more of", sent: `<o:oadrPayload xmlns:o="` + oadr.NS + `" xmlns:e="` + oadr.NSei + `">` + strings.Repeat("<e:y><o:x/></e:y>", 29_000) + marker + `</o:oadrPayload>`,
			want: "error modify policy-violation", counter: rejected("stanza is too large"), log: "stanza is too large"},
		{name: "65 levels", sent: nested(64),
			want: "error modify policy-violation", counter: undecoded("too deep"), log: "too deep"},
		{name: "5,000 levels", sent: nested(5_000),
			want: "error modify policy-violation", counter: rejected("stanza is nested too deeply"), log: "nested too deeply"},
		{name: "10,000 levels", sent: nested(10_000),
			want: "error modify policy-violation", counter: rejected("stanza is nested too deeply"), log: "nested too deeply"},
		{name: "10,000 levels to the server's own domain", sent: nested(10_000), to: b.s.server.Domain,
			want: "error modify policy-violation", counter: rejected("stanza is nested too deeply"), log: "nested too deeply"},
	}
}

// fields are messages in which one field is wrong.
func (b *badSender) fields() []badInput {
	return []badInput{
		{name: "a registrationID of another VEN", sent: written(registration(withRegistrationID(b.other.Registration.RegistrationID))),
			want: "oadrCreatedPartyRegistration 452", says: "registrationID", counter: counted(oadr.KindCreatePartyRegistration, "452"), log: `"452"`},
		{name: "a cancellation with another VEN's registrationID", sent: written(&oadr.CancelPartyRegistration{RequestID: "x", RegistrationID: b.other.Registration.RegistrationID, VENID: b.id}),
			want: "oadrCanceledPartyRegistration 452", says: "registrationID", counter: counted(oadr.KindCancelPartyRegistration, "452"), log: `"452"`},
		{name: "the transport smtp", sent: written(registration(), ">xmpp<", ">smtp<"),
			want: "oadrCreatedPartyRegistration 454", says: "oadrTransportName", counter: counted(oadr.KindCreatePartyRegistration, "454"), log: "smtp"},
		{name: "a duration of PT1X", sent: b.schedule("PT1H", "PT1X"),
			want: "oadrCreatedOpt 459", says: "duration", counter: counted(oadr.KindCreateOpt, "459"), log: "PT1X"},
		{name: "a duration of -PT1H", sent: b.schedule("PT1H", "-PT1H"),
			want: "oadrCreatedOpt 454", says: "duration", counter: counted(oadr.KindCreateOpt, "454"), log: "negative"},
		{name: "an empty duration", sent: b.schedule("PT1H", ""),
			want: "oadrCreatedOpt 459", says: "duration", counter: counted(oadr.KindCreateOpt, "459"), log: "is empty"},
		{name: "a date of year 0", sent: b.schedule("2030-01-01T00:00:00Z", "0000-01-01T00:00:00Z"),
			want: "oadrCreatedOpt 454", says: "dtstart", counter: counted(oadr.KindCreateOpt, "454"), log: "dtstart"},
	}
}

// answers are an oadrCreatedEvent as it should be, and wrong ones.
func (b *badSender) answers() []badInput {
	return []badInput{
		{name: "an oadrCreatedEvent", sent: written(createdEvent(b.id, response("x", b.e.EventID, 1, oadr.OptIn))),
			want: "oadrResponse 200", counter: counted(oadr.KindCreatedEvent, "200")},
		{name: "the same oadrCreatedEvent again", sent: written(createdEvent(b.id, response("x", b.e.EventID, 1, oadr.OptIn))),
			want: "oadrResponse 200", counter: counted(oadr.KindCreatedEvent, "200")},
		{name: "an oadrCreatedEvent for an unknown event", sent: written(createdEvent(b.id, response("x", "nowhere", 0, oadr.OptIn))),
			want: "oadrResponse 452", says: "nowhere", counter: counted(oadr.KindCreatedEvent, "452"), log: "nowhere"},
		{name: "an oadrCreatedEvent for an old modificationNumber", sent: written(createdEvent(b.id, response("x", b.e.EventID, 0, oadr.OptOut))),
			want: "oadrResponse 450", says: b.e.EventID, counter: counted(oadr.KindCreatedEvent, "450"), log: `"450"`},
	}
}

// long are very long addresses and IDs.
func (b *badSender) long() []badInput {
	return []badInput{
		{name: "a resource of 1,000 characters", to: serviceJID + "/" + strings.Repeat("r", 1000), sent: query(),
			want: "oadrCreatedPartyRegistration 200", counter: counted(oadr.KindQueryRegistration, "200")},
		{name: "a resourceID of 1,000 characters", sent: written(&oadr.CreateOpt{
			OptID: "o", OptType: oadr.OptOut, OptReason: "economic", VENID: b.id, RequestID: "x", CreatedDateTime: time.Now(),
			Event: &oadr.QualifiedEventID{EventID: b.e.EventID, ModificationNumber: 1}, Target: oadr.Target{Resources: []string{strings.Repeat("r", 1000)}}}),
			want: "oadrCreatedOpt 454", says: "resourceID", counter: counted(oadr.KindCreateOpt, "454"), log: "resourceID"},
		{name: "a venID of 1,000 characters", sent: requestEvent(strings.Repeat("v", 1000)),
			want: "oadrDistributeEvent 452", says: "venID", counter: counted(oadr.KindRequestEvent, "452"), log: `"452"`},
	}
}

// TestBadInputOfOperator states durations and dates that no payload can hold. The API
// refuses them and stores nothing.
func TestBadInputOfOperator(t *testing.T) {
	s := start(t)
	raw, err := json.Marshal(event(venID(s.join())))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ field, value string }{
		{"duration", "P1Y2M"}, {"duration", "-PT1H"}, {"duration", ""}, {"notification", "P1Y2M"}, {"startAfter", "-PT1H"}, {"recovery", ""},
		{"start", "0000-01-01T00:00:00Z"}, {"start", "2030-01-01T00:00:00"}, {"start", ""},
	} {
		var spec patch
		if err := json.Unmarshal(raw, &spec); err != nil {
			t.Fatal(err)
		}
		spec[c.field] = c.value
		_, err := s.CreateEvent(t.Context(), spec)
		var p *client.Problem
		if !errors.As(err, &p) || p.Status != 422 || len(p.Errors) == 0 || p.Errors[0].Field != c.field {
			t.Errorf("%s %q is answered %+v, want 422 for the field", c.field, c.value, err)
		}
	}
	if page, err := s.ListEvents(t.Context(), "", 0); err != nil || len(page.Items) != 0 {
		t.Errorf("stored is %+v, %v", page, err)
	}
}

// TestLongResource pushes to a VEN whose address is as long as the server allows.
func TestLongResource(t *testing.T) {
	s := start(t)
	h := s.holder(func(c *ven.Config) { c.JID += "/" + strings.Repeat("r", 1000) })
	if got := h.JID().Resourcepart(); len(got) != 1000 {
		t.Fatalf("the server gave the resource %q", got)
	}
	e := s.create(event(venID(h.VEN)))
	h.push(e.EventID + " 0 far")
	s.delivery(e.EventID, venID(h.VEN), "acknowledged")
}

// TestFlood has one VEN send requests as fast as it can. Some are refused with
// resource-constraint. Another VEN is answered meanwhile, and so is the first one later.
func TestFlood(t *testing.T) {
	s := start(t)
	flooder, other := s.holder(), s.join()
	before := s.counters()
	const flood = 700 // the server reads 500 at once, and 100 more in a second
	query := string(oadr.Append(nil, oadr.Form{}, &oadr.QueryRegistration{RequestID: "q"}))
	outcomes := make(chan string, flood)
	var all sync.WaitGroup
	for range flood {
		all.Go(func() { outcomes <- askRaw(t, flooder.VEN, "", query).outcome() })
	}
	for range 5 {
		if err := roundTrip(t, other); err != nil {
			t.Errorf("another VEN is answered %v", err)
		}
	}
	all.Wait()
	close(outcomes)
	count := map[string]int{}
	for o := range outcomes {
		count[o]++
	}
	const answered, refused = "oadrCreatedPartyRegistration 200", "error wait resource-constraint"
	if count[answered] == 0 || count[refused] == 0 || count[answered]+count[refused] != flood {
		t.Errorf("the flood is answered %v", count)
	}
	s.grows(before, `vtn_xmpp_rejected_total{reason="rate"}`)

	s.eventually("the flooder to be answered again", func() bool { return askRaw(t, flooder.VEN, "", query).outcome() == answered })
	e := s.create(event(venID(flooder.VEN), venID(other)))
	flooder.push(e.EventID + " 0 far")
	s.delivery(e.EventID, venID(flooder.VEN), "acknowledged")
	s.delivery(e.EventID, venID(other), "acknowledged")
}
