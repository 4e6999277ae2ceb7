package main

import (
	"strings"
	"testing"
)

// TestPeople walks through the commands for users, from the first one, who closes the
// API, to what each did.
func TestPeople(t *testing.T) {
	m := newMachine(t, map[string]string{"VTN_XMPP_SECRET": "s"})
	s := m.serve()
	m.env["VTN_API_URL"] = s.api
	m.says(m.ok("", "user", "me"), "local", "administrator")
	m.ok("three words together\n", "user", "add", "ada", "--role=administrator", "--password-file=-")
	m.refuses("", "token", "user", "list")

	m.refuses("guess\n", "the name or the password is wrong", "user", "token", "add", "ada", "--label=shell", "--password-file=-")
	m.env["VTN_API_TOKEN"] = strings.TrimSpace(m.ok("three words together\n", "user", "token", "add", "ada", "--label=shell", "--password-file=-"))
	m.says(m.ok("", "user", "me"), "ada", "administrator", "token")
	m.ok("", "user", "add", "settlement")
	token := strings.TrimSpace(m.ok("", "user", "token", "add", "settlement", "--label=nightly export", "--duration=P90D"))
	m.says(m.ok("", "user", "show", "settlement"), "viewer", "nightly export")
	m.says(m.ok("", "user", "list"), "ada", "settlement")
	m.refuses("", "last administrator", "user", "modify", "ada", "--role=viewer")
	m.refuses("", "too short", "user", "modify", "settlement", "--password-file="+m.write("short", "x\n"))
	m.refuses("", "nothing to change", "user", "modify", "settlement")
	m.ok("", "ven", "add", "--id=ven-1")

	administrator := m.env["VTN_API_TOKEN"]
	m.env["VTN_API_TOKEN"] = token
	m.says(m.ok("", "ven", "list"), "ven-1")
	m.refuses("", "needs the role operator", "ven", "delete", "ven-1")
	m.refuses("", "needs the role administrator", "audit", "list")

	m.env["VTN_API_TOKEN"] = administrator
	m.says(m.ok("", "audit", "list"), "addVEN", "deleteVEN", "403", "settlement")
	m.says(m.ok("", "audit", "list", "--actor=settlement", "-o", "json"), `"operation": "deleteVEN"`)
	id := strings.Fields(strings.Split(m.ok("", "user", "token", "list", "settlement"), "\n")[1])[0]
	m.ok("", "user", "token", "delete", "settlement", id)
	m.refuses("", "is not your password", "user", "passwd", "--present-file="+m.write("wrong", "x"), "--password-file="+m.write("new", "four words together now"))
	m.ok("", "user", "passwd", "--present-file="+m.write("old", "three words together"), "--password-file=new")
	m.ok("", "user", "delete", "settlement")
	if log := s.said(); strings.Contains(log, token) || strings.Contains(log, "words together") {
		t.Error("a secret is in the log")
	}
}
