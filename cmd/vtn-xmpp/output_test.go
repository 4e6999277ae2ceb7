package main

import (
	"strings"
	"testing"
)

// The names of VENs cannot control the terminal.
func TestTablesArePlainText(t *testing.T) {
	for text, want := range map[string]string{
		"a\u009b31mb": "a 31mb", "a\x1b[2Jb": "a [2Jb", "a\nb": "a b", "a\u2028b": "a b", "a\u0085b": "a b",
		"a\u202eb": "ab", "a\u2066b\u2069": "ab", "Zürich ①": "Zürich ①",
	} {
		if got := strings.Map(printable, text); got != want {
			t.Errorf("%q is printed as %q, want %q", text, got, want)
		}
	}
}
