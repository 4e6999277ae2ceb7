package people

import (
	"context"
	"time"
)

// User finds a user by name. It returns [core.ErrNotFound] if there is none.
func (p *People) User(ctx context.Context, name string) (*User, error) {
	return p.store.User(ctx, normalName(name))
}

// Users lists users by name, after a name.
func (p *People) Users(ctx context.Context, after string, limit int) (users []User, more bool, err error) {
	return p.store.Users(ctx, after, limit)
}

// AddUser adds a user. An empty password leaves the user without one: such a user has
// tokens only, or signs in elsewhere. It returns a [core.InvalidError] that names what
// is wrong, or [core.ErrConflict] if the name is taken.
func (p *People) AddUser(ctx context.Context, name string, role Role, password, by string) (*User, error) {
	name = normalName(name)
	var bad wrong
	bad.check("name", checkName(name))
	bad.check("role", checkRole(role))
	if password != "" {
		bad.check("password", checkPassword(name, password))
	}
	if err := bad.err(); err != nil {
		return nil, err
	}
	now := p.clock.Now()
	u := User{Name: name, Role: role, CreatedAt: now, CreatedBy: by, ChangedAt: now}
	if password != "" {
		hash, err := p.passwords.hash(ctx, password)
		if err != nil {
			return nil, err
		}
		u.Password = hash
	}
	if err := p.store.AddUser(ctx, u); err != nil {
		return nil, err
	}
	p.found.Store(&found{true, now})
	p.changes.Add(1)
	return p.store.User(ctx, name)
}

// UserChange says what of a user changes; nil: nothing.
type UserChange struct {
	Role     *Role
	Password *string // an empty one takes the password away
}

// ModifyUser changes a user. A change of the password ends the user's sessions, but not
// the tokens.
func (p *People) ModifyUser(ctx context.Context, name string, c UserChange) (*User, error) {
	name = normalName(name)
	var bad wrong
	if c.Role != nil {
		bad.check("role", checkRole(*c.Role))
	}
	hash := ""
	if c.Password != nil && *c.Password != "" {
		bad.check("password", checkPassword(name, *c.Password))
	}
	if err := bad.err(); err != nil {
		return nil, err
	}
	if c.Password != nil && *c.Password != "" {
		var err error
		if hash, err = p.passwords.hash(ctx, *c.Password); err != nil {
			return nil, err
		}
	}
	now := p.clock.Now()
	defer p.changes.Add(1)
	return p.store.ChangeUser(ctx, name, func(u *User) (bool, error) {
		u.ChangedAt = now
		if c.Role != nil {
			u.Role = *c.Role
		}
		if c.Password != nil {
			u.Password = hash
		}
		return c.Password != nil, nil
	})
}

// ChangePassword sets another password of a user who knows the present one.
func (p *People) ChangePassword(ctx context.Context, name, present, password, address string) error {
	now := p.clock.Now()
	if wait := p.attempts.wait(now, address, name); wait > 0 {
		return &WaitError{wait}
	}
	u, err := p.store.User(ctx, name)
	if err != nil {
		return err
	}
	ok, err := p.passwords.matches(ctx, present, u.Password)
	if err != nil {
		return err
	}
	if !ok {
		p.attempts.failed(now, address, name)
		return ErrWrong
	}
	_, err = p.ModifyUser(ctx, name, UserChange{Password: &password})
	return err
}

// DeleteUser deletes a user. All sessions and tokens of the user end at once.
func (p *People) DeleteUser(ctx context.Context, name string) error {
	defer p.changes.Add(1)
	defer p.found.Store(nil)
	return p.store.DeleteUser(ctx, normalName(name))
}

// Keys lists the sessions and tokens of a user.
func (p *People) Keys(ctx context.Context, name string) ([]Key, error) {
	return p.store.Keys(ctx, normalName(name))
}

// AddToken makes a token of a user for a program, and returns its secret, which nobody
// can find out later. role is the most that it may do. A zero lasts: it never ends.
func (p *People) AddToken(ctx context.Context, name, label string, role Role, lasts time.Duration) (secret string, k *Key, err error) {
	var bad wrong
	bad.check("label", checkLabel(label))
	bad.check("role", checkRole(role))
	if lasts < 0 {
		bad.check("lasts", "is negative")
	}
	if err := bad.err(); err != nil {
		return "", nil, err
	}
	now := p.clock.Now()
	secret = newSecret(Bearer)
	k = &Key{ID: newID(), Hash: hashOf(secret), User: normalName(name), Kind: Bearer, Label: label, Role: role, CreatedAt: now}
	if lasts > 0 {
		k.ExpiresAt = now.Add(lasts)
	}
	return secret, k, p.store.AddKey(ctx, *k)
}

// DeleteKey ends a session or token of a user.
func (p *People) DeleteKey(ctx context.Context, name, id string) error {
	defer p.changes.Add(1)
	return p.store.DeleteKey(ctx, normalName(name), id)
}

// Begin stores a record before what it is about is done, and returns its number.
func (p *People) Begin(ctx context.Context, r Record) (int64, error) {
	r.At = p.clock.Now()
	return p.store.AddRecord(ctx, r)
}

// End notes the outcome of what a record is about.
func (p *People) End(ctx context.Context, no int64, status int) error {
	return p.store.EndRecord(ctx, no, status)
}

// Records lists the audit log, the newest first, before a number.
func (p *People) Records(ctx context.Context, f RecordFilter, before int64, limit int) (records []Record, more bool, err error) {
	return p.store.Records(ctx, f, before, limit)
}
