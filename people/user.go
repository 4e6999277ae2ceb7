package people

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/internal/label"
)

// User is a person who may operate the VTN.
type User struct {
	Name      string // in lower case, unique
	Role      Role
	Password  string // argon2id hash in PHC form; empty: the user cannot sign in by password
	CreatedAt time.Time
	CreatedBy string
	ChangedAt time.Time // role or password
}

// Limits on users.
const (
	MaxUsers       = 10_000
	MaxKeys        = 100 // sessions and tokens of one user
	maxName        = 64
	minPassword    = 12
	maxPassword    = 1000 // bytes
	nameCharacters = "abcdefghijklmnopqrstuvwxyz0123456789._-@+"
	allowedInNames = "letters, digits and . _ - @ +"
	passwordAdvice = "use at least 12 characters; several words make a good password"
	reservedAdvice = "is what the VTN calls something else; choose another"
)

// Actors that are no users.
const (
	Token = "token" // whoever has VTN_API_TOKEN
	Local = "local" // whoever is on this machine, while there are no users and no token
	VTN   = "vtn"   // the VTN itself
)

// normalName is a name as it is stored.
func normalName(name string) string { return strings.ToLower(name) }

// checkName says what is wrong with a user's name, "" if nothing is.
func checkName(name string) string {
	switch {
	case name == "":
		return "must not be empty"
	case len(name) > maxName:
		return fmt.Sprintf("is longer than %d characters", maxName)
	case strings.Trim(name, nameCharacters) != "":
		return "may have " + allowedInNames + " only"
	case name == Token, name == Local, name == VTN, name == "api":
		return reservedAdvice
	}
	return ""
}

// checkPassword says what is wrong with a new password of a user, "" if nothing is.
func checkPassword(name, password string) string {
	switch {
	case len(password) > maxPassword:
		return fmt.Sprintf("is longer than %d bytes", maxPassword)
	case !utf8.ValidString(password):
		return "is not UTF-8"
	case utf8.RuneCountInString(password) < minPassword:
		return "is too short: " + passwordAdvice
	case strings.Contains(strings.ToLower(password), name):
		return "contains the user's name; " + passwordAdvice
	}
	return ""
}

// checkLabel says what is wrong with a token's label, "" if nothing is.
func checkLabel(s string) string { return label.Check(s) }

func checkRole(r Role) string {
	if r.Valid() {
		return ""
	}
	return "is none of viewer, operator, administrator"
}

// wrong collects what is wrong with an input.
type wrong []core.Problem

func (w *wrong) check(field, reason string) {
	if reason != "" {
		*w = append(*w, core.Problem{Field: field, Reason: reason})
	}
}

func (w wrong) err() error {
	if w == nil {
		return nil
	}
	return &core.InvalidError{Problems: w}
}
