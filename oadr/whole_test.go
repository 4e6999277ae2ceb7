package oadr_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/oadr/oadrtest"
)

// R6: Green Button data is kept as it was sent and can stand alone: it declares
// what was declared around it, as far as it needs that.
func TestR6GreenButtonStandsAlone(t *testing.T) {
	const atom = `xmlns:atom="http://www.w3.org/2005/Atom"`
	for _, test := range []struct{ name, around, feed, want string }{
		{"its own", ``, `<feed xmlns="http://www.w3.org/2005/Atom"><id>1</id></feed>`, ``},
		{"its own prefix", ``, `<atom:feed ` + atom + `><atom:id>1</atom:id></atom:feed>`, ``},
		{"a prefix around", atom, `<atom:feed><atom:id>1</atom:id></atom:feed>`, `<atom:feed ` + atom + `><atom:id>1</atom:id></atom:feed>`},
		{"a prefix around, of a child", `xmlns:e="urn:e"`, `<feed xmlns="http://www.w3.org/2005/Atom"><e:x/></feed>`, `<feed xmlns:e="urn:e" xmlns="http://www.w3.org/2005/Atom"><e:x/></feed>`},
		{"a prefix around, of an attribute", `xmlns:e="urn:e"`, `<feed xmlns="http://www.w3.org/2005/Atom" e:x=''/>`, `<feed xmlns:e="urn:e" xmlns="http://www.w3.org/2005/Atom" e:x=''/>`},
		{"a prefix around, in a value", `xmlns:e="urn:e" xmlns:xsi="` + xsi + `"`, `<feed xmlns="http://www.w3.org/2005/Atom"><x xsi:type="e:T"/></feed>`,
			`<feed xmlns:e="urn:e" xmlns:xsi="` + xsi + `" xmlns="http://www.w3.org/2005/Atom"><x xsi:type="e:T"/></feed>`},
		{"a prefix around, in a text", `xmlns:e="urn:e"`, `<feed xmlns="http://www.w3.org/2005/Atom"><x> e:T </x></feed>`, `<feed xmlns:e="urn:e" xmlns="http://www.w3.org/2005/Atom"><x> e:T </x></feed>`},
		{"others around", `xmlns:e="urn:e" xmlns:atom="urn:other" xmlns:x="urn:x"`, `<atom:feed ` + atom + `>xe fe</atom:feed>`, ``},
		{"declared again inside", `xmlns:e="urn:e"`, `<e:feed xmlns:e="http://www.w3.org/2005/Atom"/>`, ``},
		{"the default around", ``, `<atom:feed ` + atom + `><x/></atom:feed>`, `<atom:feed xmlns="` + oadr.NS + `" ` + atom + `><x/></atom:feed>`},
		{"the default around, of a value", ``, `<atom:feed ` + atom + ` xmlns:xsi="` + xsi + `" xsi:type="T"></atom:feed>`,
			`<atom:feed xmlns="` + oadr.NS + `" ` + atom + ` xmlns:xsi="` + xsi + `" xsi:type="T"></atom:feed>`},
		{"no default around", `xmlns=""`, `<atom:feed ` + atom + `><x/></atom:feed>`, `<atom:feed xmlns="" ` + atom + `><x/></atom:feed>`},
		{"a namespace to be escaped", `xmlns:e='urn:&amp;&quot;&lt;'`, `<feed xmlns="http://www.w3.org/2005/Atom"><e:x/></feed>`,
			`<feed xmlns:e="urn:&amp;&quot;&lt;" xmlns="http://www.w3.org/2005/Atom"><e:x/></feed>`},
		{"whatever form", ``, "<feed\n\txmlns='http://www.w3.org/2005/Atom' ><!-- a --><?b?><![CDATA[<c>]]>&#100;\r\n</feed >", ``},
		{"empty", atom, `<atom:feed/>`, `<atom:feed ` + atom + `/>`},
	} {
		t.Run(test.name, func(t *testing.T) {
			raw := strings.Replace(updateReportXML, `</interval>`, `<o:oadrGBPayload xmlns:o="`+oadr.NS+`" `+defaultless(test.around)+` `+test.around+`>`+test.feed+`</o:oadrGBPayload></interval>`, 1)
			p := decode(t, []byte(expand.Replace(raw)))
			got := p.Message.(*oadr.UpdateReport).Reports[0].Intervals[0].GreenButton
			if test.want == "" {
				test.want = test.feed
			}
			if len(got) != 1 || string(got[0]) != test.want {
				t.Fatalf("kept\n%s, want\n%s", got, test.want)
			}
			parse(t, []byte(got[0]))
			if again := decode(t, oadr.Append(nil, p.Form, p.Message)); !reflect.DeepEqual(again, p) {
				t.Errorf("written and read it is\n%s", again.Message.(*oadr.UpdateReport).Reports[0].Intervals[0].GreenButton)
			}
		})
	}
}

