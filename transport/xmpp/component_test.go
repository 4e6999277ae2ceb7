package xmpp

import (
	"fmt"
	"testing"
)

func TestLocalpart(t *testing.T) {
	for id, want := range map[string]string{"VTN": "vtn", "My VTN/1": "my-vtn-1", "é@x": "é-x", "": "vtn", "a.b_c~d+e": "a.b_c~d+e"} {
		c := New(Config{Domain: "vtn.example.org", VTNID: id}, nil)
		if got := c.ServiceJID(); got != want+"@vtn.example.org" || c.err != nil {
			t.Errorf("%q became %s, %v", id, got, c.err)
		}
	}
}

func TestConfigErrors(t *testing.T) {
	for _, cfg := range []Config{{Domain: ""}, {Domain: "a b.example.org"}, {Domain: "vtn"}, {Domain: "vtn.example.org", AllowDomains: []string{"@"}}} {
		if err := New(cfg, nil).Run(t.Context()); err == nil {
			t.Errorf("%+v was taken", fmt.Sprint(cfg.Domain, cfg.AllowDomains))
		}
	}
}
