package registry

import (
	"context"
	"database/sql/driver"
	"errors"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// Errors of core and of a cancelled context are not blamed on the store.
func TestFaultsAreBlamedOnTheStore(t *testing.T) {
	if err := blamed(driver.ErrBadConn); !errors.Is(err, core.ErrStore) {
		t.Errorf("%v is not blamed on the store", err)
	}
	for _, err := range []error{nil, core.ErrNotFound, core.ErrConflict, &core.InvalidError{}, context.Canceled} {
		if errors.Is(blamed(err), core.ErrStore) {
			t.Errorf("%v is blamed on the store", err)
		}
	}
}
