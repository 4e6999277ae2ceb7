package client

import (
	"errors"
	"net/url"
	"strings"
)

// path is the path of a collection's member. It escapes the IDs . and .. as well,
// which HTTP clients would remove from a URL.
func path(collection, id string) string {
	if id == "." || id == ".." {
		return "/" + collection + "/" + strings.ReplaceAll(id, ".", "%2E")
	}
	return "/" + collection + "/" + url.PathEscape(id)
}

// errNoID refuses an empty ID: its path would be the path of something else.
var errNoID = errors.New("the ID is empty; give an ID")
