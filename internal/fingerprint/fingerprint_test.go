package fingerprint

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"
)

func TestT7Fingerprint(t *testing.T) {
	const want = "AE:41:E4:64:9B:93:4C:A4:95:99:1B:78:52:B8:55" // the end of SHA-256 of nothing
	if got := Of(nil); got != want[len(want)-29:] {
		t.Fatalf("it is %s", got)
	}
}

func TestT7FingerprintAsWritten(t *testing.T) {
	sum := sha256.Sum256([]byte("a certificate"))
	whole, want := hex.EncodeToString(sum[:]), Of([]byte("a certificate"))
	short := whole[len(whole)-20:]
	for _, written := range []string{want, strings.ToLower(want), short, strings.ToUpper(short), whole, " " + want + "\n"} {
		if got, err := Normal(written); err != nil || got != want {
			t.Errorf("%q becomes %q, %v", written, got, err)
		}
	}
	for _, written := range []string{"", ":", want[:27], want + ":00", strings.Repeat("00", 20), "ven1@example.org", strings.Repeat("zz", 10)} {
		if got, err := Normal(written); err == nil {
			t.Errorf("%q becomes %q", written, got)
		}
	}
}
