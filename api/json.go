package api

import "time"

// moment is a time in JSON: null if it is zero.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// list is a list in JSON: [] instead of null if it is empty.
func list(values []string) []string {
	if values == nil {
		return []string{}
	}
	return values
}
