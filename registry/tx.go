package registry

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// tx is [core.Tx] on one transaction, and [core.Reader] where that only reads.
type tx struct{ *session }

var _ core.Tx = (*tx)(nil)

// notFound makes no rows a [core.ErrNotFound] that names what was looked for.
func notFound(err error, format string, args ...any) error {
	what := fmt.Sprintf(format, args...)
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("%w: %s", core.ErrNotFound, what)
	}
	return fmt.Errorf("%s: %w", what, err)
}

// touched makes a statement that found nothing to change a [core.ErrNotFound].
func touched(n int64, err error, format string, args ...any) error {
	switch {
	case err != nil:
		return notFound(err, format, args...)
	case n == 0:
		return notFound(sql.ErrNoRows, format, args...)
	}
	return nil
}
