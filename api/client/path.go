package client

import (
	"errors"
	"net/url"
	"strings"
)

// path is a collection's member, whatever its ID: . and .. would be taken out of a
// URL as they are.
func path(collection, id string) string {
	if id == "." || id == ".." {
		return "/" + collection + "/" + strings.ReplaceAll(id, ".", "%2E")
	}
	return "/" + collection + "/" + url.PathEscape(id)
}

// errNoID is for an empty ID, which nothing has: its path would be of something else.
var errNoID = errors.New("the ID is empty; give the ID of what is meant")
