package oadr

import "testing"

// TestX1S6PlainOK: PlainOK knows the answers that it is made for, in the wrappings of rule X1, takes no other for
// one, and agrees with Decode. A signature may stand behind the message, too.
func TestX1S6PlainOK(t *testing.T) {
	const ns, ei = " xmlns='" + NS + "'", " xmlns='" + NSei + "'"
	response := func(prefix, in, code string) string {
		return "<" + prefix + "oadrResponse" + in + "><eiResponse" + ei + "><responseCode>" + code + "</responseCode><pyld:requestID xmlns:pyld='" + NSpyld + "'>r</pyld:requestID></eiResponse><venID" + ei + ">v</venID></" + prefix + "oadrResponse>"
	}
	object := func(prefix, in, message string) string {
		return "<" + prefix + "oadrSignedObject" + in + ">\n " + message + "</" + prefix + "oadrSignedObject>"
	}
	payload := func(prefix, in, code, behind string) string {
		return "<" + prefix + "oadrPayload" + in + ">" + object(prefix, "", response(prefix, "", code)) + behind + "</" + prefix + "oadrPayload>"
	}
	for document, want := range map[string]bool{
		payload("", ns, "200", ""):                                            true,
		payload("o:", " xmlns:o=\""+NS+"\"", "200", ""):                       true,
		"<?xml version='1.0'?>\n" + payload("", ns, "200", ""):                true,
		object("", ns, response("", "", "200")):                               true,
		response("", ns, "200"):                                               true,
		payload("", ns, " 200", ""):                                           false,
		payload("", ns, "2000", ""):                                           false,
		payload("", ns, "450", ""):                                            false,
		payload("", " xmlns='urn:other'", "200", ""):                          false,
		payload("", "", "200", ""):                                            false,
		payload("o:", "", "200", ""):                                          false,
		payload("", ns, "200", "<d:Signature xmlns:d='"+NSds+"'/>"):           false,
		payload("", ns, "<!-- -->200", ""):                                    false,
		object("", ns, "so "+response("", "", "200")):                         false,
		object("", ns, "<oadrPoll/>"+response("", "", "200")):                 false,
		"<eiResponse" + ns + "><responseCode>200</responseCode></eiResponse>": false,
		"<responseCode" + ns + ">200</responseCode>":                          false,
		payload("", ns, "200", "")[:80]:                                       false,
		"200<":                                                                false,
		"OK":                                                                  false,
		"":                                                                    false,
	} {
		if got := PlainOK([]byte(document)); got != want {
			t.Errorf("plain is %v: %s", got, document)
		}
		if !want {
			continue
		}
		p, err := Decode([]byte(document), DefaultLimits)
		if err != nil {
			t.Errorf("%s: %v", document, err)
			continue
		}
		if m, ok := p.Message.(*Response); !ok || m.Response.Code != CodeOK || p.Invalid != nil {
			t.Errorf("Decode says %+v, %v: %s", p.Message, p.Invalid, document)
		}
	}
}
