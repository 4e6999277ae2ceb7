package api

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
)

// guard lets through requests that may use the API: those with the token or, if
// token is empty, those from this machine that no page of another origin sent.
func guard(token string, next http.Handler) http.Handler {
	browsers := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case token == "" && !isLoopbackName(r.Host):
			newProblem(http.StatusForbidden, "without VTN_API_TOKEN the API answers requests to localhost, 127.0.0.1 and [::1] only").write(w, r)
		case browsers.Check(r) != nil:
			newProblem(http.StatusForbidden, "requests from pages of another origin are refused").write(w, r)
		case !isOpen(r.URL.Path) && !authorized(r, token):
			unauthorized(w, r)
		case !isJSON(r):
			newProblem(http.StatusUnsupportedMediaType, "send the body as application/json").write(w, r)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// isOpen reports whether a path needs no token: orchestrators ask for health.
func isOpen(path string) bool { return path == pathHealth || path == pathReady }

// unauthorized answers differently for a missing and for a wrong token (RFC 6750
// section 3.1).
func unauthorized(w http.ResponseWriter, r *http.Request) {
	challenge := `Bearer realm="vtn-xmpp"`
	detail := "the token is missing: send it as \"Authorization: Bearer …\"; the VTN has it in VTN_API_TOKEN_FILE or VTN_API_TOKEN"
	switch scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " "); {
	case token == "":
	case !strings.EqualFold(scheme, "Bearer"):
		detail = fmt.Sprintf("the token is missing: send it as \"Authorization: Bearer …\", not %q", excerpt.Of(scheme))
	default:
		challenge += `, error="invalid_token"`
		detail = "the token is not this VTN's: send the one in its VTN_API_TOKEN_FILE or VTN_API_TOKEN, and check that this is the VTN you mean"
	}
	w.Header().Set("WWW-Authenticate", challenge)
	newProblem(http.StatusUnauthorized, detail).write(w, r)
}

// authorized reports whether r carries the token, or none is needed. It compares
// in constant time.
func authorized(r *http.Request, token string) bool {
	if token == "" {
		return true
	}
	scheme, sent, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	want, got := sha256.Sum256([]byte(token)), sha256.Sum256([]byte(sent))
	return strings.EqualFold(scheme, "Bearer") && subtle.ConstantTimeCompare(want[:], got[:]) == 1
}

// isLoopbackName reports whether a Host header names this machine.
func isLoopbackName(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// isJSON reports whether the body is declared as JSON, or there is none. A page of
// another origin cannot send JSON without a preflight request.
func isJSON(r *http.Request) bool {
	if r.ContentLength == 0 {
		return true
	}
	t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && (t == "application/json" || t == "application/merge-patch+json")
}
