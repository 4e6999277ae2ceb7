// Package label checks the IDs, names and other short texts that VENs and
// operators choose: whether the database can store them, XML can hold them and a
// URL can name them. Each check returns what is wrong as the end of a sentence
// whose subject is the field, "" if nothing is.
package label

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/vtn-xmpp/vtn-xmpp/internal/xmltext"
)

// MaxSize is the most bytes of an ID or name.
const MaxSize = 255

// Check checks an ID or label: one line of 1 to [MaxSize] bytes.
func Check(s string) string {
	switch {
	case s == "":
		return "must not be empty"
	case len(s) > MaxSize:
		return fmt.Sprintf("is longer than %d bytes", MaxSize)
	case CheckText(s, MaxSize) != "", strings.ContainsAny(s, "\t\n\r\x7f"):
		return "has control characters"
	case strings.TrimSpace(s) != s:
		return "begins or ends with a space"
	}
	return ""
}

// CheckText checks a text of at most so many bytes, which may have several lines.
func CheckText(s string, most int) string {
	if len(s) > most {
		return fmt.Sprintf("is longer than %d bytes", most)
	}
	if !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return !xmltext.IsChar(r) }) {
		return "has control characters, or is not UTF-8"
	}
	return ""
}

// CheckName checks that a URL can name a VEN or an event by its ID: ".", ".." and
// "/" mean other things there, however they are escaped.
func CheckName(id string) string {
	if id == "." || id == ".." || id == "/" {
		return fmt.Sprintf("must not be %s, which no URL can name", id)
	}
	return ""
}
