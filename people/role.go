package people

import "slices"

// Role says what a person may do. Each role may do what the ones before it may.
type Role string

// The roles, from the least to the most.
const (
	Nobody        Role = ""              // not signed in
	Viewer        Role = "viewer"        // reads
	Operator      Role = "operator"      // changes events, VENs and reports, too
	Administrator Role = "administrator" // changes people and webhooks, too, and reads the audit log
)

// Roles are the roles that a user can have.
var Roles = []Role{Viewer, Operator, Administrator}

// Allows reports whether r may do what needs a role.
func (r Role) Allows(needed Role) bool { return r.rank() >= needed.rank() }

// Valid reports whether r is one of [Roles].
func (r Role) Valid() bool { return slices.Contains(Roles, r) }

// rank orders the roles; an unknown role may do nothing.
func (r Role) rank() int { return slices.Index(Roles, r) }

// lesser returns the role that may do less.
func lesser(a, b Role) Role {
	if a.Allows(b) {
		return b
	}
	return a
}
