package simplehttp

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

var errUTF16 = errors.New("it is said to be in UTF-16 and is not")

// toUTF8 returns a document in UTF-8. How it is written tells a byte order mark, else the
// charset of the Content-Type, else the XML declaration (RFC 7303 section 3); without
// these it is in UTF-8. [A] sends ISO-8859-1 by the charset alone.
func toUTF8(document []byte, charset string) ([]byte, error) {
	switch {
	case bytes.HasPrefix(document, []byte{0, 0, 0xFE, 0xFF}), bytes.HasPrefix(document, []byte{0xFF, 0xFE, 0, 0}):
		return nil, errors.New("it is in UTF-32; send UTF-8")
	case bytes.HasPrefix(document, []byte{0xFE, 0xFF}):
		return fromUTF16(document[2:], binary.BigEndian)
	case bytes.HasPrefix(document, []byte{0xFF, 0xFE}):
		return fromUTF16(document[2:], binary.LittleEndian)
	case bytes.HasPrefix(document, []byte("\uFEFF")):
		return oadr.WithoutDeclaration(document), nil
	case charset == "" && bytes.HasPrefix(document, []byte{0, '<'}):
		return fromUTF16(document, binary.BigEndian)
	case charset == "" && bytes.HasPrefix(document, []byte{'<', 0}):
		return fromUTF16(document, binary.LittleEndian)
	}
	said := charset
	if said == "" {
		said = declared(document)
	}
	switch strings.ToLower(said) {
	case "":
		return document, nil
	case "utf-8", "utf8", "us-ascii", "ascii":
		if declaredPlain(document) {
			return document, nil
		}
		return oadr.WithoutDeclaration(document), nil
	case "iso-8859-1", "latin1", "latin-1":
		return oadr.WithoutDeclaration(fromLatin1(document)), nil
	case "utf-16", "utf-16be", "utf-16le":
		return fromUTF16Unmarked(document, said)
	}
	return nil, fmt.Errorf("it is in %.60q; send UTF-8, UTF-16 or ISO-8859-1", excerpt.Of(said))
}

// encoding finds the encoding in an XML declaration.
var encoding = regexp.MustCompile(`^\s*<\?xml\s[^>]*?\bencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']`)

// declared returns what the XML declaration calls the encoding, empty for none.
func declared(document []byte) string {
	if !bytes.HasPrefix(bytes.TrimLeft(document, " \t\r\n"), []byte("<?xml")) {
		return ""
	}
	if m := encoding.FindSubmatch(document[:min(len(document), 400)]); m != nil {
		return string(m[1])
	}
	return ""
}

// declaredPlain reports whether the XML declaration says nothing, or UTF-8.
func declaredPlain(document []byte) bool {
	said := declared(document)
	return said == "" || strings.EqualFold(said, "utf-8")
}

// fromUTF16Unmarked reads UTF-16 without a byte order mark, whose order the first
// character shows.
func fromUTF16Unmarked(document []byte, said string) ([]byte, error) {
	switch {
	case bytes.HasPrefix(document, []byte{0, '<'}) && !strings.EqualFold(said, "utf-16le"):
		return fromUTF16(document, binary.BigEndian)
	case bytes.HasPrefix(document, []byte{'<', 0}) && !strings.EqualFold(said, "utf-16be"):
		return fromUTF16(document, binary.LittleEndian)
	}
	return nil, errUTF16
}

// fromUTF16 reads UTF-16. Halves of characters are refused.
func fromUTF16(document []byte, order binary.ByteOrder) ([]byte, error) {
	if len(document)%2 != 0 {
		return nil, errUTF16
	}
	out := make([]byte, 0, len(document))
	for ; len(document) > 0; document = document[2:] {
		r := rune(order.Uint16(document))
		if utf16.IsSurrogate(r) {
			if len(document) < 4 {
				return nil, errUTF16
			}
			document = document[2:]
			if r = utf16.DecodeRune(r, rune(order.Uint16(document))); r == utf8.RuneError {
				return nil, errUTF16
			}
		}
		out = utf8.AppendRune(out, r)
	}
	return oadr.WithoutDeclaration(out), nil
}

// fromLatin1 reads ISO-8859-1, each byte of which is the character of that number.
func fromLatin1(document []byte) []byte {
	out := make([]byte, 0, len(document)+len(document)/16)
	for _, b := range document {
		out = utf8.AppendRune(out, rune(b))
	}
	return out
}
