package people

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"
)

// KeyKind says what a key is for.
type KeyKind string

// Kinds of keys.
const (
	Session KeyKind = "session" // of a browser, in a cookie
	Bearer  KeyKind = "token"   // of a program
)

// Key lets its holder act as a user. The secret itself is not stored.
type Key struct {
	ID        string // names it in lists; reveals nothing
	Hash      string // SHA-256 of the secret, hexadecimal
	User      string
	Kind      KeyKind
	Label     string // what a token is for
	Role      Role   // the most that a token may do; a session may do what its user may
	CreatedAt time.Time
	ExpiresAt time.Time // zero: never
	UsedAt    time.Time // the last use, to about a minute
}

// Times of keys.
const (
	SessionTime = 7 * 24 * time.Hour // after which a session ends
	SessionIdle = 12 * time.Hour     // without a request, after which it ends
	usedEvery   = time.Minute        // how exact UsedAt is
)

// tokenPrefix lets scanners for secrets recognise a token that got out.
const tokenPrefix = "vtn_"

// newSecret makes a secret of 256 bits.
func newSecret(kind KeyKind) string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	secret := hex.EncodeToString(b)
	if kind == Bearer {
		secret = tokenPrefix + secret
	}
	return secret
}

// hashOf is what is stored of a secret. It is fast: the secrets cannot be guessed.
func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

func newID() string { return strings.ToLower(rand.Text()[:12]) }

// over reports whether a key has ended.
func (k *Key) over(now time.Time) bool {
	return !k.ExpiresAt.IsZero() && !now.Before(k.ExpiresAt) ||
		k.Kind == Session && !now.Before(k.UsedAt.Add(SessionIdle))
}
