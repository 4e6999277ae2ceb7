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

// impossible is the problem with a request whose path or query cannot be read, or
// holds what nothing is called and no database can look for; nil where there is
// none. It looks at every request, so that no handler has to.
func impossible(r *http.Request) *problem {
	if !possible(r.URL.Path) {
		return newProblem(http.StatusNotFound, "nothing has a name with control characters, or one that is not UTF-8")
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil { // what cannot be read would be left out
		return malformed("the query cannot be read: " + err.Error() + "; write what is neither letter nor digit as its code, such as %25 for %")
	}
	var found problems
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if !slices.ContainsFunc(query[name], func(value string) bool { return !possible(value) }) {
			continue
		}
		found.add(excerpt.Of(name), "has control characters, or is not UTF-8")
	}
	if found != nil {
		return problemOfInput(http.StatusUnprocessableEntity, found, r.Method)
	}
	return nil
}

// possible says whether a name could be one: those that are stored have no
// control characters.
func possible(name string) bool {
	return utf8.ValidString(name) && !strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f })
}
