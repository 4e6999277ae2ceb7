package registry

import (
	"fmt"
	"slices"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/registry/database"
)

// Waits of an outbox that the VEN's new way ends.
const (
	waitsForVEN    = `state IN ('parked', 'backoff')`
	waitsForAnswer = `state IN ('parked', 'backoff', 'in_flight', 'handed_out')` // also of what went the former way
)

// reroute ends these waits. $2 is polled or 0.
func reroute(d *database.Dialect, waits string) string {
	return `UPDATE outbox SET urgency = ` + unpolled("urgency") + ` + CAST($2 AS INTEGER),
       state = CASE WHEN ` + waits + ` THEN 'idle' ELSE state END, attempts = CASE WHEN ` + waits + ` THEN 0 ELSE attempts END,
       next_at = CASE WHEN ` + waits + ` THEN CASE WHEN settled < rev THEN place END ELSE next_at END
 WHERE ` + d.InList("box", 1)
}

// Reroute is [core.RegistrationWriter.Reroute].
func (t registrationTx) Reroute(venNo int64, to core.Route, how core.Reached) error {
	var transport, address string
	if err := t.row(`SELECT route_transport, route_address FROM ven WHERE no = $1`, []any{venNo}, &transport, &address); err != nil {
		return fmt.Errorf("read the route of VEN number %d: %w", venNo, err)
	}
	waits := waitsForAnswer
	if transport == to.Transport && address == to.Address { // empty where the VEN polls
		waits = waitsForVEN
	}
	if _, err := t.exec(`UPDATE ven SET route_transport = $2, route_identity = $3, route_address = $4, route_form = $5, route_stanza = $6, seen_at = $7 WHERE no = $1`,
		venNo, to.Transport, to.Identity, to.Address, to.Form.String(), to.Stanza, millis(to.SeenAt)); err != nil {
		return fmt.Errorf("store the route of VEN number %d: %w", venNo, err)
	}
	if err := (venTx(t)).dropStrangersRoutes([]int64{venNo}); err != nil {
		return err
	}
	bit := 0
	if how == core.ByPoll {
		bit = polled
	}
	outboxes := outboxesOf([]int64{venNo})
	slices.Sort(outboxes)
	if _, err := t.exec(reroute(t.Dialect, waits), numbers(outboxes), bit); err != nil {
		return fmt.Errorf("turn the outboxes of VEN number %d to its new way: %w", venNo, err)
	}
	return nil
}
