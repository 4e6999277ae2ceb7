package api

import (
	"strconv"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// Paging is exported because huma looks into no other that is embedded.
type Paging struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"Items at most; a part ends sooner where they are large: go on while there is a next"`
	Cursor string `query:"cursor" doc:"next of the part before" maxLength:"1000"`
}

// number reads a cursor that is one, 0 for none.
func number(cursor string) (int64, error) {
	if cursor == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(cursor, 10, 64)
	if err != nil || n <= 0 {
		return 0, badCursor
	}
	return n, nil
}

var badCursor = &core.InvalidError{Problems: []core.Problem{{Field: "cursor", Reason: "is not the next of an earlier part of this list"}}}

// cursor writes what [number] reads.
func cursor(next int64) string {
	if next == 0 {
		return ""
	}
	return strconv.FormatInt(next, 10)
}
