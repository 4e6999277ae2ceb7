package registry

import (
	"fmt"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/registry/database"
)

// blamed makes a fault of the database, not of what was asked of it, a
// [core.ErrStore].
func blamed(err error) error {
	if !database.Fault(err) {
		return err
	}
	return fmt.Errorf("%w: %w", core.ErrStore, err)
}
