package api

import (
	"mime"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/vtn-xmpp/vtn-xmpp/people"
)

// guard lets through requests that may use the API: of people it knows or, while there
// is neither a token nor a user, those from this machine that no page of another origin
// sent. What they may do there is checked by operation.
func guard(a *access, next http.Handler) http.Handler {
	browsers := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		open := isOpen(r.URL.Path)
		who, p := people.Person{}, (*problem)(nil)
		if !open || a.token == "" && !isLoopbackName(r.Host) {
			who, p = a.who(r)
		}
		switch {
		case who.Name == people.Local && !isLoopbackName(r.Host):
			newProblem(http.StatusForbidden, "without VTN_API_TOKEN or users the API answers requests to localhost, 127.0.0.1 and [::1] only").write(w, r)
		case browsers.Check(r) != nil:
			newProblem(http.StatusForbidden, "requests from pages of another origin are refused").write(w, r)
		case p != nil && !open:
			p.write(w, r)
		case who.Role == people.Nobody && !open:
			a.unauthorized(w, r)
		case !isJSON(r):
			newProblem(http.StatusUnsupportedMediaType, "send the body as application/json").write(w, r)
		default:
			next.ServeHTTP(w, a.as(who, r))
		}
	})
}

// isOpen reports whether a path needs no credentials: orchestrators ask for health, and
// people sign in.
func isOpen(path string) bool {
	return path == pathHealth || path == pathReady || path == prefix+pathLogin
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
