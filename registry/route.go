package registry

import (
	"context"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// SetRoute is [core.Registry.SetRoute]. It may be lost with the power.
func (r *Registry) SetRoute(ctx context.Context, venNo int64, to core.Route) error {
	return r.write(ctx, r.light, func(s *session) error {
		n, err := s.exec(`UPDATE ven SET route_transport = $2, route_identity = $3, route_address = $4, route_form = $5, seen_at = $6 WHERE no = $1`,
			venNo, to.Transport, to.Identity, to.Address, to.Form.String(), millis(to.SeenAt))
		return touched(n, err, "VEN number %d", venNo)
	})
}
