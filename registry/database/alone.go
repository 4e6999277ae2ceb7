package database

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// A process that is ending has this long to release the file.
const (
	aloneWait = 3 * time.Second
	aloneLook = 50 * time.Millisecond
)

// holdAlone locks the file against other processes that call holdAlone. The lock
// stands beside those of SQLite, and the system releases it when the process ends in
// any way. Readers such as a backup do not take it. The locks of SQLite belong to
// the process and end when any descriptor of the file is closed: so the returned
// file must be closed after all connections.
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
