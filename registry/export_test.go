package registry

import (
	"context"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// Setting asks the very connection that Update writes on.
func (r *Registry) Setting(ctx context.Context, query string) (value string, err error) {
	err = r.Update(ctx, func(t core.Tx) error { return t.(*tx).row(query, nil, &value) })
	return value, err
}

// LightSetting asks the connection that Claim, Unpark and SetRoute write on.
func (r *Registry) LightSetting(ctx context.Context, query string) (value string, err error) {
	err = r.lightly(ctx, "test", func(s *session) error { return s.row(query, nil, &value) })
	return value, err
}

// Count is the number a query finds.
func (r *Registry) Count(ctx context.Context, query string, args ...any) (n int64, err error) {
	err = r.View(ctx, func(t core.Reader) error { return t.(*tx).row(query, args, &n) })
	return n, err
}

// Exec writes past the contract.
func (r *Registry) Exec(ctx context.Context, query string, args ...any) error {
	return r.Update(ctx, func(t core.Tx) error {
		_, err := t.(*tx).exec(query, args...)
		return err
	})
}

// SQLite says which of the two databases it is.
func (r *Registry) SQLite() bool {
	_, is := r.db.(*sqliteDB)
	return is
}
