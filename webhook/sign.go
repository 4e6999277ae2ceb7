package webhook

import (
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/internal/bodysign"
)

// SignatureHeader is the header with the signature of a request.
const SignatureHeader = bodysign.Header

// Sign returns the value of [SignatureHeader]: t=UNIXTIME,v1=HEX. HEX is the
// HMAC-SHA256, keyed with the secret, of the time, a full stop and the body.
func Sign(secret string, at time.Time, body []byte) string { return bodysign.Sign(secret, at, body) }
