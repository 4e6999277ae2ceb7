// Package oadrtest checks in tests that payloads are valid against the published
// OpenADR 2.0b schema, which is in ../shared/schema beside the module.
package oadrtest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// ErrUnavailable means that the schema or xmllint is missing, so that nothing was
// checked.
var ErrUnavailable = errors.New("payloads cannot be validated")

// Validate fails the test if a payload is invalid and shows the payload with
// xmllint's lines. If the schema or xmllint is missing, it skips the test, or fails
// it if CI=true.
func Validate(t testing.TB, payloads ...[]byte) {
	t.Helper()
	err := Check(payloads...)
	if errors.Is(err, ErrUnavailable) {
		skip(t, err)
	}
	if err != nil {
		t.Error(err)
	}
}

// Check is [Validate] for programs without a test, such as a TestMain. Its error is
// [ErrUnavailable] or lists the invalid payloads.
func Check(payloads ...[]byte) error {
	if len(payloads) == 0 {
		return nil
	}
	shared, err := sharedDir()
	if err != nil {
		return err
	}
	xmllint, err := exec.LookPath("xmllint")
	if err != nil {
		return fmt.Errorf("%w: install xmllint (Debian package libxml2-utils): %w", ErrUnavailable, err)
	}
	dir, err := os.MkdirTemp("", "oadrtest")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)

	args := []string{"--nonet", "--noout", "--schema", filepath.Join(shared, "schema", "oadr_20b.xsd")}
	names := make([]string, len(payloads))
	for i, payload := range payloads {
		names[i] = fmt.Sprintf("%d.xml", i)
		if err := os.WriteFile(filepath.Join(dir, names[i]), payload, 0o600); err != nil {
			return err
		}
	}
	cmd := exec.Command(xmllint, append(args, names...)...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err == nil {
		return nil
	}
	return failures(string(out), names, payloads)
}

// failures matches xmllint's lines to the payloads that they are about.
func failures(out string, names []string, payloads [][]byte) error {
	var all []error
	for i, name := range names {
		var lines []string
		for line := range strings.Lines(out) {
			if strings.HasPrefix(line, name) && !strings.HasSuffix(line, " validates\n") {
				lines = append(lines, strings.TrimSpace(line))
			}
		}
		if len(lines) > 0 {
			all = append(all, fmt.Errorf("payload %d does not validate:\n%s\n%s", i, strings.Join(lines, "\n"), payloads[i]))
		}
	}
	if len(all) == 0 {
		return fmt.Errorf("xmllint failed: %s", out)
	}
	return errors.Join(all...)
}

// SharedDir returns the folder ../shared beside the module, which holds schema and
// samples. If it is missing, SharedDir skips the test, or fails it if CI=true.
func SharedDir(t testing.TB) string {
	t.Helper()
	dir, err := sharedDir()
	if err != nil {
		skip(t, err)
	}
	return dir
}

func sharedDir() (string, error) {
	root, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
			break
		}
		parent := filepath.Dir(root)
		if parent == root {
			return "", fmt.Errorf("%w: no go.mod above the working directory", ErrUnavailable)
		}
		root = parent
	}
	dir := filepath.Join(filepath.Dir(root), "shared")
	if _, err := os.Stat(filepath.Join(dir, "schema", "oadr_20b.xsd")); err != nil {
		return "", fmt.Errorf("%w: put the OpenADR 2.0b schema into ../shared/schema: %w", ErrUnavailable, err)
	}
	return dir, nil
}

// skip ends a test that cannot run here. In continuous integration every test must
// run, so there it fails.
func skip(t testing.TB, err error) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(err)
	}
	t.Skipf("skipped: %v", err)
}
