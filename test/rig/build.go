package rig

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Build builds cmd/vtn-xmpp into a folder that is removed when ctx ends, and returns the binary's path. race turns the race
// detector on.
func Build(ctx context.Context, race bool) (string, error) {
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
	args := []string{"build", "-o", binary}
	if race {
		args = append(args, "-race")
	}
	cmd := exec.CommandContext(ctx, "go", append(args, "./cmd/vtn-xmpp")...)
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build vtn-xmpp: %w\n%s", err, out)
	}
	return binary, nil
}
