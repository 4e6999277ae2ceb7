package test

import (
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// TestS5S12S13S14Spec514Spec10_6Signed: over each transport, behind a real ejabberd too, signatures hold in both directions. What is not signed, is
// sent twice or is signed by another certificate is refused and changes nothing.
func TestS5S12S13S14Spec514Spec10_6Signed(t *testing.T) {
	for _, w := range ways {
		t.Run(w.name, func(t *testing.T) {
			walkSigned(t, startWay(t, w, signing("required")...))
		})
	}
}

func walkSigned(t *testing.T, s *stack) {
	p := s.signer(client.VENSpec{VENID: "signer"})
	refused := "error auth not-authorized"
	if s.way.http() {
		refused = "status 403"
	}
	p.says(refused, &oadr.QueryRegistration{RequestID: "q"})
	p.says(refused, p.registration())
	p.registers()
	p.expectSigned(oadr.KindRegisterReport)

	twice := p.signed(&oadr.RequestEvent{RequestID: "e", VENID: p.id})
	p.asks(twice, "oadrDistributeEvent 200")
	askRaw(t, p, "", twice).expectOutcome(t, refused)
	s.logged("the nonce was seen before")
	p.says(refused, &oadr.Poll{VENID: p.id})
	other := s.signer(client.VENSpec{VENID: "other"})
	askRaw(t, p, "", other.signed(&oadr.Poll{VENID: p.id})).expectOutcome(t, refused)
	s.logged("is not one of the sender")

	// S14: ejabberd takes the prefixes away.
	p.asks(p.asOpenLEADR(), "oadrResponse 200")
	p.asks(p.asAvob(), "oadrResponse 200")

	// S12: a push is signed, and only a signed answer settles it.
	e := s.create(event(p.id))
	push := p.expectSigned(oadr.KindDistributeEvent)
	answer := oadr.Answer(push.Message, oadr.CodeOK, "", oadr.Party{VENID: p.id})
	if s.way.pull() {
		p.says(refused, createdEvent(p.id, response("x", e.EventID, 0, oadr.OptIn)))
		p.asks(p.signed(createdEvent(p.id, response("x", e.EventID, 0, oadr.OptIn))), "oadrResponse 200")
	} else {
		push.answer(answer)
		s.eventually("the unsigned answer is refused", func() bool { return s.status(e.EventID, p.id).LastError != "" })
		again := p.expectSigned(oadr.KindDistributeEvent)
		again.reply(p.signed(oadr.Answer(again.Message, oadr.CodeOK, "", oadr.Party{VENID: p.id})), nil)
	}
	s.eventually("the signed answer counts", func() bool { return s.status(e.EventID, p.id).Delivery == "acknowledged" })
}

// expectSigned returns the next push, which must be of this kind and signed.
func (p *signer) expectSigned(kind oadr.Kind) push {
	p.t.Helper()
	q := p.expect(kind)
	p.holds([]byte(q.Raw))
	if kind == oadr.KindRegisterReport {
		q.reply(p.signed(oadr.Answer(q.Message, oadr.CodeOK, "", oadr.Party{VENID: p.id})), nil)
	}
	return q
}

// TestS12N14Asked: where signatures are asked for, a VEN that registers so signs and is signed to, and others need not. A VEN may
// have a setting of its own.
func TestS12N14Asked(t *testing.T) {
	s := start(t, signing("asked")...)
	p := s.signer(client.VENSpec{VENID: "signer"})
	p.registers()
	p.expectSigned(oadr.KindRegisterReport)
	p.says("error auth not-authorized", &oadr.Poll{VENID: p.id})
	p.asks(p.signed(&oadr.Poll{VENID: p.id}), "oadrResponse 200")

	plain := s.puppet()
	plain.says("oadrResponse 200", &oadr.Poll{VENID: plain.id})
	s.create(event(plain.id))
	if q := plain.expect(oadr.KindDistributeEvent); len(q.Raw) == 0 || p.isSigned(q.Raw) {
		t.Errorf("a VEN that does not sign is pushed %s", q.Raw)
	}

	off := s.signer(client.VENSpec{VENID: "off", Signatures: "off"})
	off.says("oadrCreatedPartyRegistration 200", off.registration())
	off.id = "off"
	a := askRaw(t, off, "", off.signed(&oadr.Poll{VENID: "off"}))
	if a.expectOutcome(t, "oadrResponse 200"); off.isSigned(string(a.Inside)) {
		t.Errorf("nobody looks at its signatures, and it is answered %s", a.Inside)
	}
	required := s.signer(client.VENSpec{VENID: "required", Signatures: "required"})
	required.says("error auth not-authorized", required.registration())
}

// isSigned reports whether a payload has a signature.
func (p *signer) isSigned(raw string) bool {
	got, err := p.Decode([]byte(raw))
	if err != nil {
		p.t.Fatal(err)
	}
	return got.Signature != nil || got.BadSignature != nil
}
