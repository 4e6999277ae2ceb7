package core

import (
	"crypto/rand"
	"strings"
)

// newID makes an ID that nobody can guess: the prefix and n characters of base 32.
func newID(prefix string, n int) string {
	return prefix + strings.ToLower(rand.Text()[:n])
}
