package registry

import (
	"context"
	"fmt"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/people"
)

// AddKey is [people.Keys.AddKey].
func (r persons) AddKey(ctx context.Context, k people.Key) error {
	return r.durably(ctx, "people", func(s *session) error {
		if _, err := s.user(k.User, s.ForUpdate("p")); err != nil {
			return err
		}
		var n int
		if err := s.row(`SELECT count(*) FROM person_key WHERE person = $1 AND kind = $2`, []any{k.User, k.Kind}, &n); err != nil {
			return fmt.Errorf("count keys: %w", err)
		}
		if n >= people.MaxKeys {
			if k.Kind == people.Bearer {
				return fmt.Errorf("%w: %s has %d tokens, which is the most; delete some", core.ErrConflict, k.User, n)
			}
			if _, err := s.exec(`DELETE FROM person_key WHERE person = $1 AND kind = $2 AND hash NOT IN
  (SELECT hash FROM person_key WHERE person = $1 AND kind = $2 ORDER BY used_at DESC, hash LIMIT $3)`, k.User, k.Kind, people.MaxKeys-1); err != nil {
				return fmt.Errorf("end old sessions: %w", err)
			}
		}
		if _, err := s.exec(`INSERT INTO person_key (hash, id, person, kind, label, role, created_at, expires_at, used_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			k.Hash, k.ID, k.User, k.Kind, k.Label, k.Role, k.CreatedAt.UnixMilli(), millis(k.ExpiresAt), millis(k.UsedAt)); err != nil {
			return fmt.Errorf("store a key: %w", err)
		}
		return nil
	})
}

func (s *session) keys(where string, args ...any) (keys []people.Key, err error) {
	err = s.rows(`SELECT k.hash, k.id, k.person, k.kind, k.label, k.role, k.created_at, k.expires_at, k.used_at FROM person_key k `+where, args, func(scan func(...any) error) error {
		var k people.Key
		err := scan(&k.Hash, &k.ID, &k.User, &k.Kind, &k.Label, &k.Role, at(&k.CreatedAt), at(&k.ExpiresAt), at(&k.UsedAt))
		keys = append(keys, k)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read keys: %w", err)
	}
	return keys, nil
}

// Key is [people.Keys.Key].
func (r persons) Key(ctx context.Context, hash string) (k *people.Key, u *people.User, err error) {
	err = r.view(ctx, "people", func(s *session) error {
		keys, err := s.keys(`WHERE k.hash = $1`, hash)
		if err != nil {
			return err
		}
		if len(keys) == 0 {
			return fmt.Errorf("%w: key", core.ErrNotFound)
		}
		k = &keys[0]
		u, err = s.user(k.User, ``)
		return err
	})
	return k, u, err
}

// Keys is [people.Keys.Keys].
func (r persons) Keys(ctx context.Context, user string) (keys []people.Key, err error) {
	err = r.view(ctx, "people", func(s *session) error {
		if _, err := s.user(user, ``); err != nil {
			return err
		}
		keys, err = s.keys(`WHERE k.person = $1 ORDER BY k.created_at DESC, k.id`, user)
		return err
	})
	return keys, err
}

// UseKey is [people.Keys.UseKey].
func (r persons) UseKey(ctx context.Context, hash string, at time.Time) error {
	return r.lightly(ctx, "people", func(s *session) error {
		_, err := s.exec(`UPDATE person_key SET used_at = $2 WHERE hash = $1`, hash, at.UnixMilli())
		return err
	})
}

// DeleteKey is [people.Keys.DeleteKey].
func (r persons) DeleteKey(ctx context.Context, user, id string) error {
	return r.durably(ctx, "people", func(s *session) error {
		if !storable(user) || !storable(id) {
			return fmt.Errorf("%w: key", core.ErrNotFound)
		}
		n, err := s.exec(`DELETE FROM person_key WHERE person = $1 AND id = $2`, user, id)
		return touched(n, err, "session or token %.100q of user %.100q", id, user)
	})
}

// RetireKeys is [people.Keys.RetireKeys].
func (r persons) RetireKeys(ctx context.Context, before, idle time.Time) error {
	return r.lightly(ctx, "people", func(s *session) error {
		_, err := s.exec(`DELETE FROM person_key WHERE expires_at <= $1 OR kind = $2 AND used_at <= $3`, before.UnixMilli(), people.Session, idle.UnixMilli())
		return err
	})
}
