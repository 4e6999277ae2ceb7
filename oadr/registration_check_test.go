package oadr_test

import (
	"strings"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// Names that the schema does not have are decoded as they are, and CheckNames finds
// them.
func TestCheckNames(t *testing.T) {
	for _, test := range []struct{ raw, old, new, want string }{
		{registrationXML, "", "", ""},
		{registeredXML, "", "", ""},
		{cancelOptXML, "", "", ""},
		{registrationXML, "<oadrTransportName>xmpp<", "<oadrTransportName> simpleHttp <", ""},
		{registrationXML, "<oadrProfileName>2.0b<", "<oadrProfileName>xmpp<", `oadrProfileName "xmpp" is none of 2.0a, 2.0b`},
		{registrationXML, "<oadrTransportName>xmpp<", "<oadrTransportName>XMPP<", `oadrTransportName "XMPP" is none of simpleHttp, xmpp`},
		{registeredXML, "<oadrProfileName>2.0b<", "<oadrProfileName>2.0B<", `oadrProfileName "2.0B" is none of 2.0a, 2.0b`},
		{registeredXML, "<oadrTransportName>xmpp<", "<oadrTransportName>http<", `oadrTransportName "http" is none of simpleHttp, xmpp`},
	} {
		p := decode(t, []byte(expand.Replace(strings.Replace(test.raw, test.old, test.new, 1))))
		if p.Invalid != nil {
			t.Errorf("%s is not read: %v", test.new, p.Invalid)
		}
		got := ""
		if wrong := oadr.CheckNames(p.Message); wrong != nil {
			got = wrong.Error()
		}
		if got != test.want {
			t.Errorf("with %q: %q, want %q", test.new, got, test.want)
		}
	}
}
