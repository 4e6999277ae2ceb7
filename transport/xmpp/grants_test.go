package xmpp

import (
	"os"
	"strings"
	"testing"
)

// TestAnAccountDoesNotAnswerForTheServer: an answer counts only from who was asked.
func TestAnAccountDoesNotAnswerForTheServer(t *testing.T) {
	c := New(Config{Domain: "vtn.example.org"}, nobody{})
	q := c.askDelegated()
	asked := make(chan struct{})
	go func() {
		defer close(asked)
		c.inquire(t.Context(), q)
	}()
	var id string
	sometime(t, "the question", func() bool {
		c.inquiries.mu.Lock()
		defer c.inquiries.mu.Unlock()
		for id = range c.inquiries.open {
		}
		return id != ""
	})
	answer := func(from, features string) {
		c.inquiries.answer(parseElement([]byte("<iq type='result' id='" + id + "' from='" + from + "'><query xmlns='" + nsInfo + "'>" + features + "</query></iq>")))
	}
	const announced = "<feature var='" + featureOpenADR + "'/>"
	answer("ven1@example.org/r", announced)
	answer("vtn.example.org", announced)
	answer("example.org", "")
	<-asked
	c.hearDelegated(q)
	if by := c.grants.holder(&c.grants.delegated); !q.answered || by != "" {
		t.Errorf("answered %v; somebody else's answer made %q the holder", q.answered, by)
	}
}

// TestGrantThatNoAnswerShowed is not missed: a server that does not tell of what
// it grants would be connected to anew for ever.
func TestGrantThatNoAnswerShowed(t *testing.T) {
	g := new(grants)
	g.give(&g.delegated, "example.org")
	g.hear(&g.delegated, "example.org", false)
	if g.gone() {
		t.Error("a grant is missed that no answer has told of")
	}
	g.hear(&g.delegated, "example.org", true)
	g.hear(&g.delegated, "other.example", false)
	if g.gone() {
		t.Error("another domain took it away")
	}
	g.hear(&g.delegated, "example.org", false)
	if !g.gone() {
		t.Error("the server's own answer did not count")
	}
	g.forget()
	if g.gone() || g.held() {
		t.Error("it is not forgotten")
	}
}

// TestAdviceNamesTheSection that README has.
func TestAdviceNamesTheSection(t *testing.T) {
	b, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(readMe, `"`)
	if !strings.Contains(string(b), "\n## "+strings.TrimSuffix(section, `"`)+"\n") {
		t.Errorf("README.md has no section %s", section)
	}
}
