package registry_test

import (
	"slices"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/registry"
)

// A VEN that ever had an identity stays marked as identified, whatever is stored
// afterwards.
func TestN4AnIdentityIsNotForgotten(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		identified := func(want bool) {
			t.Helper()
			if v := view(w, func(r core.Reader) (*core.VEN, error) { return r.VEN("ven-1") }); v.Identified != want {
				t.Errorf("the VEN is identified: %v", v.Identified)
			}
		}
		v := &core.VEN{VENID: "ven-1", CreatedAt: w.now}
		put := func() {
			t.Helper()
			w.change(func(tx core.Tx, rev int64) error { v.LabelsRev = rev; return tx.PutVEN(v) })
		}
		put()
		identified(false)
		v.Identities = []core.Identity{jid("ven-1")}
		put()
		identified(true)
		v.Identities, v.Identified = nil, false
		put()
		identified(true)
	})
}

// In a store from before version 10, a VEN that has an identity, was heard or was
// registered counts as a VEN that had an identity.
func TestMigrationMarksVENsThatHadAnIdentity(t *testing.T) {
	for name, make := range bare {
		t.Run(name, func(t *testing.T) {
			store := make(t)
			ven := func(no, id, route string) string {
				return `INSERT INTO ven (no, ven_id, name, profile, payload_root, labels_rev, created_at, route_identity) VALUES (` +
					no + `, '` + id + `', '', '2.0b', '', 1, 0, '` + route + `')`
			}
			err := registry.MigrateTo(ctx, store, 9,
				ven("1", "has-one", ""), ven("2", "entered", ""), ven("3", "was-registered", ""), ven("4", "was-heard", "a@example.org"),
				`INSERT INTO identity (transport, identity, ven_no) VALUES ('xmpp', 'b@example.org', 1)`,
				`INSERT INTO registration (registration_id, ven_no, profile, transport, address, http_pull, report_only, xml_signature, started_at, ended_at)
 VALUES ('r', 3, '2.0b', 'xmpp', '', FALSE, FALSE, FALSE, 1, 2)`,
				`UPDATE change SET rev = 1, no = 4`)
			if err != nil {
				t.Fatal(err)
			}
			w := newWorld(t, open(t, store), store, time.Time{})
			var had []string
			for _, v := range view(w, func(r core.Reader) ([]*core.VEN, error) { v, _, err := r.VENs(core.VENFilter{}, "", 10); return v, err }) {
				if v.Identified {
					had = append(had, v.VENID)
				}
			}
			if want := []string{"has-one", "was-heard", "was-registered"}; !slices.Equal(had, want) {
				t.Errorf("identified VENs %v, want %v", had, want)
			}
		})
	}
}
