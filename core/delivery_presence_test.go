package core

import (
	"testing"
	"time"
)

// What came over a connection that has ended says nothing of the presence over the next.
func TestPresenceOfAnEndedConnectionIsForgotten(t *testing.T) {
	ven := &VEN{No: 1}
	at := Peer{Transport: "xmpp", Identity: "ven1@localhost", Address: "ven1@localhost/a"}
	for name, heard := range map[string]func(p *presence, word uint64){
		"presence": func(p *presence, word uint64) { p.appear(ven, at, word, time.Time{}.Add(1)) },
		"answer":   func(p *presence, word uint64) { p.answered(ven.No, at, word, time.Time{}.Add(1)) },
	} {
		t.Run(name, func(t *testing.T) {
			p := newPresence(func(string, Peer) AddressMatch { return OtherIdentity }, func(string) time.Duration { return 0 }, time.Now)
			late := p.word()
			p.clear(at.Transport)
			heard(p, late)
			if is, _ := p.state(ven.No); is != PresenceUnknown || p.count(at.Transport) != 0 {
				t.Errorf("after word of an ended connection the VEN is %v, and %d are online", is, p.count(at.Transport))
			}
			if _, known := p.bounced(ven.No, at, p.word()); known {
				t.Error("presence of the VEN is said to come")
			}
			heard(p, p.word())
			if is, _ := p.state(ven.No); is != PresenceAvailable || p.count(at.Transport) != 1 {
				t.Errorf("after word of this connection the VEN is %v, and %d are online", is, p.count(at.Transport))
			}
		})
	}
}
