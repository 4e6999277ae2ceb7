package label_test

import (
	"strings"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/internal/label"
)

func TestCheck(t *testing.T) {
	longest := strings.Repeat("é", 127) + "x"
	for in, want := range map[string]string{
		"ven1":                     "",
		"a b":                      "",
		longest:                    "",
		"":                         "must not be empty",
		longest + "x":              "is longer than 255 bytes",
		"a\nb":                     "has control characters",
		"a\x7f":                    "has control characters",
		"a\ufffe":                  "has control characters",
		"a\xff":                    "has control characters",
		" a":                       "begins or ends with a space",
		"a\u00a0":                  "begins or ends with a space",
		strings.Repeat(" ", 1<<16): "is longer than 255 bytes",
	} {
		if got := label.Check(in); got != want {
			t.Errorf("%q %s, want %q", in, got, want)
		}
	}
}

func TestCheckText(t *testing.T) {
	const bad = "has control characters, or is not UTF-8"
	for in, want := range map[string]string{
		"":          "",
		"a\tb\r\n":  "",
		"\x7f😀":     "",
		"12345678":  "",
		"123456789": "is longer than 8 bytes",
		"\x00":      bad,
		"\x1f":      bad,
		"\uffff":    bad,
		"\xc3":      bad,
	} {
		if got := label.CheckText(in, 8); got != want {
			t.Errorf("%q %s, want %q", in, got, want)
		}
	}
}

func TestCheckName(t *testing.T) {
	for in, bad := range map[string]bool{"ven1": false, "...": false, "a/b": false, ".": true, "..": true, "/": true} {
		if got := label.CheckName(in); (got != "") != bad {
			t.Errorf("%q %q", in, got)
		}
	}
}
