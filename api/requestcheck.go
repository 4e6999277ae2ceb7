package api

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
)

// checkRequest returns the problem with a request whose path or query cannot be
// read, or holds a name that nothing can have and that no database can look for.
// It returns nil if there is none. It sees every request, so no handler has to
// check.
func checkRequest(r *http.Request) *problem {
	if !isName(r.URL.Path) {
		return newProblem(http.StatusNotFound, "nothing has a name with control characters, or one that is not UTF-8")
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil { // url.Values would leave out what it cannot read
		return malformed("the query cannot be read: " + err.Error() + "; write what is neither letter nor digit as its code, such as %25 for %")
	}
	var found problems
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if slices.ContainsFunc(query[name], func(value string) bool { return !isName(value) }) {
			found.add(excerpt.Of(name), "has control characters, or is not UTF-8")
		}
	}
	if found != nil {
		return problemOfInput(http.StatusUnprocessableEntity, found, r.Method)
	}
	return nil
}

// isName reports whether something can have this name: stored names have no
// control characters.
func isName(name string) bool {
	return utf8.ValidString(name) && !strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f })
}
