package rig_test

import (
	"bufio"
	"crypto/sha1"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"mellium.im/xmpp"

	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
)

// component is a connection of XEP-0114, the handshake done.
type component struct {
	net.Conn
	in *bufio.Reader
}

func connect(t *testing.T, e *rig.Ejabberd, domain string) *component {
	t.Helper()
	c := &component{Conn: dial(t, e.ComponentAddr)}
	c.in = bufio.NewReader(c)
	fmt.Fprintf(c, "<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' to='%s'>", domain)
	header := c.until(t, "jabber:component:accept'>")
	_, id, _ := strings.Cut(header, " id='")
	id, _, _ = strings.Cut(id, "'")
	fmt.Fprintf(c, "<handshake>%x</handshake>", sha1.Sum([]byte(id+e.Secret)))
	c.until(t, "<handshake/>")
	return c
}

// until reads up to and with the text end.
func (c *component) until(t *testing.T, end string) string {
	t.Helper()
	if err := c.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for !strings.HasSuffix(b.String(), end) {
		part, err := c.in.ReadString(end[len(end)-1])
		b.WriteString(part)
		if err != nil {
			text := b.String()
			t.Fatalf("waiting for %s: %v after %d bytes: %.300s", end, err, len(text), text)
		}
	}
	return b.String()
}

// attr returns an attribute's value in the last stanza of text.
func attr(text, name string) string {
	_, value, _ := strings.Cut(text[strings.LastIndex(text, "<iq "):], " "+name+"='")
	value, _, _ = strings.Cut(value, "'")
	return value
}

func send(t *testing.T, s *xmpp.Session, stanza string) {
	t.Helper()
	if _, err := io.WriteString(s.Conn(), stanza); err != nil {
		t.Fatal(err)
	}
}

// grantDelegation answers what the server asks a component before it delegates.
func grantDelegation(t *testing.T, c *component) {
	t.Helper()
	for range 3 { // namespaces: one query for the domain, which is granted, one for accounts, which is refused
		for range 2 {
			query := c.until(t, "</iq>")
			node := attr(query, "node")
			answer := "<iq type='result' id='%s' from='%s' to='localhost'><query xmlns='http://jabber.org/protocol/disco#info' node='%s'/></iq>"
			if strings.HasPrefix(node, "urn:xmpp:delegation:1:bare:") {
				answer = "<iq type='error' id='%s' from='%s' to='localhost'><query xmlns='http://jabber.org/protocol/disco#info' node='%s'/><error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
			}
			fmt.Fprintf(c, answer, attr(query, "id"), "vtn.localhost", node)
		}
	}
	// The namespaces are granted in the order of the answers.
	for _, namespace := range []string{"http://openadr.org/oadr-2.0b/2012/07", "http://openadr.org/openadr2", "http://jabber.org/protocol/disco#items"} {
		c.until(t, "<delegated namespace='"+namespace+"'/></delegation></message>")
	}
}
