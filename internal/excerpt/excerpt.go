// Package excerpt shortens text from outside for log lines, errors and answers.
package excerpt

import "strings"

const most = 200 // bytes

// Of returns s, or its first 200 bytes and an ellipsis if it is longer. It cuts
// no character in two, since PostgreSQL refuses text that is not UTF-8.
func Of(s string) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
