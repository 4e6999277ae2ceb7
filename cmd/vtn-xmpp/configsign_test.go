package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
)

// TestS12Settings: a VTN with a certificate takes VENs that have to sign; without one it refuses them and says what to set.
func TestS12Settings(t *testing.T) {
	rig.NeedPrograms(t, "openssl")
	m := newMachine(t, nil)
	m.testCA("ca", "ven1")
	m.env = map[string]string{"VTN_XMPP_SECRET": "s", "VTN_SIGNATURES": "asked", "VTN_SIGN_CERT_FILE": "ca/vtn-ecc.crt", "VTN_SIGN_KEY_FILE": "ca/vtn-ecc.key"}
	m.env["VTN_API_URL"] = m.serve().api
	m.ok("", "ven", "add", "--id=ven1", "--certificate=ca/ven1.crt", "--signatures=required")
	var v client.VEN
	if err := json.Unmarshal([]byte(m.ok("", "ven", "show", "ven1", "-o", "json")), &v); err != nil || v.Signatures != "required" {
		t.Errorf("it is %+v, %v", v, err)
	}
	m.ok("", "ven", "modify", "ven1", "--set", "signatures=off")
	if m.says(m.refused("ven", "modify", "ven1", "--set", "signatures=on"), "signatures", "none of off, asked, required"); t.Failed() {
		return
	}
	off := newMachine(t, map[string]string{"VTN_XMPP_SECRET": "s"})
	off.env["VTN_API_URL"] = off.serve().api
	off.says(off.refused("ven", "add", "--id=ven1", "--signatures=required"), "VTN_SIGN_CERT_FILE")
}

// What is wrong with the settings of signatures is said at once, and no key.
func TestBadSettingsOfSignatures(t *testing.T) {
	rig.NeedPrograms(t, "openssl")
	m := newMachine(t, nil)
	m.testCA("ca")
	for name, test := range map[string]struct {
		env  map[string]string
		says string
	}{
		"an unknown mode":        {map[string]string{"VTN_SIGNATURES": "on"}, `VTN_SIGNATURES "on" is none of off, asked, required`},
		"no certificate":         {map[string]string{"VTN_SIGNATURES": "asked", "VTN_SIGN_CERT_FILE": "", "VTN_SIGN_KEY_FILE": ""}, "set VTN_SIGN_CERT_FILE and VTN_SIGN_KEY_FILE"},
		"no key":                 {map[string]string{"VTN_SIGN_KEY_FILE": ""}, "set both"},
		"no file":                {map[string]string{"VTN_SIGN_CERT_FILE": "none"}, "VTN_SIGN_CERT_FILE"},
		"no key file":            {map[string]string{"VTN_SIGN_KEY_FILE": "none"}, "VTN_SIGN_KEY_FILE"},
		"another's key":          {map[string]string{"VTN_SIGN_KEY_FILE": "ca/vtn-rsa.key"}, "VTN_SIGN_CERT_FILE, VTN_SIGN_KEY_FILE"},
		"the key as certificate": {map[string]string{"VTN_SIGN_CERT_FILE": "ca/vtn-ecc.key"}, "VTN_SIGN_CERT_FILE, VTN_SIGN_KEY_FILE"},
	} {
		t.Run(name, func(t *testing.T) {
			env := map[string]string{"VTN_XMPP_SECRET": "s", "VTN_SIGN_CERT_FILE": "ca/vtn-ecc.crt", "VTN_SIGN_KEY_FILE": "ca/vtn-ecc.key"}
			for name, value := range test.env {
				env[name] = value
			}
			refusing := &machine{t, m.dir, env}
			said := refusing.refused("serve")
			if refusing.says(said, test.says); strings.Contains(said, "PRIVATE") {
				t.Errorf("it tells a key: %s", said)
			}
		})
	}
}
