package test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestTwoServeOnOneDomain and detect each other at once: two with stores of their own report that they must not run together, two
// that share a PostgreSQL run on.
func TestTwoServeOnOneDomain(t *testing.T) {
	t.Parallel()
	sqlite := func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "vtn.db") }
	for _, test := range []struct {
		name  string
		store func(*testing.T) string
		same  bool
		want  string
	}{
		{"two SQLite", sqlite, false, "Stop one of them"},
		{"two PostgreSQL", onPostgres, false, "Stop one of them"},
		{"one PostgreSQL", onPostgres, true, "they are replicas"},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := ownServer(t)
			store := test.store(t)
			first := startAt(t, e, e.ComponentAddr, "VTN_STORE="+store)
			if !test.same {
				store = test.store(t)
			}
			second := startAt(t, e, e.ComponentAddr, "VTN_STORE="+store)
			for _, s := range []*stack{first, second} {
				if _, err := s.vtn.Output.Wait(t.Context(), test.want); err != nil {
					t.Error(err)
				}
				if test.same && slices.ContainsFunc(s.vtn.Output.Lines(), func(line string) bool { return strings.Contains(line, "Stop one of them") }) {
					t.Error("replicas take one another for strangers")
				}
			}
		})
	}
}
