package main

import (
	"encoding/binary"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// written are the encodings in which an editor may save a text.
func written(text string) map[string]string {
	units := func(order binary.AppendByteOrder, mark string) string {
		var raw []byte
		for _, u := range utf16.Encode([]rune(mark + text)) {
			raw = order.AppendUint16(raw, u)
		}
		return string(raw)
	}
	return map[string]string{
		"utf-8": text, "utf-8 with a mark": "\uFEFF" + text,
		"utf-16le": units(binary.LittleEndian, ""), "utf-16le with a mark": units(binary.LittleEndian, "\uFEFF"),
		"utf-16be": units(binary.BigEndian, ""), "utf-16be with a mark": units(binary.BigEndian, "\uFEFF"),
	}
}

// G5: payload check reads files in all these encodings.
func TestG5PayloadInAnyEncoding(t *testing.T) {
	m := newMachine(t, nil)
	body := strings.Replace(poll, "ven-1", "ven-\U0001F50Cü", 1)
	_, document, _ := strings.Cut(body, "?>")
	for name, raw := range written(strings.Replace(body, `<?xml version="1.0"?>`, `<?xml version="1.0" encoding="UTF-16"?>`, 1)) {
		if name == "utf-8" || name == "utf-8 with a mark" { // which it would not be
			continue
		}
		if r := m.runWith(raw, "payload", "check", "-"); r.status != 0 || !strings.Contains(r.stdout, "ven-\U0001F50Cü") {
			t.Errorf("declared in %s: %+v", name, r)
		}
	}
	for name, raw := range written(strings.TrimSpace(document)) {
		if r := m.runWith(raw, "payload", "format", "-"); r.status != 0 || !strings.Contains(r.stdout, "ven-\U0001F50Cü") {
			t.Errorf("in %s: %+v", name, r)
		}
	}
	for name, raw := range map[string]string{
		"UTF-32": "\xFF\xFE\x00\x00<\x00\x00\x00", "within a character": "\xFF\xFE<\x00a", "half a character": "\xFF\xFE<\x00\x00\xD8<\x00",
	} {
		if r := m.runWith(raw, "payload", "check", "-"); r.status != 1 || !strings.Contains(r.stdout, name) {
			t.Errorf("%s: %+v", name, r)
		}
	}
	big := written(poll + strings.Repeat(" ", 300_000))["utf-16le with a mark"]
	if r := m.runWith(big, "payload", "check", "-"); r.status != 1 || !strings.Contains(r.stderr, "too large") {
		t.Errorf("a large one: %+v", r)
	}
	// Some servers rewrite a payload so that each element declares its namespace.
	rewritten := []byte("<oadrPoll xmlns='" + oadr.NS + "'><venID xmlns='" + oadr.NSei + "'>v</venID>" + strings.Repeat("<x xmlns='"+oadr.NSei+"'/>", 5000) + "</oadrPoll>")
	if r := m.runWith(string(rewritten), "payload", "check", "-"); r.status != 0 {
		t.Errorf("one that a server made longer: %+v", r)
	}
	fits := written(poll + strings.Repeat(" ", 262_144-len(poll)))["utf-16le with a mark"]
	if r := m.runWith(fits, "payload", "check", "-"); r.status != 0 {
		t.Errorf("one that fits: %+v", r)
	}
}

// JSON files are read in all these encodings.
func TestJSONInAnyEncoding(t *testing.T) {
	m := newMachine(t, nil)
	const text = `{"comment": "größer 🔌"}`
	for name, raw := range written(text) {
		got, err := readJSON(m.write("event.json", raw))
		var v struct{ Comment string }
		if err != nil || json.Unmarshal(got, &v) != nil || v.Comment != "größer 🔌" {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
	if _, err := readJSON(m.write("event.json", "\xFF\xFE{")); err == nil || !strings.Contains(err.Error(), "ends within a character") {
		t.Error(err)
	}
}

// So are files with secrets, passwords and accounts.
func TestSecretsInAnyEncoding(t *testing.T) {
	m := newMachine(t, nil)
	for name, raw := range written("ven1@localhost geheim\n") {
		path := m.write("text", raw)
		if got, err := (&settings{env: func(string) (string, bool) { return "", false }, file: map[string]string{}}).secret("VTN_API_TOKEN", path); err != nil || got != "ven1@localhost geheim" {
			t.Errorf("a secret in %s: %q, %v", name, got, err)
		}
		if got, err := (&simulateCommand{Accounts: path}).accounts(); err != nil || len(got) != 1 || got[0].JID != "ven1@localhost" || got[0].Password != "geheim" {
			t.Errorf("accounts in %s: %+v, %v", name, got, err)
		}
		if got, err := (&simulateCommand{JID: "ven%d@localhost", Count: 1, PasswordFile: path}).accounts(); err != nil || got[0].Password != "ven1@localhost geheim" {
			t.Errorf("a password in %s: %+v, %v", name, got, err)
		}
	}
}
