package test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// besideSection returns README's section about an existing ejabberd.
func besideSection(t *testing.T) string {
	t.Helper()
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(readme), "\n## Beside an ejabberd you already have\n")
	section, _, _ = strings.Cut(section, "\n## ")
	return section
}

// fenced returns the code blocks of a language in text, of which there must be n.
func fenced(t *testing.T, text, language string, n int) []string {
	t.Helper()
	var blocks []string
	for _, b := range regexp.MustCompile("(?ms)^```(\\w*)\n(.*?)^```$").FindAllStringSubmatch(text, -1) {
		if b[1] == language {
			blocks = append(blocks, b[2])
		}
	}
	if len(blocks) != n {
		t.Fatalf("README has %d blocks of %q here, want %d", len(blocks), language, n)
	}
	return blocks
}

// merged returns the file that README tells an operator to write, and Debian's configuration with README's changes.
func merged(t *testing.T, release string) (own, config *yaml.Node) {
	t.Helper()
	section := besideSection(t)
	blocks := fenced(t, section, "yaml", 2)
	own = parse(t, blocks[0])
	if found, err := filepath.Glob(filepath.Join(release, "usr/lib/*/ejabberd-24.1[0-2]*")); err == nil && len(found) > 0 {
		remove(at(own, "modules"), "mod_privilege") // as README says
	}
	debians, err := os.ReadFile(filepath.Join(release, "usr/share/ejabberd/ejabberd.yml.example"))
	if err != nil {
		t.Fatal(err)
	}
	config = parse(t, string(debians))
	change(config, parse(t, blocks[1]))
	for _, says := range []string{
		"`/etc/ejabberd/vtn-xmpp.yml`", "\ninclude_config_file: /etc/ejabberd/vtn-xmpp.yml ", "Delete `mod_mqtt` and its listener (port 1883)",
	} {
		if !strings.Contains(section, says) {
			t.Errorf("README does not say %s", says)
		}
	}
	remove(at(config, "modules"), "mod_mqtt")
	listen := at(config, "listen")
	listen.Content = slices.DeleteFunc(listen.Content, func(l *yaml.Node) bool { return at(l, "port").Value == "1883" })
	return own, config
}

func write(path string, n *yaml.Node) error {
	b, err := yaml.Marshal(n)
	if err != nil {
		return err
	}
	return os.WriteFile(path, b, 0o644)
}

// at returns the value under keys in nested mappings, or nil if there is none.
func at(n *yaml.Node, keys ...string) *yaml.Node {
	for _, key := range keys {
		var found *yaml.Node
		for i := 0; n != nil && i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == key {
				found = n.Content[i+1]
			}
		}
		n = found
	}
	return n
}

// entry returns the listener of a port.
func entry(listen *yaml.Node, port string) *yaml.Node {
	for _, l := range listen.Content {
		if at(l, "port").Value == port {
			return l
		}
	}
	return nil
}
