package xmpp

import (
	"io"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/transport/xmpp/stream"
)

// addressed are the addresses of the stanzas in these tests.
const addressed = "from='ven1@example.org/r' to='vtn@vtn.example.org'"

// received is a stream from the server, and what must come of it.
type received struct {
	name, stream, want string
	settled            core.Outcome
	ended              string // why reading ended; empty for the end of the connection
}

var readWithinLimits = []received{
	{name: "the end of the stream", stream: "</stream:stream>", ended: "the server closed the stream"},
	{name: "a broken connection", ended: io.ErrUnexpectedEOF.Error()},
	{name: "a stream error", stream: "<stream:error><system-shutdown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>", ended: "the server ended the stream: system-shutdown"},
	{name: "a stream error without a condition", stream: "<stream:error/>", ended: "the server ended the stream: undefined-condition"},
	{name: "a comment", stream: "<!-- -->", ended: stream.ErrRestricted.Error()},
	{name: "no address", stream: "<iq type='get' id='a' to='vtn.example.org'><ping xmlns='urn:xmpp:ping'/></iq>"},
	{name: "an impossible address", stream: "<iq type='get' id='a' from='@' to='vtn.example.org'><ping xmlns='urn:xmpp:ping'/></iq><presence from='@'/><iq type='result' id='e7-1' from='@'/>"},
	{name: "an impossible type", stream: "<iq type='put' id='a' " + addressed + "><x/></iq>", want: "<iq type='error' id='a' from='vtn@vtn.example.org' to='ven1@example.org/r'><error type='modify'><bad-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/><text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>an IQ is a get, a set, a result or an error</text></error></iq>"},
	{name: "neither id nor to", stream: "<iq type='get' from='ven1@example.org/r'><ping xmlns='urn:xmpp:ping'/></iq>", want: "<iq type='result' from='vtn.example.org' to='ven1@example.org/r'></iq>"},
	{name: "a namespace declared around the child", stream: "<iq xmlns:p='urn:xmpp:ping' type='get' id='a' " + addressed + "><p:ping/></iq>", want: "<iq type='result' id='a' from='vtn@vtn.example.org' to='ven1@example.org/r'></iq>"},
	{name: "messages and others", stream: "<message " + addressed + "><body>hello</body></message><message type='error' " + addressed + "/><handshake/>"},
	{name: "presence and subscription", stream: "<presence type='subscribe' " + addressed + "/><presence type='unsubscribe' " + addressed + "/>",
		want: "<presence type='subscribed' from='vtn@vtn.example.org' to='ven1@example.org'/><presence from='vtn@vtn.example.org' to='ven1@example.org/r'/><presence type='unsubscribed' from='vtn@vtn.example.org' to='ven1@example.org'/>"},
	{name: "a stranger's subscription", stream: "<presence type='subscribe' from='x@elsewhere.example/r' to='vtn.example.org'/>"},
	{name: "delegated to an account's address", stream: "<iq type='set' id='o' from='example.org' to='vtn.example.org'><delegation xmlns='urn:xmpp:delegation:2'><forwarded xmlns='urn:xmpp:forward:0'><iq xmlns='jabber:client' type='set' id='a' from='ven1@example.org/r' to='ven2@example.org'>" + pollIn + "</iq></forwarded></delegation></iq>",
		want: "<iq type='result' id='o' from='vtn.example.org' to='example.org'><delegation xmlns='urn:xmpp:delegation:2'><forwarded xmlns='urn:xmpp:forward:0'><iq xmlns='jabber:client' type='error' id='a' from='ven2@example.org' to='ven1@example.org/r'><error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq></forwarded></delegation></iq>"},
	{name: "delegated without an address", stream: "<iq type='set' id='o' from='example.org' to='vtn.example.org'><delegation xmlns='urn:xmpp:delegation:2'><forwarded xmlns='urn:xmpp:forward:0'><iq xmlns='jabber:client' type='get' id='a' from='ven1@example.org/r'><query xmlns='" + nsItems + "'/></iq></forwarded></delegation></iq>",
		want: "<iq type='result' id='o' from='vtn.example.org' to='example.org'><delegation xmlns='urn:xmpp:delegation:2'><forwarded xmlns='urn:xmpp:forward:0'><iq xmlns='jabber:client' type='error' id='a' to='ven1@example.org/r'><error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq></forwarded></delegation></iq>"},
	{name: "delegated for another server's account", stream: "<iq type='set' id='o' from='example.org' to='vtn.example.org'><delegation xmlns='urn:xmpp:delegation:2'><forwarded xmlns='urn:xmpp:forward:0'><iq xmlns='jabber:client' type='set' id='a' from='ven1@example.net/r' to='example.org'>" + pollIn + "</iq></forwarded></delegation></iq>",
		want: "<iq type='result' id='o' from='vtn.example.org' to='example.org'><delegation xmlns='urn:xmpp:delegation:2'><forwarded xmlns='urn:xmpp:forward:0'><iq xmlns='jabber:client' type='error' id='a' from='example.org' to='ven1@example.net/r'><error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq></forwarded></delegation></iq>"},
	{name: "delegated by a server that is not ours", stream: "<iq type='set' id='o' from='elsewhere.example' to='vtn.example.org'><delegation xmlns='urn:xmpp:delegation:1'><forwarded xmlns='urn:xmpp:forward:0'><iq xmlns='jabber:client' type='set' id='a' from='ven1@example.org/r' to='elsewhere.example'>" + pollIn + "</iq></forwarded></delegation></iq>",
		want: "<iq type='error' id='o' from='vtn.example.org' to='elsewhere.example'><error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"},
}

