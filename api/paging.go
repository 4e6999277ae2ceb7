package api

import (
	"strconv"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
)

// Paging says which part of a list to answer with. It is exported because huma
// ignores embedded structs that are not.
type Paging struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"The most items to return. A page ends sooner if its items are large; there are more while the answer has a next"`
	Cursor string `query:"cursor" doc:"The next of the page before" maxLength:"1000"`
}

// answered is the body of an answer.
type answered[T any] struct{ Body *T }

// located is the body of an answer, with the URL of what was made.
type located[T any] struct {
	Location string `header:"Location"`
	Body     *T
}

func answer[T any](body T) *answered[T] { return &answered[T]{&body} }

// answerPage shows each item of a page. next is the cursor of the page after it.
func answerPage[T, U any](items []T, next string, show func(T) U) *answered[client.Page[U]] {
	page := client.Page[U]{Items: []U{}, Next: next}
	for _, item := range items {
		page.Items = append(page.Items, show(item))
	}
	return answer(page)
}

var errCursor = invalid("cursor", "is not the next of an earlier page of this list")

// parseNumber reads a cursor that is a positive number. It returns 0 if there is
// none.
func parseNumber(cursor string) (int64, error) {
	if cursor == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(cursor, 10, 64)
	if err != nil || n <= 0 {
		return 0, errCursor
	}
	return n, nil
}

// formatNumber writes what [parseNumber] reads.
func formatNumber(next int64) string {
	if next == 0 {
		return ""
	}
	return strconv.FormatInt(next, 10)
}
