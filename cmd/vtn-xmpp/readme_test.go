package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestReadmeHasEverySetting of serve, with its default where it has one.
func TestReadmeHasEverySetting(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]string{} // the row of each setting
	for _, row := range regexp.MustCompile("(?m)^\\| `VTN_.*$").FindAllString(string(readme), -1) {
		names, _, _ := strings.Cut(strings.TrimPrefix(row, "| "), " |")
		for _, name := range regexp.MustCompile("VTN_[A-Z_]+").FindAllString(names, -1) {
			rows[name] = row
		}
	}
	parser, err := newParser(new(commands))
	if err != nil {
		t.Fatal(err)
	}
	serve, err := parser.Parse([]string{"serve"})
	if err != nil {
		t.Fatal(err)
	}
	flags := 0
	for _, flag := range serve.Selected().Flags {
		for _, name := range flag.Envs {
			flags++
			switch row, there := rows[name]; {
			case !there:
				t.Errorf("README's table of settings lacks %s", name)
			case flag.HasDefault && !strings.Contains(row, "`"+flag.Default+"`"):
				t.Errorf("README does not say that the default of %s is %s: %s", name, flag.Default, row)
			}
		}
	}
	if flags < 15 {
		t.Errorf("serve has only %d settings", flags)
	}
}
