package test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
	"github.com/vtn-xmpp/vtn-xmpp/ven/faulty"
)

// puppet is a VEN that does nothing by itself: the test decides what it sends, and whether and how it answers a push.
type puppet struct {
	*ven.VEN // over XMPP, else nil
	line     line
	t        *testing.T

	id, registrationID string // empty until it has registered
	pushes             chan push
}

// line is how a puppet speaks with the VTN.
type line interface {
	speaker
	// enter completes a registration as one of this line.
	enter(m *oadr.CreatePartyRegistration)
	// fetch asks for what the VTN has for the puppet, which comes through pushes; where the VTN pushes it does nothing.
	fetch(t *testing.T)
	// polls reports whether the puppet has to fetch.
	polls() bool
}

// push is a request of the VTN that waits for the puppet's answer.
type push struct {
	Message oadr.Message
	Raw     string // the payload as it came
	from    string // the JID that pushed, or the path of the URL that was pushed to
	by      *puppet
	// reply answers with what a result holds, or with an error.
	reply func(inside string, failed *failure)
}

// failure is an answer to a push that is not OpenADR: a stanza error, or over HTTP the status that means the same.
type failure struct {
	typ, condition string
	status         int
}

// Failures of a puppet.
var (
	badRequest     = failure{"modify", "bad-request", http.StatusNotAcceptable}
	notAllowed     = failure{"cancel", "not-allowed", http.StatusForbidden}
	notImplemented = failure{"cancel", "feature-not-implemented", http.StatusNotImplemented}
)

// SendRaw sends a payload.
func (p *puppet) SendRaw(ctx context.Context, to string, inside []byte) ([]byte, error) {
	return p.line.SendRaw(ctx, to, inside)
}

// answerNothing keeps a VEN from answering requests of the VTN.
func answerNothing(c *ven.Config) {
	faulty.Faults{
		OnPush:    func(*oadr.DistributeEvent) faulty.Reply { return silent },
		OnRequest: func(oadr.Message) faulty.Reply { return silent },
	}.Apply(c)
}

// registration returns an oadrCreatePartyRegistration without IDs, after change.
func (p *puppet) registration(change ...func(*oadr.CreatePartyRegistration)) *oadr.CreatePartyRegistration {
	return registration(append([]func(*oadr.CreatePartyRegistration){p.line.enter}, change...)...)
}

// register registers the puppet, after change, and keeps the IDs that it receives.
func (p *puppet) register(change ...func(*oadr.CreatePartyRegistration)) *oadr.CreatedPartyRegistration {
	p.t.Helper()
	created := register(p.t, p, p.registration(change...))
	p.id, p.registrationID = created.VENID, created.RegistrationID
	return created
}

// ask sends a message with some of its text replaced, old and new in turn, and returns the answer.
func (p *puppet) ask(m oadr.Message, replace ...string) answer {
	p.t.Helper()
	return askRaw(p.t, p, "", written(m, replace...))
}

// says is ask for an answer with a known outcome, such as "oadrResponse 200"; see [answer.outcome]. It returns the answer's
// message.
func (p *puppet) says(want string, m oadr.Message, replace ...string) oadr.Message {
	p.t.Helper()
	a := p.ask(m, replace...)
	a.expectOutcome(p.t, want)
	return a.message
}

// take takes a request of the VTN, which must be an OpenADR payload that is right.
func (p *puppet) take(raw []byte, from string, reply func(string, *failure)) {
	received.Record(raw)
	payload, err := oadr.Decode(raw, oadr.DefaultLimits)
	if err != nil || payload.Invalid != nil {
		p.t.Errorf("the VTN sent %v, %+v: %s", err, payload, raw)
		return
	}
	p.pushes <- push{payload.Message, string(raw), from, p, reply}
}

// comes returns the next push. Over HTTP pull the puppet polls for it.
func (p *puppet) comes(what string) push {
	p.t.Helper()
	pause := time.NewTicker(50 * time.Millisecond) // within the rate of requests that a VEN may make
	defer pause.Stop()
	patience := time.After(patience)
	for {
		p.line.fetch(p.t)
		select {
		case q := <-p.pushes:
			return q
		case <-pause.C:
		case <-patience:
			p.t.Fatalf("waited for %s", what)
		}
	}
}

// nothing fails the test if there is something for the puppet.
func (p *puppet) nothing(when string) {
	p.t.Helper()
	p.line.fetch(p.t)
	select {
	case early := <-p.pushes:
		p.t.Fatalf("%s, it is pushed %s", when, early.Raw)
	default:
	}
}

// expect returns the next push, which must be of this kind. It fails if the VTN has pushed anything else before.
func (p *puppet) expect(kind oadr.Kind) push {
	p.t.Helper()
	q := p.comes("an " + string(kind))
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
	q.reply(written(m, replace...), nil)
}

// empty answers a push with an empty result.
func (q push) empty() { q.by.t.Helper(); q.reply("", nil) }

// fail answers a push with an error.
func (q push) fail(with failure) { q.by.t.Helper(); q.reply("", &with) }

// taken answers a push and all its events as most VENs do: with optIn, in an oadrCreatedEvent of its own.
func (q push) taken() {
	q.by.t.Helper()
	if !q.by.line.polls() {
		q.ok()
	}
	q.opts(oadr.OptIn)
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
