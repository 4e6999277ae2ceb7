package rig

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Root returns the folder of the repository: the nearest one from the working directory upwards that holds the module's go.mod.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && strings.HasPrefix(string(mod), "module github.com/vtn-xmpp/vtn-xmpp\n") {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("no go.mod of vtn-xmpp here or above: run this inside the repository")
		}
		dir = filepath.Dir(dir)
	}
}

// newFolder makes a temporary folder that the users ejabberd and postgres can pass through.
func newFolder(part string) (string, error) {
	dir, err := os.MkdirTemp("", "vtn-rig-"+part+"-")
	if err != nil {
		return "", fmt.Errorf("make a folder for %s: %w", part, err)
	}
	if err := tellGuard("folder", dir); err != nil {
		return "", err
	}
	return dir, os.Chmod(dir, 0o711)
}
