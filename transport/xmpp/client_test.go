package xmpp

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/internal/xmltext"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
	"github.com/vtn-xmpp/vtn-xmpp/transport/xmpp/stream"
)

// client is a VEN's session with the server, written by hand so that tests can
// send what no library would.
type client struct {
	t        *testing.T
	conn     net.Conn
	jid      string
	incoming chan stream.Element
}

// login opens a session of an account of the server.
func login(t *testing.T, s *rig.Ejabberd, user, resource string) *client {
	t.Helper()
	raw, err := net.Dial("tcp", s.ClientAddr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { raw.Close() })
	if err := raw.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	v := &client{t: t, conn: raw}
	open := func() (*stream.Cutter, stream.Element) {
		v.send("<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0' to='" + s.Domain + "'>")
		r := bufio.NewReader(v.conn)
		for {
			tag, err := r.ReadBytes('>')
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(tag, []byte("<stream:stream")) {
				break
			}
		}
		c := stream.NewCutter(r, stream.Limits{Size: 4 << 20, Depth: 100_000})
		return c, v.read(c)
	}
	c, _ := open()
	v.send("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
	if e := v.read(c); e.Local() != "proceed" {
		t.Fatalf("no TLS: %s", e.Raw)
	}
	v.conn = tls.Client(raw, &tls.Config{ServerName: s.Domain, RootCAs: s.CertPool})
	c, _ = open()
	v.send("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>" + base64.StdEncoding.EncodeToString([]byte("\x00"+user+"\x00"+password)) + "</auth>")
	if e := v.read(c); e.Local() != "success" {
		t.Fatalf("no login for %s: %s", user, e.Raw)
	}
	c, _ = open()
	v.send("<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>" + string(xmltext.AppendValue(nil, resource)) + "</resource></bind></iq>")
	v.jid = v.read(c).Child("bind").Child("jid").Text()
	if v.jid == "" {
		t.Fatal("no resource was bound")
	}
	if err := raw.SetReadDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	v.incoming = make(chan stream.Element, 10_000)
	go func() {
		defer close(v.incoming)
		for {
			raw, err := c.Next()
			if err != nil {
				return
			}
			v.incoming <- stream.Parse(bytes.Clone(raw))
		}
	}()
	return v
}

func (v *client) read(c *stream.Cutter) stream.Element {
	v.t.Helper()
	raw, err := c.Next()
	if err != nil {
		v.t.Fatal(err)
	}
	return stream.Parse(bytes.Clone(raw))
}

func (v *client) send(stanza string, args ...any) {
	v.t.Helper()
	if len(args) > 0 {
		stanza = fmt.Sprintf(stanza, args...)
	}
	if _, err := v.conn.Write([]byte(stanza)); err != nil {
		v.t.Fatal(err)
	}
}

// await is the next stanza that comes in and fits.
func (v *client) await(what string, fits func(stream.Element) bool) stream.Element {
	v.t.Helper()
	timeout := time.After(patience)
	for {
		select {
		case e, ok := <-v.incoming:
			if !ok {
				v.t.Fatalf("%s: the server ended the session of %s, waiting for %s", v.t.Name(), v.jid, what)
			}
			if fits(e) {
				return e
			}
		case <-timeout:
			v.t.Fatalf("%s got no %s", v.jid, what)
		}
	}
}

// ask sends an IQ and returns the answer to it.
func (v *client) ask(typ, to, child string) stream.Element {
	v.t.Helper()
	asked++
	id := fmt.Sprintf("ask%d", asked)
	v.send("<iq type='" + typ + "' id='" + id + "' to='" + to + "'>" + child + "</iq>")
	return v.await("answer to "+id, func(e stream.Element) bool { return e.Local() == "iq" && e.Attribute("id") == id })
}

var asked int

// push is the next IQ set that comes in.
func (v *client) push() stream.Element {
	v.t.Helper()
	return v.await("push", func(e stream.Element) bool { return e.Local() == "iq" && e.Attribute("type") == "set" })
}

// answered is an IQ's type and, of an error, its type and condition.
func answered(e stream.Element) string {
	if e.Attribute("type") != "error" {
		return e.Attribute("type")
	}
	var wrong stream.Element
	for child := range e.Children() {
		if child.Local() == "error" {
			wrong = child
		}
	}
	return strings.Join([]string{"error", wrong.Attribute("type"), condition(wrong)}, " ")
}
