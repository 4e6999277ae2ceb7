package registry

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// SetRoutes is [core.Whereabouts.SetRoutes]. A loss of power may undo it.
func (r whereabouts) SetRoutes(ctx context.Context, routes map[int64]core.Route) error {
	var vens []int64
	rows := make([][7]any, 0, len(routes))
	for _, no := range slices.Sorted(maps.Keys(routes)) {
		to := routes[no]
		if !storable(to.Identity) || !storable(to.Address) {
			continue // no VEN can have that address
		}
		vens = append(vens, no)
		rows = append(rows, [7]any{no, to.Transport, to.Identity, to.Address, to.Form.String(), to.Stanza, millis(to.SeenAt)})
	}
	where, err := list(rows)
	if err == nil {
		err = r.lightly(ctx, "route", func(s *session) error {
			if _, err := s.exec(`WITH n AS MATERIALIZED (SELECT value FROM `+s.Elements(1)+`)
UPDATE ven SET route_transport = n.value ->> 1, route_identity = n.value ->> 2, route_address = n.value ->> 3,
       route_form = n.value ->> 4, route_stanza = n.value ->> 5, seen_at = CAST(n.value ->> 6 AS BIGINT)
  FROM n
 WHERE ven.no = CAST(n.value ->> 0 AS BIGINT)`, where); err != nil {
				return err
			}
			return venTx{s}.dropStrangersRoutes(vens)
		})
	}
	if err != nil {
		return fmt.Errorf("store the routes of %d VENs: %w", len(routes), err)
	}
	return nil
}

// dropStrangersRoutes deletes the address from routes whose identity is no longer
// one of the VEN: whoever has that identity now must not get what is for the VEN. So
// claims, which are many, need not check it. A route without an identity belongs to
// whatever identity the VEN has on its transport (rule H21). The rows of the VENs are locked before,
// so this sees a concurrent change of identities, and the other way round.
func (s venTx) dropStrangersRoutes(vens []int64) error {
	if _, err := s.exec(`UPDATE ven SET route_address = '' WHERE `+s.InList("no", 1)+` AND route_address <> ''
   AND NOT EXISTS (SELECT 1 FROM identity i WHERE i.transport = ven.route_transport AND (i.identity = ven.route_identity OR ven.route_identity = '') AND i.ven_no = ven.no)`, numbers(vens)); err != nil {
		return fmt.Errorf("drop routes by identities of others: %w", err)
	}
	return nil
}
