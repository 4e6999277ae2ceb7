package oadr_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// Reading takes memory in proportion to the payload, whatever it has much of.
// Otherwise these would take noticeably more. (How many values the VTN accepts is a
// question of the size limit.)
func TestR6AHundredThousandIntervals(t *testing.T) {
	report := func(inside string) string {
		return `<oadrUpdateReport %oadr><requestID %pyld>r</requestID><oadrReport>` + inside + `<reportRequestID %ei>q</reportRequestID><reportSpecifierID %ei>s</reportSpecifierID>` +
			`<createdDateTime %ei>2026-11-24T12:00:00Z</createdDateTime></oadrReport></oadrUpdateReport>`
	}
	const payload = `<oadrReportPayload %oadr><rID %ei>r</rID><payloadFloat %ei><value>1</value></payloadFloat></oadrReportPayload>`
	const month = `<duration %xcal><duration>P1M</duration></duration>`
	const feed = `<oadrGBPayload %oadr><feed xmlns="http://www.w3.org/2005/Atom"/></oadrGBPayload>`
	for _, test := range []struct{ name, head, each, tail string }{
		{"intervals", `<intervals %strm>`, `<interval %ei>` + payload + `</interval>`, `</intervals>`},
		{"intervals of months", `<intervals %strm>`, `<interval %ei>` + month + payload + `</interval>`, `</intervals>`},
		{"empty intervals", `<intervals %strm>`, `<interval %ei/>`, `</intervals>`},
		{"payloads", `<intervals %strm><interval %ei>`, payload, `</interval></intervals>`},
		{"feeds", `<intervals %strm><interval %ei>`, feed, `</interval></intervals>`},
		{"a big feed", `<intervals %strm><interval %ei><oadrGBPayload %oadr><feed xmlns="http://www.w3.org/2005/Atom">`, `<a:b xmlns:a="a">a:b</a:b>`, `</feed></oadrGBPayload></interval></intervals>`},
		{"descriptions", ``, `<oadrReportDescription/>`, ``},
		{"resources", `<oadrReportDescription><reportDataSource %ei>`, `<resourceID/>`, `</reportDataSource></oadrReportDescription>`},
		{"unknown elements", ``, ``, ``},
		{"repeated elements", ``, `<reportName %ei>TELEMETRY_USAGE</reportName>`, ``},
		{"pieces of text", `<reportName %ei>`, `<!---->&#120;<![CDATA[-]]>`, `</reportName>`},
		{"comments", ``, `<!---->`, ``},
		{"instructions", ``, `<?a?>`, ``},
		{"lines", ``, "\r\n", ``},
	} {
		t.Run(test.name, func(t *testing.T) {
			perByte := func(n int) float64 {
				head, tail, _ := strings.Cut(expand.Replace(report(test.head+"%each"+test.tail)), "%each")
				each := expand.Replace(test.each)
				raw := append(make([]byte, 0, len(head)+n*(len(each)+10)+len(tail)), head...)
				for i := range n {
					if test.name == "unknown elements" {
						each = fmt.Sprintf("<x%d/>", i)
					}
					raw = append(raw, each...)
				}
				raw = append(raw, tail...)
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				p, err := oadr.Decode(raw, oadr.Limits{Size: len(raw), Depth: 64})
				runtime.ReadMemStats(&after)
				if err != nil {
					t.Fatal(err)
				}
				if m, ok := p.Message.(*oadr.UpdateReport); !ok || len(m.Reports) != 1 || test.name == "intervals" && len(m.Reports[0].Intervals) != n {
					t.Fatalf("read %.200v", p.Message)
				}
				return float64(after.TotalAlloc-before.TotalAlloc) / float64(len(raw))
			}
			n := 20_000
			if test.name == "intervals" {
				n = 100_000
			}
			few, many := perByte(n/10), perByte(n)
			if many > 60 || many > 2*few+1 {
				t.Errorf("%.1f bytes allocated per byte read, of a tenth %.1f", many, few)
			}
		})
	}
}
