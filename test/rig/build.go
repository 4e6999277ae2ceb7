package rig

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Build builds cmd/vtn-xmpp into a folder that is removed when ctx ends, and returns the binary's path. flags are those of go
// build, such as -race.
func Build(ctx context.Context, flags ...string) (string, error) {
	root, err := Root()
	if err != nil {
		return "", err
	}
	folder, err := newFolder("build")
	if err != nil {
		return "", err
	}
	closing(ctx, func() { _ = os.RemoveAll(folder) })
	binary := filepath.Join(folder, "vtn-xmpp")
	args := append([]string{"build", "-o", binary}, flags...)
	cmd := exec.CommandContext(ctx, "go", append(args, "./cmd/vtn-xmpp")...)
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build vtn-xmpp: %w\n%s", err, out)
	}
	return binary, nil
}