// Names in no namespace stay so when the payload around them is written anew and
// has a default namespace.
func TestR6GreenButtonStaysInNoNamespace(t *testing.T) {
	raw := `<o:oadrUpdateReport xmlns:o="` + oadr.NS + `" xmlns:p="` + oadr.NSpyld + `" xmlns:e="` + oadr.NSei + `" xmlns:s="` + oadr.NSstream + `" xmlns:a="` + oadr.NSatom + `">
		<p:requestID>r</p:requestID><o:oadrReport><s:intervals><e:interval><o:oadrGBPayload><a:feed><x/></a:feed></o:oadrGBPayload></e:interval></s:intervals>
		<e:reportRequestID>q</e:reportRequestID><e:reportSpecifierID>s</e:reportSpecifierID><e:createdDateTime>2026-11-24T12:00:00Z</e:createdDateTime></o:oadrReport></o:oadrUpdateReport>`
	p := decode(t, []byte(raw))
	if got, want := canonical(t, oadr.Append(nil, p.Form, p.Message)), canonical(t, []byte(raw)); got != want {
		t.Errorf("says\n%s, said\n%s", got, want)
	}
	want := oadr.XML(`<a:feed xmlns="" xmlns:a="` + oadr.NSatom + `"><x/></a:feed>`)
	if got := p.Message.(*oadr.UpdateReport).Reports[0].Intervals[0].GreenButton[0]; got != want {
		t.Errorf("kept %s, want %s", got, want)
	}
}

const xsi = "http://www.w3.org/2001/XMLSchema-instance"

// defaultless declares a default namespace where there is none.
func defaultless(declarations string) string {
	if strings.Contains(declarations, "xmlns=") {
		return ""
	}
	return fmt.Sprintf(`xmlns=%q`, oadr.NS)
}

// A whole payload of Green Button data whose sender declares prefixes is valid when
// it is written again.
func TestR6GreenButtonValidates(t *testing.T) {
	raw := `<o:oadrUpdateReport xmlns:o="` + oadr.NS + `" xmlns:p="` + oadr.NSpyld + `" xmlns:e="` + oadr.NSei + `" xmlns:s="` + oadr.NSstream + `" xmlns:a="` + oadr.NSatom + `" xmlns:espi="http://naesb.org/espi" xmlns:xsi="` + xsi + `">
		<p:requestID>r</p:requestID><o:oadrReport><s:intervals><e:interval><o:oadrGBPayload>
			<a:feed><a:id>i</a:id><a:title>t</a:title><a:updated>2026-11-24T12:00:00Z</a:updated><a:entry><a:content>
				<espi:IntervalReading xsi:type="espi:IntervalReading"><espi:value>7</espi:value></espi:IntervalReading></a:content></a:entry></a:feed>
		</o:oadrGBPayload></e:interval></s:intervals><e:reportRequestID>q</e:reportRequestID><e:reportSpecifierID>s</e:reportSpecifierID>
		<e:createdDateTime>2026-11-24T12:00:00Z</e:createdDateTime></o:oadrReport></o:oadrUpdateReport>`
	p := decode(t, []byte(raw))
	again := oadr.Append(nil, p.Form, p.Message)
	oadrtest.Validate(t, []byte(raw), again)
	if got, want := canonical(t, again), canonical(t, []byte(raw)); got != want {
		t.Errorf("says\n%s, said\n%s", got, want)
	}
}

// The missing content of a part is named (rule G5).
func TestG5PartsAreNotEmpty(t *testing.T) {
	for _, test := range []struct{ raw, old, with, element string }{
		{updateReportXML, `</interval>`, `<oadrGBPayload %oadr><feed/></oadrGBPayload></interval>`, "feed"},
		{registerReportXML, `<reportType %ei>`, `<reportDataSource %ei><serviceArea %emix/></reportDataSource><reportType %ei>`, "FeatureCollection"},
		{registerReportXML, `<reportType %ei>`, `<oadrGBDataDescription>feed</oadrGBDataDescription><reportType %ei>`, "feed"},
	} {
		p, err := oadr.Decode([]byte(expand.Replace(strings.Replace(test.raw, test.old, test.with, 1))), oadr.DefaultLimits)
		if err != nil || p.Invalid == nil || !strings.HasSuffix(p.Invalid.Element, "/"+test.element) {
			t.Errorf("%s: %v, %v", test.with, err, p)
		}
	}
}
