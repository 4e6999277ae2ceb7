package test

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/internal/faulty"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
)

// puppet is a VEN that does nothing by itself: the test decides what it sends, and whether and how it answers a push.
type puppet struct {
	*ven.VEN
	t                  *testing.T
	id, registrationID string // empty until it has registered
	pushes             chan push
}

// push is a request of the VTN that waits for the puppet's answer.
type push struct {
	Message oadr.Message
	Raw     string // the payload as it came
	id, to  string
	by      *puppet
}

// answerNothing keeps a VEN from answering requests of the VTN.
func answerNothing(c *ven.Config) {
	faulty.Faults{
		OnPush:    func(*oadr.DistributeEvent) faulty.Reply { return silent },
		OnRequest: func(oadr.Message) faulty.Reply { return silent },
	}.Apply(c)
}

// register registers the puppet, after change, and keeps the IDs that it receives.
func (p *puppet) register(change ...func(*oadr.CreatePartyRegistration)) *oadr.CreatedPartyRegistration {
	p.t.Helper()
	m := registration(change...)
	m.TransportAddress = cmp.Or(p.JID().String(), m.TransportAddress)
	created := register(p.t, p.VEN, m)
	p.id, p.registrationID = created.VENID, created.RegistrationID
	return created
}

// ask sends a message with some of its text replaced, old and new in turn, and returns the answer.
func (p *puppet) ask(m oadr.Message, replace ...string) answer {
	p.t.Helper()
	return askRaw(p.t, p.VEN, "", written(m, replace...))
}

// says is ask for an answer with a known outcome, such as "oadrResponse 200"; see [answer.outcome]. It returns the answer's
// message.
func (p *puppet) says(want string, m oadr.Message, replace ...string) oadr.Message {
	p.t.Helper()
	a := p.ask(m, replace...)
	a.expectOutcome(p.t, want)
	return a.message
}

// hear takes a stanza that has arrived.
func (p *puppet) hear(raw []byte) {
	var s struct {
		Type   string `xml:"type,attr"`
		ID     string `xml:"id,attr"`
		From   string `xml:"from,attr"`
		Inside []byte `xml:",innerxml"`
	}
	err := xml.Unmarshal(raw, &s)
	var payload *oadr.Payload
	if err == nil {
		payload, err = oadr.Decode(s.Inside, oadr.DefaultLimits)
	}
	if err != nil || payload.Invalid != nil {
		p.t.Errorf("the VTN sent %v, %+v: %s", err, payload, raw)
		return
	}
	if s.Type == "set" {
		p.pushes <- push{payload.Message, string(s.Inside), s.ID, s.From, p}
	}
}

// expect returns the next push, which must be of this kind. It fails if the VTN has pushed anything else before.
func (p *puppet) expect(kind oadr.Kind) push {
	p.t.Helper()
	q := next(p.t, "an "+string(kind), p.pushes)
	if q.Message.Kind() != kind {
		p.t.Fatalf("the VTN pushed %s, want an %s", q.Raw, kind)
	}
	return q
}

// expectEvents returns the next push, which must hold these events in this order: "eventID modificationNumber status".
func (p *puppet) expectEvents(want ...string) push {
	p.t.Helper()
	q := p.expect(oadr.KindDistributeEvent)
	if got := summary(q.Message); !slices.Equal(got, want) {
		p.t.Errorf("pushed %q, want %q", got, want)
	}
	return q
}

// summary returns a line for each event in a message.
func summary(m oadr.Message) (lines []string) {
	for _, e := range m.(*oadr.DistributeEvent).Events {
		lines = append(lines, fmt.Sprintf("%s %d %s", e.Descriptor.EventID, e.Descriptor.ModificationNumber, e.Descriptor.Status))
	}
	return lines
}

// ok answers a push with 200, in the message that corresponds to it.
func (q push) ok() { q.by.t.Helper(); q.code(oadr.CodeOK) }

// code is ok with another code.
func (q push) code(code oadr.Code) {
	q.by.t.Helper()
	q.answer(oadr.Answer(q.Message, code, "", oadr.Party{VENID: q.by.id}))
}

// answer answers a push with a message, with some of its text replaced, in pairs.
func (q push) answer(m oadr.Message, replace ...string) {
	q.by.t.Helper()
	q.write("result", written(m, replace...))
}

// empty answers a push with an empty result.
func (q push) empty() { q.by.t.Helper(); q.write("result", "") }

// fail answers a push with a stanza error.
func (q push) fail(typ, condition string) {
	q.by.t.Helper()
	q.write("error", fmt.Sprintf("<error type='%s'><%s xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>", typ, condition))
}

func (q push) write(typ, inside string) {
	q.by.t.Helper()
	if err := q.by.Write(q.by.t.Context(), fmt.Appendf(nil, "<iq type='%s' id='%s' to='%s'>%s</iq>", typ, q.id, q.to, inside)); err != nil {
		q.by.t.Fatal(err)
	}
}

// opts answers all events of an acknowledged push by an oadrCreatedEvent.
func (q push) opts(optType string) {
	q.by.t.Helper()
	m := q.Message.(*oadr.DistributeEvent)
	var responses []oadr.EventResponse
	for _, e := range m.Events {
		responses = append(responses, response(m.RequestID, e.Descriptor.EventID, e.Descriptor.ModificationNumber, optType))
	}
	q.by.says("oadrResponse 200", createdEvent(q.by.id, responses...))
}

// offers returns the reports of [offered] as a VEN registers them.
func offers() (reports []oadr.Report) {
	for _, r := range offered() {
		reports = append(reports, oadr.Report{
			Duration: &r.Duration, Descriptions: r.Points, ReportRequestID: "0", ReportSpecifierID: r.SpecifierID,
			ReportName: oadr.MetadataPrefix + r.Name, CreatedDateTime: time.Now(),
		})
	}
	return reports
}
