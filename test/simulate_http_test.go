package test

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
)

// wayFleet is a fleet of VENs that speak in one way.
type wayFleet struct {
	name  string
	xmpp  bool // over XMPP, not HTTP
	vens  int
	spec  client.VENSpec // of each, as the operator enters it
	flags []string

	ids []string
	cmd *exec.Cmd
	out screen
}

// TestH8H9H18S12A2A5SimulateEachWay runs a fleet for each way of speaking but the usual one. One event reaches all of them, and their answers
// are on record.
func TestH8H9H18S12A2A5SimulateEachWay(t *testing.T) {
	port, err := rig.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	listen := fmt.Sprintf("127.0.0.1:%d", port)
	known := []string{"--sign", "--vtn-fingerprint", rig.Fingerprint(https.RSA), "--vtn-fingerprint", rig.Fingerprint(https.ECC)}
	simple := client.VENSpec{Profile: oadr.Profile20a}
	pushed := client.VENSpec{Profile: oadr.Profile20a, PushURL: "https://" + listen + "/"}
	fleets := []*wayFleet{
		{name: "pull", vens: 2, flags: []string{"--transport", "http-pull"}},
		{name: "push", vens: 2, flags: []string{"--transport", "http-push"}},
		{name: "signed-pull", vens: 1, flags: append([]string{"--transport", "http-pull"}, known...)},
		{name: "signed-push", vens: 1, flags: append([]string{"--transport", "http-push"}, known...)},
		{name: "simple-pull", vens: 2, spec: simple, flags: []string{"--transport", "http-pull", "--profile", "2.0a", "--poll", "1s"}},
		{name: "simple-push", vens: 1, spec: pushed, flags: []string{"--transport", "http-push", "--profile", "2.0a", "--listen", listen}},
		{name: "simple-xmpp", xmpp: true, vens: 1, spec: simple, flags: []string{"--profile", "2.0a", "--ven-id", "simple-xmpp-0"}},
		{name: "signed-xmpp", xmpp: true, vens: 1, flags: known},
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
func (f *wayFleet) start(s *stack) {
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
		if f.xmpp {
			if spec.Profile == oadr.Profile20a { // it has one transport
				spec.Identities = nil
			}
			spec.Identities = append(spec.Identities, f.account(s, filepath.Join(folder, spec.VENID)))
		}
		if _, err := s.AddVEN(s.t.Context(), spec); err != nil {
			s.t.Fatal(err)
		}
		f.ids = append(f.ids, spec.VENID)
	}
	args := append([]string{"simulate", "--duration", "1m", "--events", fmt.Sprint(f.vens)}, f.flags...)
	if !f.xmpp {
		args = append(args, "--url", "https://"+s.vtn.HTTPAddr+"/", "--ca", https.File("vtns.pem"), "--certificates", folder)
	}
	f.cmd = s.command(args...)
	f.cmd.Stdout, f.cmd.Stderr = &f.out, &f.out
	if err := f.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
}

// account makes the one account of a fleet over XMPP, which signs with a certificate.
func (f *wayFleet) account(s *stack, certificate string) client.Identity {
	s.t.Helper()
	all, flags := s.fleetAccounts(1)
	f.flags = append(append(f.flags[:len(f.flags):len(f.flags)], flags...), "--cert", certificate+".crt", "--key", certificate+".key")
	return client.Identity{Transport: "xmpp", Identity: s.jid(all[0])}
}

// registered reports whether all VENs are.
func (f *wayFleet) registered(s *stack) bool {
	for _, id := range f.ids {
		if v, err := s.GetVEN(s.t.Context(), id); err != nil || v.Registration == nil {
			return false
		}
	}
	return true
}

// TestH10H20SimulateErrorsOverHTTP runs fleets over HTTP that make errors all the time. The operator sees them.
func TestH10H20SimulateErrorsOverHTTP(t *testing.T) {
	s := startWith(t, server, httpOptions(vtnOptions(server, server.ComponentAddr, "VTN_HTTP_POLL=PT1S")))
	errs := []string{"--errors", "1", "--error-kind", "error", "--error-kind", "refuse", "--error-kind", "silent"}
	pull := &wayFleet{name: "pull", vens: 3, flags: append([]string{"--transport", "http-pull"}, errs...)}
	push := &wayFleet{name: "push", vens: 3, flags: append([]string{"--transport", "http-push"}, errs...)}
	spec := event()
	spec.Targets.All = true
	for _, f := range []*wayFleet{pull, push} {
		f.start(s)
		s.eventually("the registration of "+f.name, func() bool { return f.registered(s) })
	}
	e := s.create(spec)
	for _, f := range []*wayFleet{pull, push} {
		// The errors are given in turn from the middle of the fleet on.
		s.eventually(f.ids[0]+" to refuse", func() bool {
			v := s.status(e.EventID, f.ids[0])
			return v.Delivery == "refused" && v.ResponseCode == int(oadr.CodeSignal)
		})
		for _, id := range f.ids[1:] {
			if v := s.status(e.EventID, id); v.Delivery == "acknowledged" || v.Opt != "none" {
				t.Errorf("%s is shown as %+v", id, v)
			}
		}
		if f == push {
			s.eventually("the status", func() bool { return strings.Contains(s.status(e.EventID, f.ids[2]).LastError, "503") })
		}
		_ = f.cmd.Process.Kill()
		_ = f.cmd.Wait()
	}
}