// readOverLimit are stanzas with a text that is too large.
func readOverLimit(large string) []received {
	const violation = "<error type='modify'><policy-violation xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/><text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>stanza is too large</text></error>"
	return []received{
		{name: "too large", stream: "<iq type='set' id='a' " + addressed + "><x>" + large + "</x></iq>", want: "<iq type='error' id='a' from='vtn@vtn.example.org' to='ven1@example.org/r'>" + violation + "</iq>"},
		{name: "too large, delegated", stream: "<iq type='set' id='o' from='example.org' to='vtn.example.org'><delegation xmlns='urn:xmpp:delegation:1'><forwarded xmlns='urn:xmpp:forward:0'><iq xmlns='jabber:client' type='set' id='a' from='ven1@example.org/r' to='example.org'><x>" + large + "</x></iq></forwarded></delegation></iq>",
			want: "<iq type='result' id='o' from='vtn.example.org' to='example.org'><delegation xmlns='urn:xmpp:delegation:1'><forwarded xmlns='urn:xmpp:forward:0'><iq xmlns='jabber:client' type='error' id='a' from='example.org' to='ven1@example.org/r'>" + violation + "</iq></forwarded></delegation></iq>"},
		{name: "a message too large", stream: "<message " + addressed + "><body>" + large + "</body></message>"},
		{name: "a payload too large in a message", stream: "<message id='a' " + addressed + "><body>&lt;oadrPoll xmlns='" + oadr.NS + "'>" + large + "</body></message>", want: "<message type='error' id='a' from='vtn@vtn.example.org' to='ven1@example.org/r'>" + violation + "</message>"},
		{name: "a message of the server too large", stream: "<message from='example.org' to='vtn.example.org'><x xmlns='" + oadr.NS + "'>" + large + "</x></message>"},
		{name: "an answer too large", stream: "<iq type='result' id='e7-1' " + addressed + "><x>" + large + "</x></iq>", settled: core.Outcome{Result: core.Refused, Error: "stanza is too large", Bare: true}},
		{name: "a bounce too large", stream: "<iq type='error' id='e7-1' " + addressed + "><x>" + large + "</x></iq>", settled: core.Outcome{Result: core.Retry, Error: "stanza is too large", Bare: true}},
		{name: "a bounced message too large", stream: "<message type='error' id='e7-1' " + addressed + "><body>" + oadr.NS + large + "</body></message>", settled: core.Outcome{Result: core.Retry, Error: "stanza is too large", Bare: true}},
	}
}

func TestRead(t *testing.T) {
	for _, test := range append(readWithinLimits, readOverLimit(strings.Repeat("x", 40_000))...) {
		t.Run(test.name, func(t *testing.T) { test.check(t) })
	}
}

func (test received) check(t *testing.T) {
	r := newRecorder()
	c := New(Config{Domain: "vtn.example.org", VTNID: "VTN", Limits: oadr.Limits{Size: 4096, Depth: 16}}, r)
	got, ended := read(t, c, test.stream)
	if got != test.want {
		t.Errorf("\n got %s\nwant %s", got, test.want)
	}
	if test.ended == "" {
		test.ended = io.ErrUnexpectedEOF.Error()
	}
	if ended == nil || ended.Error() != test.ended {
		t.Errorf("it ended with %v, want %s", ended, test.ended)
	}
	if test.settled != (core.Outcome{}) {
		if got := receive(t, r.settled, "outcome"); got.Outcome != test.settled {
			t.Errorf("settled %+v, want %+v", got.Outcome, test.settled)
		}
	}
	if n := len(r.requests) + len(r.settled) + len(r.answers) + len(r.appeared) + len(r.vanished); n > 0 {
		t.Errorf("%d calls of the handler", n)
	}
}

// TestServerNotices: the log says what the server lets the component do.
func TestServerNotices(t *testing.T) {
	log := newTestLog()
	c := New(Config{Domain: "vtn.example.org", Logger: log.logger()}, newRecorder())
	const notice = "<privilege xmlns='urn:xmpp:privilege:2'><perm access='presence' type='managed_entity'/></privilege>"
	read(t, c, "<message from='example.org' to='vtn.example.org'><delegation xmlns='urn:xmpp:delegation:1'><delegated namespace='urn:example'/></delegation></message><message from='example.org'>"+notice+"</message>")
	log.wait(t, `"namespace":"urn:example"`)
	log.wait(t, "granted privileges")
	log = newTestLog()
	c = New(Config{Domain: "vtn.example.org", Logger: log.logger()}, newRecorder())
	read(t, c, "<message from='ven1@example.org/r'>"+notice+"</message><presence from='ven1@example.org/r'/>")
	for _, line := range log.lines {
		if strings.Contains(line, "granted") {
			t.Errorf("a VEN's notice was believed: %s", line)
		}
	}
}

func TestMetrics(t *testing.T) {
	registry := prometheus.NewRegistry()
	c := New(Config{Domain: "vtn.example.org", Metrics: registry}, newRecorder())
	read(t, c, "<iq type='get' from='v@x.example/r'/><iq type='result' id='e7-1' from='v@x.example/r'/>")
	want := `
# HELP vtn_xmpp_stanzas_total Stanzas received, by kind.
# TYPE vtn_xmpp_stanzas_total counter
vtn_xmpp_stanzas_total{kind="iq get"} 1
vtn_xmpp_stanzas_total{kind="iq result"} 1
# HELP vtn_xmpp_connected 1 while a connection to the XMPP server stands.
# TYPE vtn_xmpp_connected gauge
vtn_xmpp_connected 0
`
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want), "vtn_xmpp_stanzas_total", "vtn_xmpp_connected"); err != nil {
		t.Error(err)
	}
}
