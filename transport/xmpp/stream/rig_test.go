package stream

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"
)

// samples returns the example payloads of the specification, without XML
// declaration and comments, which no stream can hold.
func samples(t testing.TB) map[string]string {
	t.Helper()
	root, err := os.Getwd()
	for err == nil {
		if _, missing := os.Stat(filepath.Join(root, "go.mod")); missing == nil {
			break
		}
		if root == filepath.Dir(root) {
			t.Fatal("no go.mod above the test")
		}
		root = filepath.Dir(root)
	}
	files, _ := filepath.Glob(filepath.Join(root, "../shared/samples/*.xml"))
	if len(files) == 0 {
		if os.Getenv("CI") == "true" {
			t.Fatal("no example payloads in ../shared/samples")
		}
		t.Log("no example payloads in ../shared/samples: going on without")
	}
	out := map[string]string{}
	unstreamable := regexp.MustCompile(`(?s)<\?.*?\?>|<!--.*?-->`)
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		out[filepath.Base(f)] = string(unstreamable.ReplaceAll(raw, nil))
	}
	return out
}

// patience is how long a test waits for what must come. A test that passes never uses
// it up.
const patience = 30 * time.Second
