package oadr_test

import (
	"encoding/xml"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/oadr/oadrtest"
)

// samples returns the published example payloads by file name.
func samples(t testing.TB) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(oadrtest.SharedDir(t), "samples", "*.xml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no samples: %v", err)
	}
	found := make(map[string][]byte)
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found[filepath.Base(file)] = raw
	}
	return found
}

// expand replaces %name by a namespace declaration, to keep tests readable.
var expand = strings.NewReplacer(
	"%oadr", `xmlns="`+oadr.NS+`"`,
	"%ei", `xmlns="`+oadr.NSei+`"`,
	"%pyld", `xmlns="`+oadr.NSpyld+`"`,
	"%emix", `xmlns="`+oadr.NSemix+`"`,
	"%power", `xmlns="`+oadr.NSpower+`"`,
	"%scale", `xmlns="`+oadr.NSscale+`"`,
	"%xcal", `xmlns="`+oadr.NSxcal+`"`,
	"%strm", `xmlns="`+oadr.NSstream+`"`,
	"%ds", `xmlns="`+oadr.NSds+`"`,
	"%2.0a", `xmlns="http://openadr.org/oadr-2.0a/2012/07"`,
)

// decode reads a payload that must be valid.
func decode(t *testing.T, raw []byte) *oadr.Payload {
	t.Helper()
	p, err := oadr.Decode(raw, oadr.DefaultLimits)
	if err != nil {
		t.Fatalf("%v\n%s", err, raw)
	}
	if p.Invalid != nil {
		t.Fatalf("%v\n%s", p.Invalid, raw)
	}
	return p
}

// document is a schema document.
type document struct {
	target   string
	prefixes map[string]string
}

// name resolves a qualified name.
func (d document) name(s string) xml.Name {
	prefix, local, ok := strings.Cut(s, ":")
	if !ok {
		prefix, local = "", s
	}
	return xml.Name{Space: d.prefixes[prefix], Local: local}
}
