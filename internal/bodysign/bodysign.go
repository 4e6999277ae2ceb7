// Package bodysign signs the bodies of requests to the operator's systems.
package bodysign

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"time"
)

// Header is the header with the signature of a request.
const Header = "VTN-Signature"

// Sign returns the value of [Header]: t=UNIXTIME,v1=HEX. HEX is the
// HMAC-SHA256, keyed with the secret, of the time, a full stop and the body.
func Sign(secret string, at time.Time, body []byte) string {
	t := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(t + "."))
	mac.Write(body)
	return "t=" + t + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}
