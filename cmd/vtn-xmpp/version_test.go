package main

import (
	"runtime/debug"
	"testing"
)

func TestVersion(t *testing.T) {
	recorded := func(version string) *debug.BuildInfo { return &debug.BuildInfo{Main: debug.Module{Version: version}} }
	for _, test := range []struct {
		name  string
		built string
		info  *debug.BuildInfo
		want  string
	}{
		{"an image", "v1.2.0-3-gbec252a", recorded("(devel)"), "v1.2.0-3-gbec252a"},
		{"a tag", "", recorded("v1.2.0"), "v1.2.0"},
		{"a commit", "", recorded("v0.0.0-20261130171424-bec252ab2b8a+dirty"), "v0.0.0-20261130171424-bec252ab2b8a+dirty"},
		{"sources without a repository", "", recorded("(devel)"), "unknown"},
		{"no record", "", nil, "unknown"},
	} {
		if got := versionOf(test.built, test.info); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}
