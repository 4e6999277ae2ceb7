package registry_test

import (
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/registry"
)

// Opts that were stored before every end was bound have one that can be shown.
func TestMigrationOfOpts(t *testing.T) {
	for name, make := range bare {
		t.Run(name, func(t *testing.T) {
			store := make(t)
			err := registry.MigrateTo(ctx, store, 9,
				`INSERT INTO ven (no, ven_id, name, profile, payload_root, labels_rev, created_at) VALUES (1, 'ven-1', '', '2.0b', '', 1, 0)`,
				`INSERT INTO opt (ven_no, opt_id, modification, opt, reason, body, created_at, received_at) VALUES (1, 's', 0, 'optOut', '', '{}', 9, 9)`,
				`INSERT INTO opt_period (ven_no, opt_id, place, start_at, end_at) VALUES (1, 's', 0, 253402214400000, 253410854400000), (1, 's', 1, 0, 253402300799999), (1, 's', 2, 0, NULL)`)
			if err != nil {
				t.Fatal(err)
			}
			w := &world{TB: t, Registry: open(t, store), store: store, now: time.UnixMilli(2000).UTC()}
			o := view(w, func(r core.Reader) (*core.Opt, error) { return r.Opt(1, "s") })
			if len(o.Periods) != 3 || !o.Periods[0].End.IsZero() || o.Periods[1].End.Year() != 9999 || !o.Periods[2].End.IsZero() {
				t.Errorf("the schedule has %v", o.Periods)
			}
		})
	}
}
