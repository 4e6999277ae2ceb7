package architecture

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// levels are the packages of the binary, from the bottom up. A package imports packages of lower levels only, so those on one level
// do not know each other.
var levels = []string{
	"internal/bodysign internal/excerpt internal/reach internal/renewal internal/wake internal/wallclock internal/xmltext",
	"internal/fingerprint internal/label oadr transport/xmpp/address transport/xmpp/stream registry/database api/client",
	"oadr/signature",
	"core ven",
	"ven/faulty transport/lane people",
	"api console registry transport/simplehttp transport/xmpp notify webhook ven/fleet",
	"cmd/vtn-xmpp",
}

// helpers are the packages that only tests import. The programs under test/ are on no level either.
var helpers = strings.Fields("core/coretest internal/testrand oadr/oadrtest registry/registrytest")

func TestImportsPointDown(t *testing.T) {
	level := map[string]int{}
	for height, packages := range levels {
		for _, p := range strings.Fields(packages) {
			level[p] = height
		}
	}
	imports := imports(t)
	for _, p := range slices.Sorted(maps.Keys(imports)) {
		height, known := level[p]
		if !known {
			t.Errorf("%s is on no level: enter it in levels", p)
			continue
		}
		for _, imported := range slices.Sorted(maps.Keys(imports[p])) {
			if below, known := level[imported]; !known || below >= height {
				t.Errorf("%s imports %s, which is not below it", p, imported)
			}
		}
	}
	for _, p := range slices.Sorted(maps.Keys(level)) {
		if imports[p] == nil {
			t.Errorf("there is no package %s: take it out of levels", p)
		}
	}
}

// imports returns what each package of the binary imports of this module, outside its tests.
func imports(t *testing.T) map[string]map[string]bool {
	t.Helper()
	of := map[string]map[string]bool{}
	for _, f := range files(t) {
		if f.test || strings.HasPrefix(f.folder, "test/") || slices.Contains(helpers, f.folder) {
			continue
		}
		if of[f.folder] == nil {
			of[f.folder] = map[string]bool{}
		}
		for _, spec := range f.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if imported, ours := strings.CutPrefix(path, module); ours {
				of[f.folder][imported] = true
			}
		}
	}
	return of
}
