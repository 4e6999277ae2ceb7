package xmpp

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// prefixedReport returns an oadrUpdateReport of about so many bytes, with prefixes
// that are declared once.
func prefixedReport(size int) string {
	const interval = "<ei:interval><xcal:dtstart><xcal:date-time>2026-11-24T17:00:00Z</xcal:date-time></xcal:dtstart><xcal:duration><xcal:duration>PT5M</xcal:duration></xcal:duration>" +
		"<oadr:oadrReportPayload><ei:rID>meter-1</ei:rID><ei:payloadFloat><ei:value>1.5</ei:value></ei:payloadFloat></oadr:oadrReportPayload></ei:interval>"
	head := "<oadr:oadrUpdateReport xmlns:oadr='" + oadr.NS + "' xmlns:ei='" + oadr.NSei + "' xmlns:pyld='" + oadr.NSpyld + "' xmlns:xcal='" + oadr.NSxcal + "' xmlns:strm='urn:ietf:params:xml:ns:icalendar-2.0:stream'>" +
		"<pyld:requestID>r</pyld:requestID><oadr:oadrReport><strm:intervals>"
	const tail = "</strm:intervals><ei:reportRequestID>1</ei:reportRequestID><ei:reportSpecifierID>s</ei:reportSpecifierID><ei:reportName>TELEMETRY_USAGE</ei:reportName><ei:createdDateTime>2026-11-24T17:00:00Z</ei:createdDateTime></oadr:oadrReport></oadr:oadrUpdateReport>"
	return head + strings.Repeat(interval, (size-len(head)-len(tail))/len(interval)) + tail
}

// TestG5SizeIsWhatTheVENWrote: the limit counts the bytes that the VEN wrote, however
// long the server makes the payload.
func TestG5SizeIsWhatTheVENWrote(t *testing.T) {
	s := ejabberd(t)
	c, r := connect(t, s)
	v := login(t, s, "ven1", "r")
	v.send("<presence/>")
	got := make(chan int, 1)
	r.handle = func(_ context.Context, _ core.Peer, p *oadr.Payload) (oadr.Message, error) {
		got <- len(p.Message.(*oadr.UpdateReport).Reports[0].Intervals)
		return response("r"), nil
	}
	for _, size := range []int{147_000, c.cfg.Limits.Size} {
		report := prefixedReport(size)
		if e := v.ask("set", c.service, report); answered(e) != "result" {
			t.Fatalf("%d bytes are answered %s", len(report), answered(e))
		}
		if n := receive(t, got, "report"); n != strings.Count(report, "<ei:interval>") {
			t.Errorf("%d intervals came", n)
		}
	}
	report := prefixedReport(c.cfg.Limits.Size * 2)
	if e := v.ask("set", c.service, report); answered(e) != "error modify policy-violation" {
		t.Errorf("%d bytes are answered %s", len(report), answered(e))
	}
}

// TestPushesDoNotGrow on the way through the server.
func TestPushesDoNotGrow(t *testing.T) {
	s := ejabberd(t)
	c, _ := connect(t, s)
	v := login(t, s, "ven1", "r")
	m := &oadr.DistributeEvent{RequestID: "r", VTNID: "VTN"}
	for i := range 50 {
		m.Events = append(m.Events, oadr.Event{Descriptor: oadr.EventDescriptor{EventID: fmt.Sprint("event's \"", i)}, Target: oadr.Target{VENs: []string{"ven-1"}}})
	}
	sent := token(1)
	raw := oadr.Append(nil, oadr.Form{}, m)
	if err := c.Push(t.Context(), core.Push{Token: sent, To: v.jid, Bytes: raw}); err != nil {
		t.Fatal(err)
	}
	came := v.push().Body
	t.Logf("%d bytes were sent, %d came", len(raw), len(came))
	if len(came) > len(raw)*101/100+100 {
		t.Errorf("%d bytes were sent, %d came", len(raw), len(came))
	}
}
