package test

import (
	"testing"

	"mellium.im/xmpp/jid"
	"mellium.im/xmpp/ping"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// TestSpec9_3_4_4_1EmptyResult: what has nothing to say is answered with an empty
// result, and an empty answer to a push is taken.
func TestSpec9_3_4_4_1EmptyResult(t *testing.T) {
	s := walk(t)
	p := s.puppet()
	p.says("empty", &oadr.Response{Response: oadr.EIResponse{Code: oadr.CodeOK, RequestID: "nobody's"}, VENID: p.id})
	e := s.create(event(p.id)).EventID
	p.expectEvents(e + " 0 far").empty()
	s.delivery(e, p.id, "acknowledged")
}

// TestSpec9_3_4_4_2Errors: an error of XMPP in answer to a push is not OpenADR's.
func TestSpec9_3_4_4_2Errors(t *testing.T) {
	s := walk(t)
	p := s.puppet()
	e := s.create(event(p.id)).EventID
	p.expectEvents(e+" 0 far").fail("modify", "bad-request")
	if got := s.delivery(e, p.id, "refused"); got.LastError != "bad-request" || got.ResponseCode != 0 {
		t.Errorf("shown as %+v", got)
	}
}

// TestSpec9_3_4_6Ping: the VTN answers a ping.
func TestSpec9_3_4_6Ping(t *testing.T) {
	s := walk(t)
	c := s.session(s.account())
	for _, to := range []string{serviceJID, vtnDomain} {
		if err := ping.Send(t.Context(), c, jid.MustParse(to)); err != nil {
			t.Error(err)
		}
	}
}
