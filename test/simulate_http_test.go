package test

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
)

// httpFleet is a fleet of VENs over HTTP that speak in one way.
type httpFleet struct {
	name  string
	vens  int
	spec  client.VENSpec // of each, as the operator enters it
	flags []string

	ids []string
	cmd *exec.Cmd
	out screen
}

// TestH8H9H18S12A2SimulateOverHTTP runs a fleet for each way of speaking over HTTP. One event reaches all of them, and their answers
// are on record.
func TestH8H9H18S12A2SimulateOverHTTP(t *testing.T) {
	port, err := rig.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	listen := fmt.Sprintf("127.0.0.1:%d", port)
	known := []string{"--sign", "--vtn-fingerprint", rig.Fingerprint(https.RSA), "--vtn-fingerprint", rig.Fingerprint(https.ECC)}
	simple := client.VENSpec{Profile: oadr.Profile20a}
	pushed := client.VENSpec{Profile: oadr.Profile20a, PushURL: "https://" + listen + "/"}
	fleets := []*httpFleet{
		{name: "pull", vens: 2, flags: []string{"--transport", "http-pull"}},
		{name: "push", vens: 2, flags: []string{"--transport", "http-push"}},
		{name: "signed-pull", vens: 1, flags: append([]string{"--transport", "http-pull"}, known...)},
		{name: "signed-push", vens: 1, flags: append([]string{"--transport", "http-push"}, known...)},
		{name: "simple-pull", vens: 2, spec: simple, flags: []string{"--transport", "http-pull", "--profile", "2.0a", "--poll", "1s"}},
		{name: "simple-push", vens: 1, spec: pushed, flags: []string{"--transport", "http-push", "--profile", "2.0a", "--listen", listen}},
	}
	s := startWith(t, server, httpOptions(vtnOptions(server, server.ComponentAddr,
		"VTN_HTTP_POLL=PT1S", "VTN_SIGNATURES=asked", "VTN_SIGN_CERT_FILE="+https.File("ecc.crt"), "VTN_SIGN_KEY_FILE="+https.File("ecc.key"))))
	for _, f := range fleets {
		f.start(s)
	}
	for _, f := range fleets {
		s.eventually("the registration of "+f.name, func() bool { return f.registered(s) })
	}
	spec := event()
	spec.Targets.All = true
	e := s.create(spec)
	for _, f := range fleets {
		if err := f.cmd.Wait(); err != nil || !strings.Contains(f.out.String(), fmt.Sprintf("%d events, %d answers", f.vens, f.vens)) {
			t.Errorf("%s: %v, %s", f.name, err, f.out.String())
		}
		for _, id := range f.ids {
			s.eventually("the answer of "+id, func() bool {
				v := s.status(e.EventID, id)
				return v.Delivery == "acknowledged" && v.Opt == oadr.OptIn
			})
		}
	}
}

// start enters the VENs and lets them begin.
func (f *httpFleet) start(s *stack) {
	s.t.Helper()
	folder := s.t.TempDir()
	for i := range f.vens {
		spec := f.spec
		spec.VENID = fmt.Sprintf("%s-%d", f.name, i)
		c, err := https.VEN(spec.VENID)
		if err == nil {
			err = rig.WriteCertificate(folder, spec.VENID, c)
		}
		if err != nil {
			s.t.Fatal(err)
		}
		spec.Identities = []client.Identity{{Transport: "simpleHttp", Identity: rig.Fingerprint(c)}}
		if _, err := s.AddVEN(s.t.Context(), spec); err != nil {
			s.t.Fatal(err)
		}
		f.ids = append(f.ids, spec.VENID)
	}
	f.cmd = s.command(append([]string{"simulate", "--url", "https://" + s.vtn.HTTPAddr + "/", "--ca", https.File("vtns.pem"), "--certificates", folder,
		"--duration", "1m", "--events", fmt.Sprint(f.vens)}, f.flags...)...)
	f.cmd.Stdout, f.cmd.Stderr = &f.out, &f.out
	if err := f.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
}

// registered reports whether all VENs are.
func (f *httpFleet) registered(s *stack) bool {
	for _, id := range f.ids {
		if v, err := s.GetVEN(s.t.Context(), id); err != nil || v.Registration == nil {
			return false
		}
	}
	return true
}
