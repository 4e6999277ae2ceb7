package main

import (
	"os"
	"regexp"
	"testing"
)

// serveDefaults are the defaults of serve's flags, by environment variable.
func serveDefaults(t *testing.T) map[string]string {
	t.Helper()
	parser, err := newParser(new(commands))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, leaf := range parser.Model.Leaves(true) {
		for _, flag := range leaf.Flags {
			if leaf.Name == "serve" && len(flag.Envs) > 0 {
				found[flag.Envs[0]] = flag.Default
			}
		}
	}
	return found
}

// TestComposeHasTheDefaults: unless .env says otherwise, docker-compose.yml sets the
// defaults, except for the store, which is on a volume.
func TestComposeHasTheDefaults(t *testing.T) {
	compose, err := os.ReadFile("../../docker-compose.yml")
	if err != nil {
		t.Fatal(err)
	}
	defaults := serveDefaults(t)
	set := regexp.MustCompile(`(?m)^ +(VTN_\w+): \$\{VTN_\w+:-(.*)\}$`).FindAllStringSubmatch(string(compose), -1)
	if len(set) < 5 {
		t.Errorf("only %d settings are found", len(set))
	}
	for _, setting := range set {
		if name, value := setting[1], setting[2]; name != "VTN_STORE" && value != defaults[name] {
			t.Errorf("docker-compose.yml sets %s to %q, the default is %q", name, value, defaults[name])
		}
	}
}
