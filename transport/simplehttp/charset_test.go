package simplehttp

import (
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// utf16Of writes a text in UTF-16, with or without a byte order mark.
func utf16Of(order binary.AppendByteOrder, mark bool, text string) string {
	var b []byte
	if mark {
		b = order.AppendUint16(b, 0xFEFF)
	}
	for _, unit := range utf16.Encode([]rune(text)) {
		b = order.AppendUint16(b, unit)
	}
	return string(b)
}

// H3, G5: a body is decoded by byte order mark, charset and declaration, in this order; what cannot be is refused.
func TestH3G5Charsets(t *testing.T) {
	t.Parallel()
	const name = "Zürich 7" // of the requestID
	wide := "Zürich 🏭"
	le, be := binary.LittleEndian, binary.BigEndian
	declared := func(encoding, text string) string {
		return `<?xml version="1.0" encoding="` + encoding + `"?>` + "\n" + text
	}
	s := serve(t, ok)
	v := s.dial(s.ven("ven1"))
	for what, test := range map[string]struct{ kind, body, want string }{ // an empty want: 406
		"UTF-8":                            {"application/xml", query(wide), wide},
		"UTF-8, declared":                  {"application/xml", declared("UTF-8", query(wide)), wide},
		"UTF-8, marked":                    {"application/xml", "\uFEFF" + declared("utf-8", query(wide)), wide},
		"UTF-8, called so":                 {"application/xml; charset=utf-8", declared("ISO-8859-1", query(wide)), wide},
		"UTF-8, marked and called Latin-1": {"text/xml; charset=ISO-8859-1", "\uFEFF" + query(wide), wide},
		"UTF-8, .NET calls it UTF-16":      {"application/xml; charset=utf-8", declared("utf-16", query(wide)), wide},
		"UTF-16 LE, marked":                {"application/xml", utf16Of(le, true, declared("UTF-16", query(wide))), wide},
		"UTF-16 BE, marked":                {"application/xml", utf16Of(be, true, query(wide)), wide},
		"UTF-16 LE, called so":             {"application/xml; charset=UTF-16LE", utf16Of(le, false, query(wide)), wide},
		"UTF-16 BE, called UTF-16":         {"application/xml; charset=utf-16", utf16Of(be, false, query(wide)), wide},
		"UTF-16 LE, not called":            {"application/xml", utf16Of(le, false, declared("UTF-16", query(wide))), wide},
		"UTF-16 BE, not called":            {"text/xml", utf16Of(be, false, query(wide)), wide},
		"UTF-16 LE, marked, declared 8":    {"application/xml", utf16Of(le, true, declared("UTF-8", query(wide))), wide},
		"Latin-1, called so":               {"text/plain;charset=ISO-8859-1", latin1(query(name)), name},
		"Latin-1, declared":                {"application/xml", latin1(declared("iso-8859-1", query(name))), name},
		"Latin-1, called so, declared 8":   {"text/plain;charset=ISO-8859-1", latin1(declared("UTF-8", query(name))), name},
		"ASCII":                            {"text/plain; charset=us-ascii", query("r1"), "r1"},
		"Latin-1, not called":              {"application/xml", latin1(query(name)), ""},
		"ASCII that is not":                {"text/plain; charset=us-ascii", latin1(query(name)), ""},
		"UTF-16, odd":                      {"application/xml", utf16Of(le, true, query(wide)) + ">", ""},
		"UTF-16, half a character":         {"application/xml", strings.Replace(utf16Of(be, true, query("HHHH")), "\x00H\x00H\x00H\x00H", "\xD8\x3C\x00H\x00H\x00H", 1), ""},
		"UTF-16, ends in a half":           {"application/xml", utf16Of(be, true, query("r1")) + "\xD8\x3C", ""},
		"UTF-16 that is 8":                 {"application/xml", declared("utf-16", query(wide)), ""},
		"UTF-16LE that is BE":              {"application/xml; charset=utf-16le", utf16Of(be, false, query(wide)), ""},
		"UTF-32":                           {"application/xml", "\xFF\xFE\x00\x00<\x00\x00\x00", ""},
		"UTF-32, called so":                {"application/xml; charset=utf-32", query(wide), ""},
		"windows-1252":                     {"application/xml", declared("windows-1252", query("r1")), ""},
		"a DOCTYPE in UTF-16":              {"application/xml", utf16Of(le, true, "<!DOCTYPE a>"+query("r1")), ""},
	} {
		r := v.send(post(pollPath, test.body, "Content-Type: "+test.kind)).reply()
		if test.want == "" {
			r.says(t, what, 406)
			continue
		}
		r.says(t, what, 200)
		if r.status == 200 {
			if got := r.decoded(t).Message.(*oadr.Response).Response.RequestID; got != test.want {
				t.Errorf("%s: the requestID became %q", what, got)
			}
		}
	}
}
