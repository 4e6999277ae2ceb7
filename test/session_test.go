package test

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/internal/faulty"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
)

// streamManagement has a server keep the session of a client whose connection has
// died, and what it has not acknowledged, as Debian's own configuration does
// (XEP-0198).
var streamManagement = rig.EjabberdOptions{Open: true, Replace: []string{"\n  mod_disco: {}\n", "\n  mod_disco: {}\n  mod_stream_mgmt: {}\n"}}

// rawClient speaks what the test writes, and all of it at once where a library
// would wait.
type rawClient struct {
	net.Conn
	in *bufio.Reader
}

// raw logs in, over the server's listener without TLS.
func (s *stack) raw(a rig.Account) (*rawClient, error) {
	conn, err := new(net.Dialer).DialContext(s.t.Context(), "tcp", s.server.OpenAddr)
	if err != nil {
		return nil, err
	}
	s.t.Cleanup(func() { conn.Close() })
	c := &rawClient{conn, bufio.NewReader(conn)}
	stream := "<stream:stream to='" + s.server.Domain + "' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"
	plain := base64.StdEncoding.EncodeToString([]byte("\x00" + a.User + "\x00" + a.Password))
	for _, step := range []struct{ write, until string }{
		{stream, "</stream:features>"},
		{"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>" + plain + "</auth>", "<success"},
		{stream, "</stream:features>"},
	} {
		if _, err := c.ask(step.write, step.until); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// ask writes and reads until there is a text.
func (c *rawClient) ask(write, until string) (string, error) {
	if _, err := io.WriteString(c, write); err != nil {
		return "", err
	}
	var read strings.Builder
	for !strings.HasSuffix(read.String(), until) {
		if err := c.SetReadDeadline(time.Now().Add(patience)); err != nil {
			return "", err
		}
		b, err := c.in.ReadByte()
		if err != nil {
			return "", fmt.Errorf("waited for %s: %w: %s", until, err, read.String())
		}
		read.WriteByte(b)
	}
	return read.String(), nil
}

const bind = "<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>ven</resource></bind></iq>"

// dead is a session whose connection dies without a word: nobody reads any more
// what the server writes.
func (s *stack) dead(a rig.Account, managed bool) error {
	c, err := s.raw(a)
	if err == nil {
		_, err = c.ask(bind, "</bind></iq>")
	}
	if err == nil && managed {
		_, err = c.ask("<enable xmlns='urn:xmpp:sm:3' resume='true'/>", "<enabled")
	}
	if err == nil {
		_, err = io.WriteString(c, "<presence/>")
	}
	return err
}

// back logs in anew, as fast as can be, and takes the push that comes.
func (s *stack) back(a rig.Account) error {
	c, err := s.raw(a)
	if err != nil {
		return err
	}
	push, err := c.ask(bind+"<presence/>", "</oadrPayload></iq>")
	if err != nil {
		return err
	}
	_, id, _ := strings.Cut(push[strings.LastIndex(push, "<iq "):], "id='")
	id, _, _ = strings.Cut(id, "'")
	_, err = fmt.Fprintf(c, "<iq type='result' id='%s' to='%s'/>", id, serviceJID)
	return err
}

// TestVENsThatReconnectTogetherAreNotParked: their connections die with a push in
// each, and they log in again under the same resource, and say nothing but that
// they are there. Where the server manages streams, it sends the pushes back after
// it has told of the new sessions, and then that the addresses left; where it does
// not, nobody tells that the pushes are lost.
func TestVENsThatReconnectTogetherAreNotParked(t *testing.T) {
	t.Parallel()
	e := ownServerWith(t, streamManagement)
	s := startAt(t, e, e.ComponentAddr)
	for _, managed := range []bool{true, false} {
		t.Run(fmt.Sprintf("managed %v", managed), func(t *testing.T) {
			const crowd = 100
			s := s.in(t)
			accounts := s.accounts(crowd)
			together := func(what string, do func(a rig.Account) error) {
				t.Helper()
				failed := make(chan error, crowd)
				for _, a := range accounts {
					go func() { failed <- do(a) }()
				}
				for range accounts {
					if err := next(t, what, failed); err != nil {
						t.Fatal(err)
					}
				}
			}
			var ids []string
			for _, a := range accounts {
				c := s.config(a)
				c.JID += "/ven"
				v := s.connect(c)
				r := s.greeted(v)
				if err := v.Close(t.Context()); err != nil {
					t.Fatal(err)
				}
				ids = append(ids, r.VENID)
			}
			together("login", func(a rig.Account) error { return s.dead(a, managed) })
			ev := s.create(event(ids...))
			s.eventually("a push in each connection", func() bool { return s.count(ev, "sent") == crowd })
			began := time.Now()
			together("the push again", s.back)
			s.eventually("all to hold the event", func() bool { return s.count(ev, "acknowledged") == crowd })
			t.Logf("%d VENs had the event again %v after they began to log in", crowd, time.Since(began).Round(time.Millisecond))
		})
	}
}

// count counts an event's VENs of one delivery.
func (s *stack) count(e *client.Event, delivery string) (n int) {
	s.t.Helper()
	vens, err := s.EventVENs(s.t.Context(), e.EventID)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, v := range vens {
		if v.Delivery == delivery {
			n++
		}
	}
	return n
}

// TestX5AnotherClientTakesNoEvents: it logs in to the VEN's account, says that it is
// there and answers what it gets in whatever way that is not OpenADR.
func TestX5AnotherClientTakesNoEvents(t *testing.T) {
	s := start(t)
	for name, reply := range map[string]faulty.Reply{
		"an empty result": {How: faulty.Empty},
		"not implemented": {How: faulty.Fail, Type: "cancel", Condition: "feature-not-implemented"},
		"not available":   {How: faulty.Fail, Type: "cancel", Condition: "service-unavailable"},
		"forbidden":       {How: faulty.Fail, Type: "auth", Condition: "forbidden"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := s.in(t)
			a := s.account()
			pushes := map[string]chan *oadr.DistributeEvent{}
			config := func(resource string, reply faulty.Reply) ven.Config {
				c := s.config(a)
				c.JID += "/" + resource
				c.SkipCatchUp = true
				got := make(chan *oadr.DistributeEvent, 100)
				pushes[resource] = got
				faulty.Faults{OnPush: func(m *oadr.DistributeEvent) faulty.Reply { got <- m; return reply }}.Apply(&c)
				return c
			}
			c := config("ven", faulty.Reply{How: faulty.Empty}) // of the VEN, that counts
			v := s.connect(c)
			r, err := v.Register(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			phone := s.connect(config("phone", reply))
			s.presenceOf(phone)
			first := s.create(event(r.VENID))
			s.delivery(first.EventID, r.VENID, "acknowledged")
			if len(pushes["phone"]) > 0 {
				t.Errorf("another client was sent %+v", <-pushes["phone"])
			}
			if err := v.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
			// It is asked while the VEN is away, and what it says is not the VEN's word.
			later := s.create(event(r.VENID))
			next(t, "a push to the other client", pushes["phone"])
			s.delivery(later.EventID, r.VENID, "unreachable")
			c.Registration = r
			s.connect(c)
			s.delivery(later.EventID, r.VENID, "acknowledged")
		})
	}
}

// presenceOf waits until the VTN has seen the presence of a client: an answer to
// what it asks comes behind.
func (s *stack) presenceOf(v *ven.VEN) {
	s.t.Helper()
	if _, err := v.SendRaw(s.t.Context(), vtnDomain, []byte("<ping xmlns='urn:xmpp:ping'/>")); err != nil {
		s.t.Fatal(err)
	}
}
