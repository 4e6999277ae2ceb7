package database

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// How long a process that is ending has to let go of the file.
const (
	aloneWait = 3 * time.Second
	aloneLook = 50 * time.Millisecond
)

// holdAlone has the file to this process among those that ask so: with a lock
// beside SQLite's own, which the system ends with the process however that ends.
// Whoever only reads, such as a backup, does not ask. SQLite's locks are the
// process's, and end when any file on the same data is closed: so what is returned
// is closed after all connections.
func holdAlone(ctx context.Context, path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, fmt.Errorf("open the SQLite store: %w", err)
	}
	look := time.NewTicker(aloneLook)
	defer look.Stop()
	for began := time.Now(); ; {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case err == nil:
			return f, nil
		case errors.Is(err, syscall.EINTR):
			continue
		case !errors.Is(err, syscall.EWOULDBLOCK):
			err = fmt.Errorf("lock the SQLite store %s: %w; put it on a local disk", path, err)
		case time.Since(began) > aloneWait:
			err = fmt.Errorf("the SQLite store %s is another vtn-xmpp serve's that runs: stop that one, or give this one a VTN_STORE of its own; several on one store need PostgreSQL", path)
		default:
			select {
			case <-look.C:
				continue
			case <-ctx.Done():
				err = ctx.Err()
			}
		}
		return nil, errors.Join(err, f.Close())
	}
}
