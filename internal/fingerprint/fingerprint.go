// Package fingerprint names certificates as OpenADR does (rule T7): by the last 10 bytes of the SHA-256 of their DER, as pairs of
// upper-case hexadecimal digits with colons between them.
package fingerprint

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
)

// size is how many bytes of the hash a fingerprint has.
const size = 10

// Of returns the fingerprint of a certificate, given its DER.
func Of(der []byte) string {
	sum := sha256.Sum256(der)
	return OfHash(sum)
}

// OfHash returns the fingerprint of a certificate whose DER has this hash.
func OfHash(sum [sha256.Size]byte) string { return written(sum[sha256.Size-size:]) }

// Normal returns a fingerprint that a person wrote in the form that [Of] has: in lower case too, without colons, and as the whole
// SHA-256 that openssl prints.
func Normal(s string) (string, error) {
	raw, err := hex.DecodeString(strings.ReplaceAll(strings.TrimSpace(s), ":", ""))
	switch {
	case err != nil:
		return "", fmt.Errorf("%.60q is no fingerprint, which is %d pairs of hexadecimal digits such as 3B:2F:…; \"vtn-xmpp certificate FILE\" prints it", excerpt.Of(s), size)
	case len(raw) == 20:
		return "", fmt.Errorf("%.60q is a SHA-1; a fingerprint is of SHA-256: \"vtn-xmpp certificate FILE\" prints it", excerpt.Of(s))
	case len(raw) != size && len(raw) != sha256.Size:
		return "", fmt.Errorf("%.60q has %d bytes; a fingerprint has %d, a whole SHA-256 %d: \"vtn-xmpp certificate FILE\" prints it", excerpt.Of(s), len(raw), size, sha256.Size)
	}
	return written(raw[len(raw)-size:]), nil
}

// written writes bytes as pairs of digits.
func written(b []byte) string {
	const digits = "0123456789ABCDEF"
	out := make([]byte, 0, 3*len(b))
	for _, x := range b {
		out = append(out, digits[x>>4], digits[x&15], ':')
	}
	return string(out[:len(out)-1])
}
