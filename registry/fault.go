package registry

import (
	"fmt"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/registry/database"
)

// blamed wraps faults of the database in [core.ErrStore]. Other errors, those of
// what was asked, it returns as they are.
func blamed(err error) error {
	if !database.Fault(err) {
		return err
	}
	return fmt.Errorf("%w: %w", core.ErrStore, err)
}
