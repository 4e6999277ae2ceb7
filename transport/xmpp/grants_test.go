package xmpp

import "testing"

// TestAnAccountDoesNotSayWhatTheServerGrants: only a domain of the server does.
func TestAnAccountDoesNotSayWhatTheServerGrants(t *testing.T) {
	c := New(Config{Domain: "vtn.example.org"}, nobody{})
	answer := func(from, features string) {
		c.pong(parseElement([]byte("<iq type='result' id='q1' from='"+from+"'><query xmlns='"+nsInfo+"'>"+features+"</query></iq>")), "q1")
	}
	const announced = "<feature var='" + featureOpenADR + "'/>"
	c.grants.give(&c.grants.delegated, "example.org")
	c.grants.ask(&c.grants.delegated, "q1")
	answer("ven1@example.org/r", announced)
	answer("ven1@example.org/r", "")
	if by := c.grants.holder(&c.grants.delegated); by != "example.org" || c.grants.gone() {
		t.Errorf("an account made %q the holder, or took the grant away", by)
	}
	answer("example.org", "")
	if !c.grants.gone() {
		t.Error("the server's own answer did not count")
	}
}
