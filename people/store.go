package people

import (
	"context"
	"time"
)

// Store keeps people. Implementations are safe for concurrent use; what changes is
// durable once they return nil. They return [core.ErrNotFound] for what does not
// exist, and [core.ErrStore] if the database does not work.
type Store interface {
	Users
	Keys
	Records
}

// Users is the part of [Store] that keeps users.
type Users interface {
	// AnyUser reports whether there is a user.
	AnyUser(ctx context.Context) (bool, error)
	User(ctx context.Context, name string) (*User, error)
	// Users lists users by name, after a name. more says whether the list goes on.
	Users(ctx context.Context, after string, limit int) (users []User, more bool, err error)
	// AddUser returns [core.ErrConflict] if the name is taken, there are [MaxUsers], or the
	// first one is no administrator.
	AddUser(ctx context.Context, u User) error
	// ChangeUser stores what change makes of a user, and ends the user's sessions if
	// change says so. It returns [core.ErrConflict] if no administrator would be left.
	ChangeUser(ctx context.Context, name string, change func(*User) (endSessions bool, err error)) (*User, error)
	// DeleteUser deletes a user with all keys. It returns [core.ErrConflict] if others
	// are left without an administrator.
	DeleteUser(ctx context.Context, name string) error
}

// Keys is the part of [Store] that keeps sessions and tokens.
type Keys interface {
	// AddKey returns [core.ErrConflict] for a token beyond [MaxKeys]. Of sessions
	// beyond that the one that was used longest ago ends.
	AddKey(ctx context.Context, k Key) error
	// Key finds a key by its hash, with its user.
	Key(ctx context.Context, hash string) (*Key, *User, error)
	// Keys lists the keys of a user, the newest first.
	Keys(ctx context.Context, user string) ([]Key, error)
	// UseKey notes when a key was used. It may be lost.
	UseKey(ctx context.Context, hash string, at time.Time) error
	DeleteKey(ctx context.Context, user, id string) error
	// RetireKeys deletes the keys that ended before a time, and sessions not used since
	// idle.
	RetireKeys(ctx context.Context, before, idle time.Time) error
}

// Records is the part of [Store] that keeps the audit log.
type Records interface {
	// AddRecord stores a record and gives it its number.
	AddRecord(ctx context.Context, r Record) (no int64, err error)
	// EndRecord notes the outcome of what a record is about.
	EndRecord(ctx context.Context, no int64, status int) error
	// Records lists records, the newest first, before a number; 0: from the newest.
	Records(ctx context.Context, f RecordFilter, before int64, limit int) (records []Record, more bool, err error)
	// RetireRecords deletes the records from before a time, and all but the newest.
	RetireRecords(ctx context.Context, before time.Time, keep int) error
}
