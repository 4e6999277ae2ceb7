package registry_test

import (
	"slices"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// VENs of 2.0a are known by their profile: to a claim, to who lists the VENs of an event,
// and to who asks which of them an event targets.
func TestA3VENsOfAProfile(t *testing.T) {
	contract(t, func(t *testing.T, w *world) {
		w.ven("new", "north")
		for _, venID := range []string{"c", "a", "b"} {
			v := w.ven(venID, "north", "south")
			v.Profile = "2.0a"
			w.change(func(tx core.Tx, _ int64) error { return tx.PutVEN(v) })
		}
		elsewhere := w.ven("elsewhere", "east")
		elsewhere.Profile = "2.0a"
		w.change(func(tx core.Tx, _ int64) error { return tx.PutVEN(elsewhere) })
		e := w.event("e1", group("north"), group("south"))
		targeted := func(profile string, most int) (venIDs []string, more int) {
			w.must(w.View(ctx, func(r core.Reader) (err error) {
				venIDs, more, err = r.Targeted(e.No, profile, most)
				return err
			}))
			return venIDs, more
		}
		if got, more := targeted("2.0a", 2); !slices.Equal(got, []string{"a", "b"}) || more != 1 {
			t.Errorf("targeted are %v and %d more", got, more)
		}
		if got, more := targeted("2.0a", 3); len(got) != 3 || more != 0 {
			t.Errorf("targeted are %v and %d more", got, more)
		}
		if got, more := targeted("2.0c", 3); got != nil || more != 0 {
			t.Errorf("of another profile are targeted %v and %d more", got, more)
		}
		var profiles []string
		w.must(w.View(ctx, func(r core.Reader) error {
			vens, _, err := r.EventVENs(e, core.EventVENFilter{}, "", 10)
			for _, v := range vens {
				profiles = append(profiles, v.VENID+" "+v.Profile)
			}
			return err
		}))
		if !slices.Equal(profiles, []string{"a 2.0a", "b 2.0a", "c 2.0a", "new "}) {
			t.Errorf("the VENs of the event are %v", profiles)
		}
	})
}
