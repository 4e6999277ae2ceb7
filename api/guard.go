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
			newProblem(http.StatusForbidden, "without VTN_API_TOKEN the API is for localhost, 127.0.0.1 and [::1] only").write(w, r)
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

// isOpen names what orchestrators ask without a token.
func isOpen(path string) bool { return path == pathHealth || path == pathReady }

// unauthorized tells a token that is missing from one that is wrong (RFC 6750
// section 3.1).
func unauthorized(w http.ResponseWriter, r *http.Request) {
	challenge := `Bearer realm="vtn-xmpp"`
	detail := "the token is missing: send it as \"Authorization: Bearer …\"; it is what the VTN's VTN_API_TOKEN_FILE or VTN_API_TOKEN says"
	switch scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " "); {
	case token == "":
	case !strings.EqualFold(scheme, "Bearer"):
		detail = fmt.Sprintf("the token is missing: send it as \"Authorization: Bearer …\", not %q", excerpt.Of(scheme))
	default:
		challenge += `, error="invalid_token"`
		detail = "the token is not this VTN's: send what its VTN_API_TOKEN_FILE or VTN_API_TOKEN says, and see that it is this VTN that you mean"
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

// isLoopbackName says whether a Host header means this machine.
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

// isJSON says whether a body, if there is one, is declared as JSON. A page of
// another origin cannot send that without being asked first.
func isJSON(r *http.Request) bool {
	if r.ContentLength == 0 {
		return true
	}
	t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && (t == "application/json" || t == "application/merge-patch+json")
}
