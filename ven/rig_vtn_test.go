package ven

import (
	"bufio"
	"bytes"
	"net"
	"sync"
	"testing"
	"time"

	"mellium.im/xmpp/component"
	"mellium.im/xmpp/jid"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
)

// scriptedVTN is the VTN of these tests: a component on a real server that answers what
// the script says. Package test tests whether our VTN answers the same.
type scriptedVTN struct {
	t      *testing.T
	domain string
	conn   *byteConn
	got    chan oadr.Message // every request, in order

	codec Codec // what it reads and writes with

	mu        sync.Mutex
	script    func(oadr.Message) oadr.Message              // nil reply: registration-required
	elsewhere func(s *stanza, query []byte) (reply []byte) // answers a disco#items query in place of the list of services; nil: the list
	answers   map[string]chan *stanza
}

// byteConn can be read byte by byte, so that the handshake leaves what follows it.
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
		codec: oadr.Codec{Limits: oadr.DefaultLimits},
		got:   make(chan oadr.Message, 100), answers: map[string]chan *stanza{},
	}
	v.script = v.usual
	if _, err := component.NewSession(t.Context(), jid.MustParse(scripted), []byte(e.Secret), v.conn); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { v.read(); close(done) }()
	t.Cleanup(func() {
		// The server sends its closing tag when it has unregistered the component.
		// Before that it may route stanzas for the next test's component to this one.
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
			if c.name.Space == oadr.NS {
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
		if bytes.Contains(c.raw, []byte("node=")) { // the server asks because of a delegation
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
	case oadr.NS, oadr.NS20a:
		p, err := v.codec.Decode(c.raw)
		if err != nil || p.Invalid != nil {
			v.t.Errorf("the VEN sent %s: %v, %v", c.raw, err, p)
			return
		}
		v.mu.Lock()
		script := v.script
		v.mu.Unlock()
		reply := s.fail("auth", "registration-required")
		if m := script(p.Message); m != nil {
			reply = s.result(v.codec.Append(nil, p.Form, m))
		}
		v.write(v.service(), reply) // before the test learns of the request
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

// usual is the answer of a VTN in good order.
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

// answering makes the VTN answer requests of one type as told, others as usual.
func answering[M oadr.Message](vtn *scriptedVTN, answer func(M, oadr.Message) oadr.Message) {
	vtn.plays(func(m oadr.Message) oadr.Message {
		usual := vtn.usual(m)
		if r, ok := m.(M); ok {
			return answer(r, usual)
		}
		return usual
	})
}

// create pushes requests for reports, and checks the code of the answer and what is
// pending.
func (v *scriptedVTN) create(to *VEN, code oadr.Code, pending []string, requests ...oadr.ReportRequest) {
	v.t.Helper()
	m, ok := decoded(v.t, v.push(to.JID(), &oadr.CreateReport{RequestID: "c-1", Requests: requests, VENID: "ven-7"})).(*oadr.CreatedReport)
	if !ok || m.Response.Code != code || m.Response.RequestID != "c-1" || m.VENID != "ven-7" {
		v.t.Fatalf("answered %+v", m)
	}
	equal(v.t, "pending", m.Pending, pending)
}

// cancel pushes a cancellation of reports, and checks the answer likewise.
func (v *scriptedVTN) cancel(to *VEN, code oadr.Code, follow bool, pending []string, reportRequestIDs ...string) {
	v.t.Helper()
	m, ok := decoded(v.t, v.push(to.JID(), &oadr.CancelReport{
		RequestID: "x-1", ReportRequestIDs: reportRequestIDs, ReportToFollow: follow, VENID: "ven-7",
	})).(*oadr.CanceledReport)
	if !ok || m.Response.Code != code || m.Response.RequestID != "x-1" || m.VENID != "ven-7" {
		v.t.Fatalf("answered %+v", m)
	}
	equal(v.t, "pending", m.Pending, pending)
}

// sendOtherMessages sends a VEN messages that are neither an answer nor a request of
// its VTN: a stranger's push, other content, an error, and an answer to nothing.
func (v *scriptedVTN) sendOtherMessages(node *VEN, kind Stanza, stranger *VEN) {
	v.t.Helper()
	form, to := oadr.Form{Root: oadr.RootMessage}, node.JID().String()
	forged := message(kind, to, "e7-1", oadr.Append(nil, form, pushOf("e7-1", event("forged", 0))))
	if err := stranger.Write(timeout(v.t), forged); err != nil {
		v.t.Fatal(err)
	}
	if _, err := stranger.SendRaw(timeout(v.t), v.domain, []byte("<query xmlns='"+nsInfo+"'/>")); err != nil { // it has arrived
		v.t.Fatal(err)
	}
	v.write(v.service(), message(kind, to, "1", []byte("<x xmlns='urn:example'/>")))
	v.write(v.service(), stanzaOf("message", "chat", to, "2", []byte("<body>hello</body>")))
	v.write(v.service(), stanzaOf("message", "error", to, "3", oadr.Append(nil, form, pushOf("e7-1", event("a", 0)))))
	v.write(v.service(), message(kind, to, "late", oadr.Append(nil, form, v.usual(&oadr.CreatePartyRegistration{}))))
}
