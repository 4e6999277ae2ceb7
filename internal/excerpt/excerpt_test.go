package excerpt_test

import (
	"strings"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
)

func TestOf(t *testing.T) {
	full := strings.Repeat("x", 200)
	for in, want := range map[string]string{
		"":                        "",
		full:                      full,
		full + "y":                full + "…",
		full[:199] + "é":          full[:199] + "…", // é has two bytes
		full[:198] + "é" + full:   full[:198] + "é…",
		"\xff" + full:             full[:199] + "…",
		excerpt.Of(full + "long"): full + "…",
	} {
		if got := excerpt.Of(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}
