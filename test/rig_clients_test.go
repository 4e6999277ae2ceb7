package test

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
	"mellium.im/sasl"
	"mellium.im/xmpp"
	"mellium.im/xmpp/jid"
)

// clients are the accounts at the server, and the clients that log in to them without being VENs.
type clients struct{ site }

func (s *clients) jid(a rig.Account) string { return a.User + "@" + s.server.Domain }

// account makes an account of its own at the server, with the roster item that
// shows its presence to the VTN.
func (s *clients) account() rig.Account {
	s.t.Helper()
	return s.accounts(1)[0]
}

// accounts makes n accounts at once.
func (s *clients) accounts(n int) []rig.Account {
	s.t.Helper()
	if s.way.http() { // its certificate is enough
		return unregistered(n)
	}
	register := func(n int) ([]rig.Account, error) { return registerAccounts(s.t.Context(), s.server, n) }
	if s.spare != nil {
		register = s.spare.take
	}
	made, err := register(n)
	if err != nil {
		s.t.Fatal(err)
	}
	return made
}

// unseen makes an account without a roster item, so that the VTN receives its presence by mod_privilege alone.
func (s *clients) unseen() rig.Account {
	s.t.Helper()
	a := rig.Account{User: fmt.Sprintf("ven%d", accounts.Add(1)), Password: "secret"}
	if err := s.server.Register(s.t.Context(), a); err != nil {
		s.t.Fatal(err)
	}
	return a
}

// fleetAccounts makes the accounts of a fleet, and returns them with the flags of simulate for them and the server.
func (s *clients) fleetAccounts(n int64) (all []rig.Account, flags []string) {
	s.t.Helper()
	first := accounts.Add(n) - n + 1
	for i := range n {
		all = append(all, rig.Account{User: fmt.Sprintf("ven%d", first+i), Password: "secret", SeenBy: []string{vtnDomain}})
	}
	if err := s.server.Register(s.t.Context(), all...); err != nil {
		s.t.Fatal(err)
	}
	password := filepath.Join(s.t.TempDir(), "password")
	if err := os.WriteFile(password, []byte("secret\n"), 0o600); err != nil {
		s.t.Fatal(err)
	}
	return all, []string{"--jid", "ven%d@localhost", "--first", fmt.Sprint(first), "--count", fmt.Sprint(n), "--password-file", password,
		"--server", s.server.ClientAddr, "--ca", s.server.CAFile}
}

// login logs in without reading from the session.
func (s *clients) login(a rig.Account) (*xmpp.Session, error) {
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", s.server.ClientAddr)
	if err != nil {
		return nil, err
	}
	context.AfterFunc(s.t.Context(), func() { conn.Close() })
	session, err := xmpp.NewClientSession(ctx, jid.MustParse(s.jid(a)), conn,
		xmpp.StartTLS(&tls.Config{ServerName: s.server.Domain, RootCAs: s.server.CertPool}),
		xmpp.SASL("", a.Password, sasl.ScramSha1),
		xmpp.BindResource(),
	)
	if err != nil {
		conn.Close()
	}
	return session, err
}

// session logs in with a client of a general XMPP library that knows nothing of OpenADR. It sends no presence.
func (s *clients) session(a rig.Account) *xmpp.Session {
	s.t.Helper()
	session, err := s.login(a)
	if err != nil {
		s.t.Fatal(err)
	}
	go session.Serve(nil) // ends with the connection
	return session
}

// raw logs in, over the server's listener without TLS.
func (s *clients) raw(a rig.Account) (*rawClient, error) {
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

// dead logs in with a connection that is dead afterwards: nobody reads what the server writes.
func (s *clients) dead(a rig.Account, managed bool) error {
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

// back logs in again as fast as possible, and answers the push that comes.
func (s *clients) back(a rig.Account) error {
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

func (s *clients) bystander(a rig.Account) *bystander {
	s.t.Helper()
	session, err := s.login(a)
	if err != nil {
		s.t.Fatal(err)
	}
	tokens := session.TokenReader()
	s.t.Cleanup(func() { tokens.Close() })
	return &bystander{session, s.t, xml.NewTokenDecoder(tokens)}
}
