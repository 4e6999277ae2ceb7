package client

import (
	"net/url"
	"strconv"
)

// Page is a part of a list. Next is the cursor of the page after it; it is empty at
// the end of the list.
type Page[T any] struct {
	Items []T    `json:"items" nullable:"false"`
	Next  string `json:"next,omitempty"`
}

// page is the query for a page of a list. chosen are pairs of a name and a value;
// pairs with an empty value are left out.
func page(cursor string, limit int, chosen ...string) string {
	q := url.Values{}
	for i := 0; i < len(chosen); i += 2 {
		if chosen[i+1] != "" {
			q.Set(chosen[i], chosen[i+1])
		}
	}
	if cursor != "" {
		q.Set("cursor", cursor)
	}
	if limit != 0 {
		q.Set("limit", strconv.Itoa(limit))
	}
	if len(q) == 0 {
		return ""
	}
	return "?" + q.Encode()
}

// flag is a pair for [page], or none.
func flag(name string, set bool) []string {
	if !set {
		return nil
	}
	return []string{name, "true"}
}

// all reads all pages of a list.
func all[T any](next func(cursor string) (*Page[T], error)) ([]T, error) {
	var items []T
	for cursor := ""; ; {
		p, err := next(cursor)
		if err != nil {
			return nil, err
		}
		items = append(items, p.Items...)
		if p.Next == "" {
			return items, nil
		}
		cursor = p.Next
	}
}
