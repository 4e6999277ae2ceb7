package rig

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
)

// ErrNoRelease says that an ejabberd of another release cannot be had on this machine.
var ErrNoRelease = errors.New("not on this machine")

// Ejabberd2412 returns the folder of ejabberd 24.12, for EjabberdOptions.Release. The first time it downloads it into a cache. The
// error is ErrNoRelease where it cannot be had.
func Ejabberd2412(ctx context.Context) (string, error) {
	root, err := Root()
	if err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, filepath.Join(root, "test", "ejabberd-24.12"))
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	var status *exec.ExitError
	switch {
	case errors.As(err, &status) && status.ExitCode() == 3:
		return "", fmt.Errorf("%w: %s", ErrNoRelease, strings.TrimSpace(said.String()))
	case err != nil:
		return "", fmt.Errorf("test/ejabberd-24.12: %w: %s", err, strings.TrimSpace(said.String()))
	}
	return strings.TrimSpace(string(out)), nil
}
