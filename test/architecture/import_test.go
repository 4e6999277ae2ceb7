package architecture

import (
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// floors are the packages of the binary, from the bottom up. A package imports packages of lower floors only, so those on one floor
// do not know each other.
var floors = []string{
	"address oadr transport/xmpp/stream api/client",
	"core ven",
	"internal/faulty",
	"api registry transport/xmpp webhook ven/fleet",
	"cmd/vtn-xmpp",
}

// helpers are the packages that only tests import, and the programs under test/.
var helpers = strings.Fields("core/coretest oadr/oadrtest registry/registrytest")

func TestImportsPointDown(t *testing.T) {
	floor := map[string]int{}
	for height, packages := range floors {
		for _, p := range strings.Fields(packages) {
			floor[p] = height
		}
	}
	found := map[string]bool{}
	for _, f := range files(t) {
		if f.test || helps(f.folder) {
			continue
		}
		found[f.folder] = true
		height, known := floor[f.folder]
		if !known {
			t.Errorf("%s is on no floor: enter it in floors", f.folder)
			continue
		}
		for _, spec := range f.Imports {
			imported, ours := strings.CutPrefix(must(strconv.Unquote(spec.Path.Value)), module)
			if below, known := floor[imported]; ours && (!known || below >= height) {
				t.Errorf("%s imports %s, which is not below it", f.folder, imported)
			}
		}
	}
	for p := range floor {
		if !found[p] {
			t.Errorf("there is no package %s: take it out of floors", p)
		}
	}
}

// helps says whether a package is for tests.
func helps(folder string) bool {
	return strings.HasPrefix(folder, "test/") || folder == "test" || slices.Contains(helpers, folder)
}

// TestHelpersNameWhatTheyHelp: they end in test, so that a reader of imports sees them.
func TestHelpersNameWhatTheyHelp(t *testing.T) {
	for _, h := range helpers {
		if path.Base(h) != path.Base(path.Dir(h))+"test" {
			t.Errorf("%s does not have the name of what it helps to test", h)
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
