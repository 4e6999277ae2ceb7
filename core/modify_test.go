package core_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// A change is made and checked outside the transaction. If others changed the VEN
// meanwhile, it is made again on their result, so that neither change is lost.
func TestChangesOfAVENAtOnceAreBothKept(t *testing.T) {
	r := start(t)
	r.join("ven1", group("a"))
	made := 0
	add := func(name string) func(*core.VEN) error {
		return func(v *core.VEN) error { made++; v.Groups = append(v.Groups, name); return nil }
	}
	r.between.set(func() {
		if _, err := r.ModifyVEN(t.Context(), "ven1", add("b")); err != nil {
			t.Error(err)
		}
	})
	if _, err := r.ModifyVEN(t.Context(), "ven1", add("c")); err != nil {
		t.Fatal(err)
	}
	v, err := r.VEN(t.Context(), "ven1")
	if err != nil || !slices.Equal(v.Groups, []string{"a", "b", "c"}) || v.Registration == nil {
		t.Errorf("it is %+v, %v", v, err)
	}
	if made != 3 {
		t.Errorf("%d changes were made, want each once and the first again", made)
	}
	r.between.set(func() { r.deleteVEN("ven1") })
	if _, err := r.ModifyVEN(t.Context(), "ven1", add("d")); !errors.Is(err, core.ErrConflict) {
		t.Errorf("a VEN that is deleted meanwhile: %v", err)
	}
}

// The largest body allowed is checked quickly, and the number of problems in the answer
// is bounded.
func TestVENWithVeryManyLabels(t *testing.T) {
	r := start(t)
	groups := make([]string, 120000)
	for i := range groups {
		groups[i] = fmt.Sprint(i)
	}
	if _, err := r.AddVEN(t.Context(), core.VEN{VENID: "ven1", Groups: groups}); err != nil {
		t.Fatal(err)
	}
	v, err := r.ModifyVEN(t.Context(), "ven1", func(v *core.VEN) error { v.Groups = append(groups[60000:], "more"); return nil })
	if err != nil || len(v.Groups) != 60001 {
		t.Fatalf("changed: %v", err)
	}
	if v, err = r.VEN(t.Context(), "ven1"); err != nil || len(v.Groups) != 60001 {
		t.Errorf("%d groups are stored, %v", len(v.Groups), err)
	}
	var invalid *core.InvalidError
	if _, err := r.AddVEN(t.Context(), core.VEN{VENID: "ven2", Groups: make([]string, 120000)}); !errors.As(err, &invalid) || len(invalid.Problems) != 100 {
		t.Errorf("wrong in all: %.200v", err)
	}
}
