package registry

import (
	"context"
	"fmt"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/people"
)

// People keeps who may operate the VTN, in the same database.
func (r *Registry) People() people.Store { return persons{r.transactions} }

// persons is a [people.Store].
type persons struct{ *transactions }

const selectUser = `SELECT p.name, p.role, p.password, p.created_at, p.created_by, p.changed_at FROM person p `

func (s *session) users(where string, args ...any) (users []people.User, err error) {
	err = s.rows(selectUser+where, args, func(scan func(...any) error) error {
		var u people.User
		err := scan(&u.Name, &u.Role, &u.Password, at(&u.CreatedAt), &u.CreatedBy, at(&u.ChangedAt))
		users = append(users, u)
		return err
	})
	return users, err
}

// user finds a user; what follows the query may lock it.
func (s *session) user(name, lock string) (*people.User, error) {
	if !storable(name) {
		return nil, fmt.Errorf("%w: user", core.ErrNotFound)
	}
	users, err := s.users(`WHERE p.name = $1`+lock, name)
	if err != nil {
		return nil, fmt.Errorf("read a user: %w", err)
	}
	if len(users) == 0 {
		return nil, fmt.Errorf("%w: user %.100q", core.ErrNotFound, name)
	}
	return &users[0], nil
}

// AnyUser is [people.Users.AnyUser].
func (r persons) AnyUser(ctx context.Context) (any bool, err error) {
	err = r.view(ctx, "people", func(s *session) error {
		users, err := s.users(`LIMIT 1`)
		any = len(users) > 0
		return err
	})
	return any, err
}

// User is [people.Users.User].
func (r persons) User(ctx context.Context, name string) (u *people.User, err error) {
	err = r.view(ctx, "people", func(s *session) (err error) {
		u, err = s.user(name, ``)
		return err
	})
	return u, err
}

// Users is [people.Users.Users].
func (r persons) Users(ctx context.Context, after string, limit int) (users []people.User, more bool, err error) {
	err = r.view(ctx, "people", func(s *session) (err error) {
		users, err = s.users(`WHERE p.name > $1 ORDER BY p.name LIMIT $2`, after, limit+1)
		return err
	})
	if len(users) > limit {
		return users[:limit], true, err
	}
	return users, false, err
}

// AddUser is [people.Users.AddUser]. Changes of users run one after another, so that
// the count and the last administrator are right.
func (r persons) AddUser(ctx context.Context, u people.User) error {
	return r.change(ctx, "people", func(s *session, _ int64) error {
		var n int
		if err := s.row(`SELECT count(*) FROM person`, nil, &n); err != nil {
			return fmt.Errorf("count users: %w", err)
		}
		if n >= people.MaxUsers {
			return fmt.Errorf("%w: there are %d users, which is the most; delete some", core.ErrConflict, n)
		}
		added, err := s.exec(`INSERT INTO person (name, role, password, created_at, created_by, changed_at) VALUES ($1, $2, $3, $4, $5, $6)
  ON CONFLICT DO NOTHING`, u.Name, u.Role, u.Password, u.CreatedAt.UnixMilli(), u.CreatedBy, u.ChangedAt.UnixMilli())
		if err != nil {
			return fmt.Errorf("store a user: %w", err)
		}
		if added == 0 {
			return fmt.Errorf("%w: there is a user %q already", core.ErrConflict, u.Name)
		}
		return s.administered("the first user must be an administrator, since users close the API to everybody else")
	})
}

// ChangeUser is [people.Users.ChangeUser].
func (r persons) ChangeUser(ctx context.Context, name string, change func(*people.User) (bool, error)) (u *people.User, err error) {
	err = r.change(ctx, "people", func(s *session, _ int64) error {
		if u, err = s.user(name, s.ForUpdate("p")); err != nil {
			return err
		}
		endSessions, err := change(u)
		if err != nil {
			return err
		}
		if _, err := s.exec(`UPDATE person SET role = $2, password = $3, changed_at = $4 WHERE name = $1`, u.Name, u.Role, u.Password, u.ChangedAt.UnixMilli()); err != nil {
			return fmt.Errorf("store a user: %w", err)
		}
		if endSessions {
			if _, err := s.exec(`DELETE FROM person_key WHERE person = $1 AND kind = $2`, u.Name, people.Session); err != nil {
				return fmt.Errorf("end sessions: %w", err)
			}
		}
		return s.administered(lastAdministrator(u.Name))
	})
	return u, err
}

// DeleteUser is [people.Users.DeleteUser].
func (r persons) DeleteUser(ctx context.Context, name string) error {
	return r.change(ctx, "people", func(s *session, _ int64) error {
		if _, err := s.user(name, s.ForUpdate("p")); err != nil {
			return err
		}
		if _, err := s.exec(`DELETE FROM person WHERE name = $1`, name); err != nil {
			return fmt.Errorf("delete a user: %w", err)
		}
		return s.administered(lastAdministrator(name))
	})
}

func lastAdministrator(name string) string {
	return name + " is the last administrator; make somebody else one first"
}

// administered refuses, for a reason, a change after which there are users but no
// administrator.
func (s *session) administered(reason string) error {
	var users, administrators int
	if err := s.row(`SELECT count(*), count(CASE WHEN role = $1 THEN 1 END) FROM person`, []any{people.Administrator}, &users, &administrators); err != nil {
		return fmt.Errorf("count administrators: %w", err)
	}
	if users > 0 && administrators == 0 {
		return fmt.Errorf("%w: %s", core.ErrConflict, reason)
	}
	return nil
}
