package main

import (
	"strings"
	"testing"
)

func TestSimulateRefuses(t *testing.T) {
	for _, test := range []struct {
		name string
		args []string
		want string
	}{
		{"nobody", nil, "--jid"},
		{"no password", []string{"--jid=ven%d@localhost"}, "--password-file"},
		{"a missing password", []string{"--jid=ven%d@localhost", "--password-file=none"}, "--password-file"},
		{"no number", []string{"--jid=ven@localhost", "--password-file=pw"}, "%d"},
		{"none of them", []string{"--jid=ven%d@localhost", "--password-file=pw", "--count=0"}, "--count"},
		{"both kinds", []string{"--jid=ven%d@localhost", "--accounts=accounts"}, "not both"},
		{"an account without password", []string{"--accounts=accounts"}, "line 2"},
		{"a key without a certificate", []string{"--jid=ven%d@localhost", "--password-file=pw", "--key=k"}, "--cert"},
		{"a certificate that is not there", []string{"--jid=ven%d@localhost", "--first=7", "--cert=none%d.crt"}, "none7.crt"},
		{"neither password nor certificate", []string{"--jid=ven%d@localhost"}, "--password-file or --cert"},
		{"a certificate that is none", []string{"--jid=ven%d@localhost", "--password-file=pw", "--ca=pw"}, "--ca"},
		{"an unknown root", []string{"--jid=ven%d@localhost", "--password-file=pw", "--payload-root=soap"}, "--payload-root"},
		{"an unknown stanza", []string{"--jid=ven%d@localhost", "--password-file=pw", "--stanza=presence"}, "--stanza"},
		{"reports in between seconds", []string{"--jid=ven%d@localhost", "--password-file=pw", "--report-every=1ms"}, "whole seconds"},
		{"too many loads", []string{"--jid=ven%d@localhost", "--password-file=pw", "--report-every=1m", "--points=1000"}, "points"},
		{"too many schedules", []string{"--jid=ven%d@localhost", "--password-file=pw", "--opt-schedule=1.1"}, "opt schedules"},
		{"a schedule in between seconds", []string{"--jid=ven%d@localhost", "--password-file=pw", "--opt-schedule=1", "--opt-schedule-for=1ms"}, "whole seconds"},
		{"too many errors", []string{"--jid=ven%d@localhost", "--password-file=pw", "--errors=-1"}, "errors"},
		{"a schedule of nobody", []string{"--jid=ven%d@localhost", "--password-file=pw", "--opt-schedule-in=1h"}, "--opt-schedule,"},
		{"an unknown error", []string{"--jid=ven%d@localhost", "--password-file=pw", "--errors=1", "--error-kind=deaf"}, "silent, error, refuse, wrong-id, repeat"},
		{"an error and nobody to make it", []string{"--jid=ven%d@localhost", "--password-file=pw", "--error-kind=silent"}, "--errors"},
		{"an error in reports, and none of those", []string{"--jid=ven%d@localhost", "--password-file=pw", "--errors=1", "--error-kind=repeat"}, "reports"},
		{"HTTP without the VTN", []string{"--transport=http-pull", "--cert=c"}, "--url"},
		{"HTTP without certificates", []string{"--transport=http-pull", "--url=https://vtn/"}, "--certificates"},
		{"HTTP in the clear", []string{"--transport=http-pull", "--url=http://vtn/", "--certificates=."}, "--certificates"},
		{"a folder without certificates", []string{"--transport=http-push", "--url=https://vtn/", "--certificates=."}, "NAME.crt"},
		{"an account over HTTP", []string{"--transport=http-pull", "--url=https://vtn/", "--jid=ven%d@localhost"}, "XMPP"},
		{"a URL over XMPP", []string{"--jid=ven%d@localhost", "--password-file=pw", "--url=https://vtn/"}, "--transport"},
		{"a folder over XMPP", []string{"--jid=ven%d@localhost", "--password-file=pw", "--certificates=."}, "--transport"},
		{"an unknown transport", []string{"--transport=soap"}, "--transport"},
		{"no fingerprint", []string{"--transport=http-pull", "--url=https://vtn/", "--cert=c", "--vtn-fingerprint=x"}, "--vtn-fingerprint"},
		{"2.0a and nobody's name", []string{"--jid=ven%d@localhost", "--password-file=pw", "--profile=2.0a"}, "--ven-id"},
		{"2.0a and signatures", []string{"--jid=ven%d@localhost", "--password-file=pw", "--profile=2.0a", "--ven-id=v%d", "--sign"}, "--sign"},
		{"2.0a and reports", []string{"--jid=ven%d@localhost", "--password-file=pw", "--profile=2.0a", "--ven-id=v%d", "--report-every=1m"}, "reports"},
		{"one venID for all", []string{"--jid=ven%d@localhost", "--password-file=pw", "--ven-id=v"}, "--ven-id"},
		{"too large a share", []string{"--jid=ven%d@localhost", "--password-file=pw", "--opt-out=2"}, "optOut"},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := newMachine(t, nil)
			m.write("pw", "hidden\n")
			m.write("accounts", "ven1@localhost hidden\nven2@localhost\n")
			said := m.refused(append([]string{"simulate"}, test.args...)...)
			if !strings.Contains(said, test.want) || strings.Contains(said, "hidden") {
				t.Errorf("said %q, want it to name %s", said, test.want)
			}
		})
	}
}
