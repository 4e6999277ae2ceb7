package ven

import (
	"bufio"
	"bytes"
	"context"
	"net"
	"sync"
	"testing"
	"time"

	"mellium.im/xmpp/component"
	"mellium.im/xmpp/jid"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
)

// scriptedVTN is the other side of these tests: a component on a real server
// that answers what the script says. Whether our VTN answers the same is tested
// end to end elsewhere.
type scriptedVTN struct {
	t      *testing.T
	domain string
	conn   *byteConn
	got    chan oadr.Message // every request, in order

	mu        sync.Mutex
	script    func(oadr.Message) oadr.Message              // nil reply: registration-required
	elsewhere func(s *stanza, query []byte) (reply []byte) // answers where it does not list the services; nil: it lists them
	answers   map[string]chan *stanza
}

// byteConn reads byte by byte, so that the component's handshake leaves the rest.
type byteConn struct {
	net.Conn
	buffered *bufio.Reader
}

func (c *byteConn) Read(p []byte) (int, error) { return c.buffered.Read(p) }
func (c *byteConn) ReadByte() (byte, error)    { return c.buffered.ReadByte() }

func startVTN(t *testing.T, e *rig.Ejabberd) *scriptedVTN {
	t.Helper()
	tcp, err := net.Dial("tcp", e.ComponentAddr)
	if err != nil {
		t.Fatal(err)
	}
	v := &scriptedVTN{
		t: t, domain: scripted, conn: &byteConn{tcp, bufio.NewReader(tcp)},
		got: make(chan oadr.Message, 100), answers: map[string]chan *stanza{},
	}
	v.script = v.usual
	if _, err := component.NewSession(t.Context(), jid.MustParse(scripted), []byte(e.Secret), v.conn); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { v.read(); close(done) }()
	t.Cleanup(func() {
		// The server sends its closing tag when it has dropped the component. Until
		// then it may route to this one what is for that of the next test.
		v.mu.Lock()
		_, _ = tcp.Write([]byte("</stream:stream>"))
		v.mu.Unlock()
		select {
		case <-done:
		case <-time.After(10 * time.Second):
		}
		tcp.Close()
		<-done
	})
	return v
}

func (v *scriptedVTN) service() string { return "vtn@" + v.domain }

func (v *scriptedVTN) read() {
	cut := newCutter(v.conn)
	for {
		s, err := cut.next()
		if err != nil {
			return
		}
		for _, c := range s.children {
			if isOpenADR(c.name) {
				sent.Record(c.raw)
			}
		}
		switch {
		case s.name.Local == "iq" && s.isAnswer():
			v.mu.Lock()
			if c := v.answers[s.id]; c != nil {
				c <- s
			}
			v.mu.Unlock()
		case s.isRequest() && len(s.children) == 1:
			v.answer(s)
		case s.name.Local == "message" && s.kind != "error":
			v.answerMessage(s)
		}
	}
}

// write sends a stanza from one of the component's addresses.
func (v *scriptedVTN) write(from string, b []byte) {
	v.mu.Lock()
	defer v.mu.Unlock()
	name, rest, _ := bytes.Cut(b, []byte(" "))
	_, _ = v.conn.Write(append(append(bytes.Clone(name), ` from='`+from+`' `...), rest...))
}

func (v *scriptedVTN) answer(s *stanza) {
	switch c := s.children[0]; c.name.Space {
	case nsInfo:
		if bytes.Contains(c.raw, []byte("node=")) { // the server offers a delegation
			v.write(v.domain, s.fail("cancel", "item-not-found"))
			return
		}
		v.write(v.domain, s.result([]byte(`<query xmlns='`+nsInfo+`'><feature var='`+feature+`'/></query>`)))
	case nsItems:
		list := `<query xmlns='` + nsItems + `'>`
		if v.elsewhere != nil {
			if reply := v.elsewhere(s, c.raw); reply != nil {
				v.write(v.domain, reply)
				return
			}
		}
		for _, service := range []string{"EiEvent", "EiRegisterParty", "EiReport", "EiOpt"} {
			list += `<item jid='` + v.service() + `' node='http://openadr.org/OpenADR2/` + service + `'/>`
		}
		v.write(v.domain, s.result([]byte(list+`</query>`)))
	case oadr.NS:
		p, err := oadr.Decode(c.raw, oadr.DefaultLimits)
		if err != nil || p.Invalid != nil {
			v.t.Errorf("the VEN sent %s: %v, %v", c.raw, err, p)
			return
		}
		v.mu.Lock()
		script := v.script
		v.mu.Unlock()
		reply := s.fail("auth", "registration-required")
		if m := script(p.Message); m != nil {
			reply = s.result(oadr.Append(nil, p.Form, m))
		}
		v.write(v.service(), reply) // before the test goes on
		v.got <- p.Message
	}
}

// answerMessage answers a request in a message. An oadrResponse gets no answer.
func (v *scriptedVTN) answerMessage(s *stanza) {
	raw, kind := s.payload()
	p, err := oadr.Decode(raw, oadr.DefaultLimits)
	if err != nil || p.Invalid != nil {
		v.t.Errorf("the VEN sent %s: %v, %v", s.raw, err, p)
		return
	}
	v.got <- p.Message
	if p.Message.Kind() == oadr.KindResponse {
		return
	}
	v.mu.Lock()
	script := v.script
	v.mu.Unlock()
	if m := script(p.Message); m != nil {
		v.write(v.service(), message(kind, s.from, s.id, oadr.Append(nil, p.Form, m)))
		return
	}
	v.write(v.service(), s.fail("auth", "registration-required"))
}

// usual is what a VTN in good order answers.
func (v *scriptedVTN) usual(m oadr.Message) oadr.Message {
	by := oadr.Party{VENID: "ven-7", VTNID: "VTN", RequestID: "r1",
		Profiles: []oadr.ProfileOffer{{Name: oadr.Profile20b, Transports: []string{oadr.TransportXMPP}}}}
	a := oadr.Answer(m, oadr.CodeOK, "OK", by)
	if _, ok := m.(*oadr.CreatePartyRegistration); ok {
		a.(*oadr.CreatedPartyRegistration).RegistrationID = "reg-7"
	}
	return a
}

// plays replaces the script.
func (v *scriptedVTN) plays(script func(oadr.Message) oadr.Message) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.script = script
}

// ask sends an IQ to a VEN and returns its answer.
func (v *scriptedVTN) ask(from string, to jid.JID, kind, id string, inside []byte) *stanza {
	v.t.Helper()
	answer := make(chan *stanza, 1)
	v.mu.Lock()
	v.answers[id] = answer
	v.mu.Unlock()
	v.write(from, iq(kind, to.String(), id, inside))
	return next(v.t, answer)
}

// push sends a message to a VEN and returns the answer to its IQ.
func (v *scriptedVTN) push(to jid.JID, m oadr.Message) *stanza {
	v.t.Helper()
	return v.ask(v.service(), to, "set", newID(), oadr.Append(nil, oadr.Form{}, m))
}

// next is what a channel gives next; it fails the test rather than wait for
// ever.
func next[T any](t *testing.T, c <-chan T) T {
	t.Helper()
	select {
	case x := <-c:
		return x
	case <-time.After(30 * time.Second):
		t.Fatal("waited in vain")
		panic("unreachable")
	}
}

// request is the next request of one type that the VTN got.
func request[M oadr.Message](t *testing.T, v *scriptedVTN) M {
	t.Helper()
	m := next(t, v.got)
	r, ok := m.(M)
	if !ok {
		t.Fatalf("the VEN sent %s", m.Kind())
	}
	return r
}

func timeout(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}
