package registry

import (
	"context"
	"fmt"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// SetRoute is [core.Registry.SetRoute]. It may be lost with the power.
func (r *Registry) SetRoute(ctx context.Context, venNo int64, to core.Route) error {
	return r.lightly(ctx, "route", func(s *session) error {
		n, err := s.exec(`UPDATE ven SET route_transport = $2, route_identity = $3, route_address = $4, route_form = $5, seen_at = $6 WHERE no = $1`,
			venNo, to.Transport, to.Identity, to.Address, to.Form.String(), millis(to.SeenAt))
		if err := touched(n, err, "VEN number %d", venNo); err != nil {
			return err
		}
		return s.dropStrangersRoute(venNo)
	})
}

// dropStrangersRoute takes the address from a route whose identity is not the
// VEN's: what concerns the VEN is not for whoever has it now. Claims, which are
// many, need not look. The VEN's row is locked before: so this and a change of
// its identities beside it see each other.
func (s *session) dropStrangersRoute(venNo int64) error {
	if _, err := s.exec(`UPDATE ven SET route_address = '' WHERE no = $1 AND route_address <> ''
   AND NOT EXISTS (SELECT 1 FROM identity i WHERE i.transport = ven.route_transport AND i.identity = ven.route_identity AND i.ven_no = ven.no)`, venNo); err != nil {
		return fmt.Errorf("drop the route of VEN number %d: %w", venNo, err)
	}
	return nil
}
