package simplehttp

import (
	"crypto/sha256"
	"encoding/binary"
	"testing"
	"unicode/utf8"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// FuzzRequest reads what strangers may send: the header of a proxy, a body in whatever encoding, and what compressions are taken.
// Nothing panics, a certificate has the hash of its bytes, and what was decoded is UTF-8.
func FuzzRequest(f *testing.F) {
	f.Add("Hash=00;Cert=\"-----BEGIN%20CERTIFICATE-----\";Subject=\"a\\\"b\"", []byte(query("Zürich")), "utf-8", "gzip;q=0.5, *")
	f.Add(":AAAA:", []byte(latin1(query("Zürich"))), "iso-8859-1", "deflate")
	f.Add("AAAA", []byte(utf16Of(binary.LittleEndian, true, query("🏭"))), "", "")
	f.Add("By=a,Hash=b", []byte(utf16Of(binary.BigEndian, false, query("r"))), "utf-16", "x-gzip")
	f.Fuzz(func(t *testing.T, header string, body []byte, charset, accepts string) {
		if der, hash, err := readShown(header); err == nil && der != nil && hash != sha256.Sum256(der) {
			t.Errorf("%q is said to have the hash %x", header, hash)
		}
		text, err := toUTF8(body, charset)
		if err == nil && charset == "iso-8859-1" && !utf8.Valid(text) {
			t.Errorf("%q became %q", body, text)
		}
		if err == nil {
			if _, err := oadr.Decode(text, oadr.DefaultLimits); err == nil && !utf8.Valid(text) {
				t.Errorf("%q became %q, which was decoded", body, text)
			}
		}
		if coding := acceptedCoding([]string{accepts}); coding != "" && packers[coding] == nil {
			t.Errorf("%q asks for %q", accepts, coding)
		}
		for _, coding := range []string{"gzip", "deflate"} {
			if out, err := unpacked(body, coding, 10_000); err == nil && len(out) > 10_000 {
				t.Errorf("%d bytes were unpacked", len(out))
			}
		}
	})
}
