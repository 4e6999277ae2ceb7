package test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
)

// TestX6NamesAsTheServerHasThem: the VTN recognises, answers, registers and pushes to a VEN with any name and resource that the
// server authenticates, however the operator writes the name.
func TestX6NamesAsTheServerHasThem(t *testing.T) {
	s := start(t, "VTN_REGISTRATION=known")
	for i, name := range []struct{ written, account, resource string }{
		{"Ven’s", "ven’s", "Büro ☎\ufe0f"},
		{"①Straße", "1strasse", "a\u200db"},
		{"ΣΊΣΥΦΟΣ", "σίσυφοσ", "①"},
		{"ñandú", "ñandú", "★\ufe0f ‽"},
		{"a+b~c=d", "a+b~c=d", "it's <&> \"so\""},
	} {
		t.Run(name.written, func(t *testing.T) {
			if err := s.server.Register(t.Context(), rig.Account{User: name.account, Password: "secret"}); err != nil {
				t.Fatal(err)
			}
			id := fmt.Sprint("named-", i)
			entered, err := s.AddVEN(t.Context(), client.VENSpec{VENID: id, Identities: []client.Identity{{Transport: "xmpp", Identity: name.written + "@LOCALHOST"}}})
			if err != nil {
				t.Fatal(err)
			}
			if got, want := entered.Identities[0].Identity, name.account+"@localhost"; got != want {
				t.Errorf("it is kept as %s, want %s", got, want)
			}
			got := make(chan string, 10)
			c := s.config(rig.Account{User: name.written, Password: "secret"})
			c.JID += "/" + name.resource
			c.OnEvent = func(e ven.Event) { got <- e.Descriptor.EventID }
			v := s.connect(c)
			if _, err := v.Register(t.Context()); err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(v.JID().String(), name.account+"@localhost/") {
				t.Errorf("the server has it as %s", v.JID())
			}
			e := s.create(event(id))
			s.delivery(e.EventID, id, "acknowledged")
			if pushed := <-got; pushed != e.EventID {
				t.Errorf("%s was pushed", pushed)
			}
		})
	}
}
