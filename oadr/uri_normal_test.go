package oadr_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// The spellings in a line are the same URI, and those in different lines are
// different ones. The first is the normal form.
var spellings = []string{
	"http://example.org/dr  HTTP://EXAMPLE.ORG/dr  http://Example.org:80/dr  http://example.org:/dr  http://example.org/./dr  http://example.org/a/../dr  http://example.org/a/b/../../dr  http://%65xample%2Eorg/%64%72  http://example.org/../dr",
	"http://example.org/DR  http://example.org/%44%52",
	"http://example.org/dr/  http://example.org/dr/.  http://example.org/dr/a/..  http://example.org:80/dr/%2e",
	"http://example.org/  http://example.org  HTTP://example.org:80  http://example.org/.  http://example.org/..",
	"http://example.org/?  http://example.org?",
	"http://example.org/?a=B  http://example.org?a=B  http://example.org/?%61=%42",
	"http://example.org/?a=b",
	"http://example.org/?/../a",
	"http://example.org/#A  http://example.org#%41",
	"http://example.org:8080/dr  HTTP://EXAMPLE.org:8080/dr",
	"http://example.org:443/dr",
	"https://example.org/dr  https://example.org:443/dr",
	"https://example.org:80/dr",
	"http://example.org/%2Fdr  http://example.org/%2fdr",
	"http://example.org//dr",
	"http://example.org/%C3%A9  http://example.org/%c3%a9",
	"http://ex%C3%A9mple.org/  http://EX%c3%a9MPLE.org",
	"http://Me:Secret@example.org/  http://Me:Secret@EXAMPLE.org:80  http://%4De:Secret@example.org",
	"http://me:Secret@example.org/",
	"http://[2001:db8::a]/dr  http://[2001:DB8::A]:80/dr",
	"http://[2001:db8::a]:81/dr",
	"ws://h/  ws://h:80  WS://H",
	"coap://h:80/  coap://H:80",
	"urn:Example:dr  URN:Example:dr  urn:%45xample:dr",
	"urn:example:dr",
	"urn:a/../b",
	"a:/b  a:/./b  a:/c/../b  A:/b",
	"a:/.//b",
	"a:/%2F/b  a:/%2f/b",
	"file:///b  FILE:///./b",
	"//example.org/dr  //EXAMPLE.org/dr",
	"//example.org",
	"m  %6D  %6d",
	"M",
	"../m",
	"a%20b",
	"",
	// not URIs
	"HTTP://my program", "HTTP://EXAMPLE.org/%4", "HTTP://EXAMPLE.org/%4G", "HTTP://EXAMPLE.org/é", "%41:B", "1A:B", "HTTP://EXAMPLE.org:8o/", "HTTP://EXAMPLE.org::/",
	"HTTP://[::1/", "HTTP://EXAMPLE.org/[a]", "HTTP://EXAMPLE.org/#a#b", " HTTP://EXAMPLE.org/", "HTTP://EXAMPLE.org/\n", "HTTP://EXAMPLE.org/\\",
}

func TestSpec512NormalURI(t *testing.T) {
	owner := map[string]string{}
	for _, line := range spellings {
		of := []string{line}
		if strings.Contains(line, "  ") {
			of = strings.Split(line, "  ")
		}
		for _, spelling := range of {
			if got := oadr.NormalURI(spelling); got != of[0] {
				t.Errorf("%q is normally %q, want %q", spelling, got, of[0])
			}
		}
		if other, is := owner[of[0]]; is {
			t.Errorf("%q and %q are one", other, line)
		}
		owner[of[0]] = line
	}
}

func FuzzNormalURI(f *testing.F) {
	for _, line := range spellings {
		for _, spelling := range strings.Split(line, "  ") {
			f.Add(spelling)
		}
	}
	f.Fuzz(func(t *testing.T, uri string) {
		normal := oadr.NormalURI(uri)
		if again := oadr.NormalURI(normal); again != normal {
			t.Errorf("%q is normally %q, and that %q", uri, normal, again)
		}
		if len(normal) > len(uri)+1 {
			t.Errorf("%q grows to %q", uri, normal)
		}
		if oadr.CheckURI(uri) == nil && oadr.CheckURI(normal) != nil {
			t.Errorf("%q is a URI, and normally %q, which is none", uri, normal)
		}
		if u, err := url.Parse(uri); err == nil && u.IsAbs() && normal != uri { // its meaning is unchanged
			n, err := url.Parse(normal)
			if err != nil || n.Scheme != u.Scheme || n.Query().Encode() != u.Query().Encode() || n.Fragment != u.Fragment || !strings.EqualFold(n.Hostname(), u.Hostname()) {
				t.Errorf("%q is normally %q: %+v became %+v, %v", uri, normal, u, n, err)
			}
		}
	})
}
